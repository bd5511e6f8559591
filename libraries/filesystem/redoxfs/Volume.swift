// SPDX-License-Identifier: MIT
public import Base
import Core

/// A RedoxFS volume of format version 8, for reading.
///
/// Every block is checked against the hash in the pointer that led to it, and every pointer against
/// the volume's bounds; what does not fit throws, and nothing a volume holds can trap or loop.
public final class Volume<Store: BlockStore> {
  let store: Store
  /// The medium's block that the header ring begins at; blocks are counted from it.
  public let start: UInt64
  /// The newest header that is whole.
  public let header: HeaderBlock
  /// The volume's blocks, as far as the medium goes.
  public internal(set) var blockCount: UInt64
  let transform: BlockTransform?

  /// Finds the volume on `store`.
  /// - Parameter unlocking: hears of the header of an encrypted volume and returns what its blocks are
  ///   read by; `nil` if they cannot be.
  /// - Throws: `noVolume`, `otherVersion`, `medium`; `encrypted` if its blocks cannot be read.
  public init(
    opening store: Store, unlocking: (HeaderBlock) -> BlockTransform? = { _ in nil }
  ) throws(VolumeError) {
    let (start, header) = try Self.findRing(on: store)
    transform = header.isEncrypted ? unlocking(header) : nil
    if header.isEncrypted, transform == nil { throw .encrypted }
    self.store = store
    self.start = start
    self.header = header
    blockCount = min(header.byteCount / UInt64(Layout.blockBytes), store.blockCount &- start)
  }

  /// A volume that is about to be made, at the beginning of its medium.
  init(new store: Store, _ header: HeaderBlock, _ transform: BlockTransform? = nil) {
    self.store = store
    self.transform = transform
    self.header = header
    start = 0
    blockCount = store.blockCount
  }

  /// The same medium, entered by another header.
  init(_ other: Volume, _ header: HeaderBlock) {
    store = other.store
    transform = other.transform
    start = other.start
    blockCount = other.blockCount
    self.header = header
  }

  /// Looks for the first header that is whole, and from there for the newest in its ring.
  static func findRing(
    on store: Store
  ) throws(VolumeError) -> (start: UInt64, header: HeaderBlock) {
    var otherVersion: UInt64?
    var block: UInt64 = 0
    let end = min(store.blockCount, Layout.searchedBlocks)
    var bytes: [UInt8] = []
    while block < end {
      // Many at a time, but for the first, which most volumes begin with.
      let count = block == 0 ? 1 : Int(min(end &- block, 32))
      bytes.removeAll(keepingCapacity: true)
      guard store.read(block, count: count, onto: &bytes) else { throw .medium(block: block) }
      for index in 0..<count {
        let start = index &* Layout.blockBytes
        let found = HeaderReading(bytes.span.extracting(start..<start &+ Layout.blockBytes))
        let place = block &+ UInt64(index)
        switch found {
        case .header(let header) where header.place <= place:
          let start = place &- header.place
          return (start, try newest(of: header, from: start, on: store))
        case .header, .none: break
        case .version(let version): otherVersion = otherVersion ?? version
        }
      }
      block &+= UInt64(count)
    }
    if let otherVersion { throw .otherVersion(otherVersion) }
    throw .noVolume
  }

  private static func newest(
    of first: HeaderBlock, from start: UInt64, on store: Store
  ) throws(VolumeError) -> HeaderBlock {
    var newest = first
    var place: UInt64 = 0
    var bytes: [UInt8] = []
    let end = min(HeaderBlock.ringCount, store.blockCount &- start)
    while place < end {
      // As much as one request to a disk takes.
      let count = Int(min(end &- place, 31))
      bytes.removeAll(keepingCapacity: true)
      guard store.read(start &+ place, count: count, onto: &bytes) else {
        // Which block is it?
        for index in 0..<UInt64(count) { _ = try read(store, start &+ place &+ index) }
        throw .medium(block: start &+ place)
      }
      newest = Self.newest(of: newest, and: bytes, from: place)
      place &+= UInt64(count)
    }
    return newest
  }

  /// The newest of the ring's blocks from `place` on, if it is newer than `known`. Those that say they
  /// are newest are looked at first: a checksum takes time.
  private static func newest(
    of known: HeaderBlock, and bytes: [UInt8], from place: UInt64
  ) -> HeaderBlock {
    var limit = UInt64.max
    while true {
      var best: (generation: UInt64, start: Int)?
      for start in stride(from: 0, to: bytes.count, by: Layout.blockBytes) {
        let generation = bytes.word(at: start &+ HeaderPlace.generation)
        guard bytes.word(at: start) == HeaderBlock.signature, generation < limit,
          generation > known.generation, generation > best?.generation ?? 0,
          generation % HeaderBlock.ringCount == place &+ UInt64(start / Layout.blockBytes)
        else { continue }
        best = (generation, start)
      }
      guard let best else { return known }
      let block = bytes.span.extracting(best.start..<best.start &+ Layout.blockBytes)
      if case .header(let header) = HeaderReading(block) { return header }
      limit = best.generation
    }
  }

  /// The newest header as it lies on the medium.
  func headerBytes() throws(VolumeError) -> [UInt8] {
    var bytes: [UInt8] = []
    guard store.read(start &+ header.place, count: 1, onto: &bytes) else {
      throw .medium(block: header.place)
    }
    return bytes
  }

  private static func read(_ store: Store, _ block: UInt64) throws(VolumeError) -> HeaderReading {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Layout.blockBytes)
    guard store.read(block, count: 1, onto: &bytes) else { throw .medium(block: block) }
    return HeaderReading(bytes.span)
  }
}

// MARK: - Blocks

extension Volume {
  /// What `pointer` leads to, checked and unpacked.
  /// - Parameter level: the size that it has to have at most; blocks that are no records have zero.
  func block(_ pointer: BlockPointer, upTo level: UInt8 = 0) throws(VolumeError) -> [UInt8] {
    let address = pointer.address
    guard max(address.level, address.unpackedLevel) <= level else {
      throw .damaged(.level, block: address.index)
    }
    guard isInside(address) else { throw .damaged(.outside, block: address.index) }
    let bytes = try stored(at: address)
    guard HashCheck.holds(pointer.hash, of: bytes.span, by: store) else {
      throw .damaged(.checksum, block: address.index)
    }
    return address.isPacked ? try unpack(bytes, address) : bytes
  }

  /// A packed record: two bytes that state a length, and so many bytes of an LZ4 block.
  private func unpack(_ packed: [UInt8], _ address: BlockAddress) throws(VolumeError) -> [UInt8] {
    let count = Int(packed[0]) | Int(packed[1]) << 8
    let whole = Layout.blockBytes << Int(address.unpackedLevel)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(whole)
    guard address.unpackedLevel > address.level, count &+ 2 <= packed.count,
      LZ4Block.unpack(
        packed.span.extracting(2..<(count &+ 2)), onto: &bytes, limit: whole)
    else { throw .damaged(.packing, block: address.index) }
    bytes.append(zeros: whole &- bytes.count)
    return bytes
  }

  /// Whether the block lies where blocks may.
  func isInside(_ address: BlockAddress) -> Bool {
    address.index >= Layout.firstBlock && address.index < blockCount
      && address.blockCount <= blockCount &- address.index
  }
}

// MARK: - Nodes

extension Volume {
  public static var rootIdentifier: UInt32 { 1 }

  /// The node with this identifier.
  /// - Throws: `noNode` if there is none.
  public func node(_ identifier: UInt32) throws(VolumeError) -> NodeBlock {
    var pointer = header.tree
    for level in (0..<Layout.treeLevels).reversed() {
      // Each level goes by a byte of the identifier.
      let place = Int(identifier >> UInt32(8 &* level) & 0xFF)
      guard identifier != 0, place < Layout.treePointers, !pointer.isNull else {
        throw .noNode(identifier)
      }
      let list = try block(pointer)
      pointer = list.span.pointer(at: place &* BlockPointer.byteCount)
    }
    guard !pointer.isNull else { throw .noNode(identifier) }
    return try NodeBlock(identifier, try block(pointer), block: pointer.address.index)
  }

  /// Follows `path`, names between slashes, from the root on. Symbolic links are not followed, and
  /// `.` and `..` are names like others.
  public func node(at path: Text) throws(VolumeError) -> NodeBlock {
    var node = try node(Self.rootIdentifier)
    for name in Path.components(of: path) {
      guard let found = try find(name, in: node) else { throw .notFound }
      node = try self.node(found)
    }
    return node
  }
}
