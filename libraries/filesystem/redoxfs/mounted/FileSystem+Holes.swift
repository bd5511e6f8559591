// SPDX-License-Identifier: MIT
import Base
import Core

// Giving back what a file has in its middle.
extension FileSystem {
  /// Makes a range zeros that lies within the file.
  func clear(
    _ hole: Range<UInt64>, of node: CachedBlock, _ record: inout NodeRecord
  ) throws(FileSystemError) {
    // A damaged node may state that it is longer than its contents can be: what lies there is zeros.
    let reach =
      record.isInline ? UInt64(NodeBlock.inlineBytes) : NodeBlock.recordCount &* record.recordBytes
    let there = hole.clamped(to: 0..<reach)
    if there.isEmpty { return }
    guard record.isInline else { return try punchRecords(of: node, &record, there) }
    dirty.mark(node)
    let start = NodeRecord.byteCount &+ Int(there.lowerBound)
    for index in start..<start &+ there.count { node.bytes[index] = 0 }
  }

  private func punchRecords(
    of node: CachedBlock, _ record: inout NodeRecord, _ hole: Range<UInt64>
  ) throws(FileSystemError) {
    let size = record.recordBytes
    let first = (hole.lowerBound &+ size &- 1) / size
    // What lies behind the end of the file is nothing.
    let reachesEnd =
      hole.upperBound == min(record.byteCount, NodeBlock.recordCount &* size)
    let end = (hole.upperBound &+ (reachesEnd ? size &- 1 : 0)) / size
    let whole = first..<max(first, end)
    var parts: [Range<UInt64>] = []
    if whole.isEmpty {
      parts = [hole]
    } else {
      parts = [hole.lowerBound..<first &* size, end &* size..<max(end &* size, hole.upperBound)]
    }
    // All that is looked at is read before anything changes.
    var edges: [(CachedBlock, Range<Int>)] = []
    for part in parts {
      var place = part.lowerBound
      while place < part.upperBound {
        let within = Int(place % size)
        let count = Int(min(part.upperBound &- place, size &- UInt64(within)))
        if let known = try contents(place / size, of: node, record) {
          edges.append((known, within..<within &+ count))
        }
        place &+= UInt64(count)
      }
    }
    try forEachWay(of: node) { (place, levels, start) throws(FileSystemError) in
      try readIndexes(below: node, at: place, levels, start, whole)
    }
    for (known, bytes) in edges {
      let there = bytes.clamped(to: 0..<known.bytes.count)
      guard known.bytes[there].contains(where: { $0 != 0 }) else { continue }
      dirty.mark(known)
      for index in there { known.bytes[index] = 0 }
    }
    if whole.isEmpty { return }
    let removed = try change { () throws(FileSystemError) in
      var removed: UInt64 = 0
      try forEachWay(of: node) { (place, levels, start) throws(FileSystemError) in
        removed &+= try removeRecords(below: node, at: place, levels, start, whole)
      }
      return removed
    }
    record.blockCount = record.blockCount > removed ? record.blockCount &- removed : 1
  }

  /// All pointers of a node: where they stand, how many levels of indexes are below, and the number of the
  /// first record.
  func forEachWay(
    of node: CachedBlock,
    _ body: (_ place: Int, _ levels: Int, _ start: UInt64) throws(FileSystemError) -> Void
  ) throws(FileSystemError) {
    var start: UInt64 = 0
    for place in 0..<NodeBlock.pointerCount {
      let levels = NodeBlock.levels(below: place)
      try body(NodeRecord.byteCount &+ place &* BlockPointer.byteCount, levels, start)
      start &+= Self.reach(levels)
    }
  }

  static func reach(_ levels: Int) -> UInt64 { 1 << UInt64(8 &* levels) }

  /// Brings the indexes into memory that lead to some of `hole`.
  private func readIndexes(
    below parent: CachedBlock, at place: Int, _ levels: Int, _ start: UInt64,
    _ hole: Range<UInt64>
  ) throws(FileSystemError) {
    guard levels > 0, hole.overlaps(start..<start &+ Self.reach(levels)),
      let index = try child(of: parent, at: place, .index)
    else { return }
    let step = Self.reach(levels &- 1)
    for inner in 0..<Int(Layout.indexPointers) {
      try readIndexes(
        below: index, at: inner &* BlockPointer.byteCount, levels &- 1,
        start &+ UInt64(inner) &* step, hole)
    }
  }

  /// Gives back the records of `hole`, and the indexes that become empty.
  /// - Returns: how many blocks were given back.
  private func removeRecords(
    below parent: CachedBlock, at place: Int, _ levels: Int, _ start: UInt64,
    _ hole: Range<UInt64>
  ) throws(FileSystemError) -> UInt64 {
    let all = start..<start &+ Self.reach(levels)
    guard hole.overlaps(all) else { return 0 }
    if levels == 0 {
      if let known = parent.children[place] { return remove(known) }
      let pointer = parent.pointer(at: place)
      if pointer.isNull { return 0 }
      // A record need not be read for that.
      dirty.mark(parent)
      parent.setPointer(BlockPointer(), at: place)
      return give(pointer.address)
    }
    guard let index = try child(of: parent, at: place, .index) else { return 0 }
    let step = Self.reach(levels &- 1)
    var removed: UInt64 = 0
    for inner in 0..<Int(Layout.indexPointers) {
      removed &+= try removeRecords(
        below: index, at: inner &* BlockPointer.byteCount, levels &- 1,
        start &+ UInt64(inner) &* step, hole)
    }
    let isWhole = hole.lowerBound <= all.lowerBound && all.upperBound <= hole.upperBound
    return isWhole ? removed &+ remove(index) : removed
  }
}
