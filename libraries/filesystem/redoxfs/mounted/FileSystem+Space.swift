// SPDX-License-Identifier: MIT
import Base
import Core

/// What `allocate` does to a range of a file.
public struct RangeChange: Sendable {
  /// The range becomes zeros, and gives back what it had.
  public var zeroes = false
  /// A file that ends before the end of the range reaches up to there.
  public var grows = false
  /// All that the range does not have could be written now, or nothing is done.
  public var needsRoom = false
  /// The permissions that the file gets with it.
  public var permissions: UInt16?

  public init(zeroes: Bool = false, grows: Bool = false, needsRoom: Bool = false) {
    self.zeroes = zeroes
    self.grows = grows
    self.needsRoom = needsRoom
  }
}

// Space for a range of a file. None is set aside: what is written goes to other blocks than what it takes
// the place of, so it is only looked whether there is enough.
extension FileSystem {
  /// Does what `change` says to a range of a file: all of it, or nothing.
  /// - Throws: `noSpace`, `tooLarge` for a range that no file reaches; `isDirectory`, `invalidArgument`
  ///   for what is no file.
  public func allocate(
    _ identifier: UInt32, _ range: Range<UInt64>, _ change: RangeChange, now: Timestamp
  ) throws(FileSystemError) {
    if let failure { throw failure }
    let old = try fileRecord(of: try node(identifier))
    guard !range.isEmpty else { throw .invalidArgument }
    if change.grows || change.needsRoom {
      guard NodeBlock.way(to: (range.upperBound &- 1) / old.recordBytes) != nil else {
        throw .tooLarge
      }
    }
    if change.needsRoom {
      let missing = try missingBlocks(of: try node(identifier), old, range)
      // A tenth more, for what leads there.
      guard missing &+ (missing &+ 9) / 10 <= room.available else { throw .noSpace }
    }
    let grows = change.grows && range.upperBound > old.byteCount
    // The ways to both ends, and the records there of which a part stays; the record of the old end.
    let record = UInt64(1) << UInt64(Layout.highestLevel)
    let (edges, tail): (UInt64, UInt64) = (change.zeroes ? 2 : 0, grows ? 1 : 0)
    try begin(
      cost: Self.nodeCost &+ (edges > 0 ? 10 : 0) &+ 8 &* tail &+ (edges &+ tail) &* record,
      records: edges &+ tail, keepsReserve: false)
    let node = try node(identifier)
    var new = try fileRecord(of: node)
    // That can fail, and changes nothing that anybody sees.
    if grows { try grow(node, &new, to: range.upperBound) }
    if change.zeroes { try clear(range.clamped(to: 0..<new.byteCount), of: node, &new) }
    if grows { new.byteCount = range.upperBound }
    if let permissions = change.permissions {
      new.mode = new.mode & 0xF000 | permissions & 0xFFF
    }
    new.modified = now
    new.changed = now
    setRecord(new, of: node)
    trimCache()
  }

  /// Makes a range of a file zeros. Records that lie in it whole are given back; the file's length stays.
  public func punch(
    _ identifier: UInt32, _ range: Range<UInt64>, now: Timestamp
  ) throws(FileSystemError) {
    try allocate(identifier, range, RangeChange(zeroes: true), now: now)
  }

  private func fileRecord(of node: CachedBlock) throws(FileSystemError) -> NodeRecord {
    let record = try checkedRecord(of: node)
    guard record.kind == .file else {
      throw record.kind == .directory ? .isDirectory : .invalidArgument
    }
    return record
  }

  /// Blocks that writing all of a range would take, beside those that its contents would give back.
  private func missingBlocks(
    of node: CachedBlock, _ record: NodeRecord, _ range: Range<UInt64>
  ) throws(FileSystemError) -> UInt64 {
    let all = Self.blocks(in: range)
    if record.isInline { return all }
    var present: UInt64 = 0
    try forEachWay(of: node) { (place, levels, start) throws(FileSystemError) in
      present &+= try presentBlocks(
        below: node, at: place, levels, start, range, record.recordBytes)
    }
    return all > present ? all &- present : 0
  }

  private static func blocks(in range: Range<UInt64>) -> UInt64 {
    if range.isEmpty { return 0 }
    let size = UInt64(Layout.blockBytes)
    return (range.upperBound &- 1) / size &- range.lowerBound / size &+ 1
  }

  /// Blocks of a range that are there, and free once others have taken their place.
  private func presentBlocks(
    below parent: CachedBlock, at place: Int, _ levels: Int, _ start: UInt64,
    _ range: Range<UInt64>, _ size: UInt64
  ) throws(FileSystemError) -> UInt64 {
    let records = range.lowerBound / size..<(range.upperBound &- 1) / size &+ 1
    guard records.overlaps(start..<start &+ Self.reach(levels)) else { return 0 }
    if levels == 0 {
      let overlap = range.clamped(to: start &* size..<(start &+ 1) &* size)
      return min(storedBlocks(of: parent, at: place), Self.blocks(in: overlap))
    }
    guard let index = try child(of: parent, at: place, .index) else { return 0 }
    let step = Self.reach(levels &- 1)
    var present: UInt64 = 0
    for inner in 0..<Int(Layout.indexPointers) {
      present &+= try presentBlocks(
        below: index, at: inner &* BlockPointer.byteCount, levels &- 1,
        start &+ UInt64(inner) &* step, range, size)
    }
    return present
  }

  private func storedBlocks(of parent: CachedBlock, at place: Int) -> UInt64 {
    // One that has changed is counted already, and its old place as free.
    if let known = parent.children[place], known.isDirty { return known.cost }
    let address = parent.pointer(at: place).address
    guard volume.isInside(address), !kept[address.index] else { return 0 }
    return address.blockCount
  }
}
