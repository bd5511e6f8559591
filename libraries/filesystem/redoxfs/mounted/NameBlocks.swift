// SPDX-License-Identifier: MIT
import Base
import Core

// The blocks of a directory's tree, in memory: see `DirectoryBlocks.swift` for what is where.

/// Where a name stands in the order of a directory: by its hash, and among names of one hash by the
/// rest of the same hash. A listing goes on behind a key, whatever has come or gone meanwhile.
struct NameKey: Comparable {
  let hash: UInt32
  private let rest: UInt32

  init(_ name: Span<UInt8>) {
    let digest = SeaHash.digest(name)
    hash = min(UInt32(truncatingIfNeeded: digest), NameHash.none &- 1)
    rest = UInt32(truncatingIfNeeded: digest >> 33)
  }

  init(hash: UInt32, rest: UInt32) {
    self.hash = hash
    self.rest = rest
  }

  /// As a number above zero and below 2^63.
  var cookie: UInt64 { (UInt64(hash) << 31 | UInt64(rest)) &+ 1 }

  static func < (left: NameKey, right: NameKey) -> Bool { left.cookie < right.cookie }
}

/// A list of names as it is edited.
enum NameListEditing {
  static var roomBytes: Int { 4092 }

  static func bytes(_ entry: DirectoryEntry) -> Int { 5 &+ entry.name.count }

  static func hasRoom(for name: Span<UInt8>, in block: CachedBlock) -> Bool {
    usedBytes(block) &+ 5 &+ name.count <= roomBytes
  }

  static func usedBytes(_ block: CachedBlock) -> Int {
    Int(block.bytes[4094]) | Int(block.bytes[4095]) << 8
  }

  static func entries(_ block: CachedBlock) throws(FileSystemError) -> [DirectoryEntry] {
    do throws(VolumeError) {
      let entries = try NameList(block.bytes, block: block.address.index).entries
      block.areNamesWhole = true
      return entries
    } catch { throw .volume(error) }
  }

  /// Where in the list the entry of `name` begins.
  /// - Throws: `damaged` for a list that is not whole, looked through when it is first used.
  static func place(
    of name: Span<UInt8>, in block: CachedBlock
  ) throws(FileSystemError) -> Int? {
    if !block.areNamesWhole { _ = try entries(block) }
    let bytes = block.bytes
    let span = bytes.span
    guard let last = name.indices.last else { return nil }
    let lastByte = name[last]
    let end = usedBytes(block)
    var place = 0
    while place < end {
      let next = place &+ 5 &+ Int(span[place &+ 4])
      // Names of one directory often begin alike, and seldom end so.
      if span[next &- 1] == lastByte, span.extracting(place &+ 5..<next).equals(name) {
        return place
      }
      place = next
    }
    return nil
  }

  /// The node of the entry that begins at `place`.
  static func node(at place: Int, in block: CachedBlock) -> UInt32 {
    UInt32(truncatingIfNeeded: block.bytes.word(at: place))
  }

  /// - Precondition: it fits, and the list is whole.
  static func append(_ name: Span<UInt8>, for node: UInt32, to block: CachedBlock) {
    let used = usedBytes(block)
    for index in 0..<4 {
      block.bytes[used &+ index] = UInt8(truncatingIfNeeded: node >> UInt32(8 &* index))
    }
    block.bytes[used &+ 4] = UInt8(truncatingIfNeeded: name.count)
    block.bytes.replaceBytes(at: used &+ 5, with: name)
    setCounts(entryCount(block) &+ 1, used &+ 5 &+ name.count, of: block)
  }

  /// Takes out the entry that begins at `place`; what follows moves up.
  static func remove(at place: Int, from block: CachedBlock) {
    let used = usedBytes(block)
    let next = place &+ 5 &+ Int(block.bytes[place &+ 4])
    let rest = rest(of: block.bytes, next..<used, count: used &- place)
    block.bytes.replaceBytes(at: place, with: rest.span)
    setCounts(entryCount(block) &- 1, used &- (next &- place), of: block)
  }

  /// The bytes of `range`, and zeros behind them.
  private static func rest(of bytes: [UInt8], _ range: Range<Int>, count: Int) -> [UInt8] {
    var rest = [UInt8](repeating: 0, count: count)
    rest.replaceBytes(at: 0, with: bytes.span.extracting(range))
    return rest
  }

  static func entryCount(_ block: CachedBlock) -> Int {
    Int(block.bytes[4092]) | Int(block.bytes[4093]) << 8
  }

  private static func setCounts(_ count: Int, _ used: Int, of block: CachedBlock) {
    block.bytes[4092] = UInt8(truncatingIfNeeded: count)
    block.bytes[4093] = UInt8(truncatingIfNeeded: count >> 8)
    block.bytes[4094] = UInt8(truncatingIfNeeded: used)
    block.bytes[4095] = UInt8(truncatingIfNeeded: used >> 8)
  }

  /// - Precondition: they fit.
  static func store(_ entries: [DirectoryEntry], in block: CachedBlock) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Layout.blockBytes)
    for entry in entries {
      for shift in [0, 8, 16, 24] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: entry.node >> shift))
      }
      bytes.append(UInt8(entry.name.count))
      bytes.append(copyOf: entry.name.span)
    }
    let used = bytes.count
    bytes.append(zeros: Layout.blockBytes &- used)
    bytes[4092] = UInt8(truncatingIfNeeded: entries.count)
    bytes[4093] = UInt8(truncatingIfNeeded: entries.count >> 8)
    bytes[4094] = UInt8(truncatingIfNeeded: used)
    bytes[4095] = UInt8(truncatingIfNeeded: used >> 8)
    block.bytes = bytes
    block.areNamesWhole = true
  }
}

/// A hash node as it is edited: places in rising order of hash, the empty ones last.
extension CachedBlock {
  private static var placeBytes: Int { 20 }
  static func pointerPlace(_ place: Int) -> Int { place &* placeBytes &+ 4 }

  func hash(_ place: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: bytes.word(at: place &* Self.placeBytes))
  }

  func setHash(_ hash: UInt32, _ place: Int) {
    for index in 0..<4 {
      bytes[place &* Self.placeBytes &+ index] = UInt8(
        truncatingIfNeeded: hash >> UInt32(8 &* index))
    }
  }

  /// How many places are in use.
  var placeCount: Int {
    var count = 0
    while count < HashNode.places, hasPointer(count) { count &+= 1 }
    return count
  }

  private func hasPointer(_ place: Int) -> Bool {
    let offset = Self.pointerPlace(place)
    return children[offset] != nil || !pointer(at: offset).isNull
  }

  /// Makes `place` free by moving it and what follows to the next one.
  func openPlace(_ place: Int) {
    var index = placeCount
    while index > place {
      movePointer(at: Self.pointerPlace(index &- 1), to: self, Self.pointerPlace(index))
      setHash(hash(index &- 1), index)
      index &-= 1
    }
  }

  /// Closes the gap at `place`, which leads nowhere any more.
  func closePlace(_ place: Int) {
    var index = place
    while index &+ 1 < HashNode.places, hasPointer(index &+ 1) {
      movePointer(at: Self.pointerPlace(index &+ 1), to: self, Self.pointerPlace(index))
      setHash(hash(index &+ 1), index)
      index &+= 1
    }
    setHash(NameHash.none, index)
  }

  /// All places without a hash, as in a new hash node.
  func clearHashes() {
    for place in 0..<HashNode.places { setHash(NameHash.none, place) }
  }
}
