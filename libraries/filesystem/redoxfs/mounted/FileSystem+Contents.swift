// SPDX-License-Identifier: MIT
import Base
import Core

// What is in a file or a symbolic link. Few bytes stand in the node's own block; else there are records,
// which are found through up to four levels of index blocks.

extension NodeRecord {
  mutating func setInline(_ isInline: Bool) {
    flags = isInline ? flags | 1 : flags & ~1
  }
}

extension FileSystem {
  /// Contents stand in the node's block while they end before this.
  private static var inlineEnd: UInt64 { UInt64(NodeBlock.inlineBytes) }

  /// Reads up to `count` bytes from `offset` on; fewer at the end of the file.
  public func read(
    _ identifier: UInt32, from offset: UInt64, count: Int
  ) throws(FileSystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachPart(of: identifier, from: offset, count: count) { part, zeros in
      bytes.append(copyOf: part)
      if zeros > 0 { bytes.append(zeros: zeros) }
    }
    return bytes
  }

  /// Lends up to `count` bytes from `offset` on, one part behind the other; fewer at the end of the
  /// file.
  /// - Parameter body: hears of bytes, or of a number of zeros. What it is lent is gone after it.
  public func forEachPart(
    of identifier: UInt32, from offset: UInt64, count: Int,
    _ body: (Span<UInt8>, _ zeros: Int) -> Void
  ) throws(FileSystemError) {
    let node = try node(identifier)
    try checkRecord(of: node)
    guard node.record.kind != .directory else { throw .isDirectory }
    guard offset < node.record.byteCount, count > 0 else { return }
    let record = node.record
    let wanted = Int(min(UInt64(count), record.byteCount &- offset))
    var done = 0
    if record.isInline {
      let first = Int(min(offset, Self.inlineEnd))
      done = min(wanted, NodeBlock.inlineBytes &- first)
      let start = NodeRecord.byteCount &+ first
      let bytes = node.bytes
      if done > 0 { body(bytes.span.extracting(start..<start &+ done), 0) }
    } else {
      while done < wanted {
        let position = offset &+ UInt64(done)
        let within = Int(position % record.recordBytes)
        let step = min(wanted &- done, Int(record.recordBytes) &- within)
        let known = try contents(position / record.recordBytes, of: node, record)
        if let known, !known.wasLent {
          known.wasLent = true
          readAhead(of: node, record, behind: position / record.recordBytes)
        }
        let bytes = known?.bytes ?? []
        let there = max(0, min(step, bytes.count &- within))
        if there > 0 { body(bytes.span.extracting(within..<within &+ there), 0) }
        if there < step { body(Span(), step &- there) }
        done &+= step
      }
    }
    if done < wanted { body(Span(), wanted &- done) }
    trimCache()
  }

  /// Writes `bytes` from `offset` on; the file grows as far as needed.
  /// - Parameter permissions: what the file gets with them.
  /// - Throws: `noSpace` or `tooLarge`, with nothing written.
  public func write(
    _ bytes: Span<UInt8>, to identifier: UInt32, at offset: UInt64, permissions: UInt16? = nil,
    now: Timestamp
  ) throws(FileSystemError) {
    if bytes.isEmpty { return }
    let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
    guard !overflow else { throw .tooLarge }
    try begin(writing: bytes.count, at: offset, end, to: identifier)
    let node = try node(identifier)
    var record = try checkedRecord(of: node)
    guard record.kind != .directory else { throw .isDirectory }
    try readBeforeWriting(offset, end, of: node, record)
    try grow(node, &record, to: end)
    dirty.mark(node)
    if record.isInline {
      node.bytes.replaceBytes(at: NodeRecord.byteCount &+ Int(offset), with: bytes)
    } else {
      var done = 0
      while done < bytes.count {
        let position = offset &+ UInt64(done)
        let within = Int(position % record.recordBytes)
        let step = min(bytes.count &- done, Int(record.recordBytes) &- within)
        try writeRecord(
          position / record.recordBytes, of: node, &record, from: within,
          bytes.extracting(done..<done &+ step))
        done &+= step
      }
    }
    record.byteCount = max(record.byteCount, end)
    if let permissions { record.mode = record.mode & 0xF000 | permissions & 0xFFF }
    record.modified = now
    record.changed = now
    setRecord(record, of: node)
    trimCache()
  }

  /// Cuts the file off, or lengthens it with zeros.
  public func truncate(
    _ identifier: UInt32, to byteCount: UInt64, now: Timestamp
  ) throws(FileSystemError) {
    // A part of a record stays, unless all goes: that takes no room.
    try begin(
      cost: Self.nodeCost &+ 40, records: byteCount == 0 ? 0 : 1, keepsReserve: false)
    let node = try node(identifier)
    var record = try checkedRecord(of: node)
    guard record.kind == .file else {
      throw record.kind == .directory ? .isDirectory : .invalidArgument
    }
    if byteCount > record.byteCount {
      try grow(node, &record, to: byteCount)
    } else {
      try cut(node, &record, at: byteCount)
      node.isClearBehindEnd = true
    }
    record.byteCount = byteCount
    record.modified = now
    record.changed = now
    setRecord(record, of: node)
  }

  /// Gives back all that a node has, which is about to go.
  func removeContents(of node: CachedBlock) throws(FileSystemError) {
    var record = try checkedRecord(of: node)
    let isEmpty = record.byteCount == 0 && node.isClearBehindEnd
    if !record.isInline, !isEmpty { try removeRecords(of: node, &record, from: 0) }
    setRecord(record, of: node)
  }
}

// MARK: - Growing and shrinking

extension FileSystem {
  private func begin(
    writing count: Int, at offset: UInt64, _ end: UInt64, to identifier: UInt32
  ) throws(FileSystemError) {
    let record = try checkedRecord(of: try node(identifier))
    if record.isInline, end < Self.inlineEnd { return try begin(cost: Self.nodeCost) }
    guard NodeBlock.way(to: (end &- 1) / record.recordBytes) != nil else { throw .tooLarge }
    let records = (end &- 1) / record.recordBytes &- offset / record.recordBytes &+ 1
    let perRecord = record.recordBytes / UInt64(Layout.blockBytes)
    // The record that the old end lies in may have to be cleared behind it, and converted.
    let isSmall = end <= UInt64(Layout.blockBytes) && record.byteCount <= UInt64(Layout.blockBytes)
    let cost = isSmall ? 1 : (records &+ 1) &* perRecord
    try begin(
      cost: cost &+ (records / Layout.indexPointers &+ 5) &+ Self.nodeCost,
      records: isSmall ? 0 : records &+ 1)
  }

  /// Lets a file reach up to `end`: what lies between its old end and that is zeros, whatever was
  /// there.
  func grow(
    _ node: CachedBlock, _ record: inout NodeRecord, to end: UInt64
  ) throws(FileSystemError) {
    if record.isInline, end >= Self.inlineEnd { try convert(node, &record) }
    guard end > record.byteCount, !node.isClearBehindEnd else { return }
    // Older implementations leave something behind the end when they cut a file off.
    try cut(node, &record, at: record.byteCount)
    node.isClearBehindEnd = true
    setRecord(record, of: node)
  }

  /// Moves what stands in the node's block to a record.
  private func convert(_ node: CachedBlock, _ record: inout NodeRecord) throws(FileSystemError) {
    if record.byteCount == 0, node.isClearBehindEnd {
      record.setInline(false)
      return setRecord(record, of: node)
    }
    let count = Int(min(record.byteCount, Self.inlineEnd))
    let old = Array(node.bytes[NodeRecord.byteCount..<(NodeRecord.byteCount &+ count)])
    for index in NodeRecord.byteCount..<Layout.blockBytes { node.bytes[index] = 0 }
    record.setInline(false)
    setRecord(record, of: node)
    if old.contains(where: { $0 != 0 }) {
      try writeRecord(0, of: node, &record, from: 0, old.span)
    }
  }

  /// Takes away what lies behind `end`.
  private func cut(
    _ node: CachedBlock, _ record: inout NodeRecord, at end: UInt64
  ) throws(FileSystemError) {
    dirty.mark(node)
    if record.isInline {
      let first = NodeRecord.byteCount &+ Int(min(end, Self.inlineEnd))
      for index in first..<Layout.blockBytes { node.bytes[index] = 0 }
      return
    }
    let within = Int(end % record.recordBytes)
    let number = end / record.recordBytes
    try removeRecords(of: node, &record, from: within == 0 ? number : number &+ 1)
    guard within > 0, let last = try contents(number, of: node, record) else { return }
    let wanted = storedBytes(through: within)
    guard last.bytes.count > within,
      last.bytes.count > wanted || last.bytes[within...].contains(where: { $0 != 0 })
    else { return }
    dirty.mark(last)
    if last.bytes.count > wanted { dirty.resize(last, to: wanted) }
    for index in within..<last.bytes.count { last.bytes[index] = 0 }
  }

  /// The power of two of blocks that has room for so many bytes.
  private func storedBytes(through count: Int) -> Int {
    var stored = Layout.blockBytes
    while stored < count { stored &*= 2 }
    return stored
  }
}

// MARK: - Records

extension FileSystem {
  /// Record `number`, if it is no hole.
  func contents(
    _ number: UInt64, of node: CachedBlock, _ record: NodeRecord
  ) throws(FileSystemError) -> CachedBlock? {
    guard let way = NodeBlock.way(to: number) else { return nil }
    var block = node
    var place = NodeRecord.byteCount &+ way.place &* BlockPointer.byteCount
    for level in (0..<way.levels).reversed() {
      guard let index = try child(of: block, at: place, .index) else { return nil }
      block = index
      place = Self.place(of: way.rest, level)
    }
    let known = try child(of: block, at: place, .record, upTo: UInt8(record.recordLevel))
    if let known, known.isBehind { bringHere(known) }
    return known
  }

  /// Where the pointer on the way to a record stands in an index block with `level` levels below it.
  static func place(of rest: UInt64, _ level: Int) -> Int {
    Int(rest >> UInt64(8 &* level) & 0xFF) &* BlockPointer.byteCount
  }

  /// Reads the records at both ends of what is to be written, of which a part stays, so that the writing
  /// does not fail for them.
  private func readBeforeWriting(
    _ offset: UInt64, _ end: UInt64, of node: CachedBlock, _ record: NodeRecord
  ) throws(FileSystemError) {
    if record.isInline { return }
    let size = record.recordBytes
    let (first, last, tail) = (offset / size, (end &- 1) / size, record.byteCount / size)
    _ = try contents(tail, of: node, record)
    if first != tail, !coversRecord(at: offset, offset, end, record) {
      _ = try contents(first, of: node, record)
    }
    if last != first, last != tail, !coversRecord(at: end &- 1, offset, end, record) {
      _ = try contents(last, of: node, record)
    }
  }

  /// Whether all of the record that `position` lies in is to be written.
  private func coversRecord(
    at position: UInt64, _ offset: UInt64, _ end: UInt64, _ record: NodeRecord
  ) -> Bool {
    let start = position / record.recordBytes &* record.recordBytes
    return offset <= start && end >= start &+ record.recordBytes
  }

  /// Writes to record `number` from `start` on; it is made if it is a hole. One that is written whole is
  /// not read.
  private func writeRecord(
    _ number: UInt64, of node: CachedBlock, _ record: inout NodeRecord, from start: Int,
    _ part: Span<UInt8>
  ) throws(FileSystemError) {
    let end = start &+ part.count
    guard let way = NodeBlock.way(to: number) else { throw .tooLarge }
    var block = node
    var place = NodeRecord.byteCount &+ way.place &* BlockPointer.byteCount
    for level in (0..<way.levels).reversed() {
      block = try child(of: block, at: place, .index) ?? makeChild(of: block, at: place, .index)
      place = Self.place(of: way.rest, level)
    }
    let stored = storedBytes(through: end)
    if start == 0, end == Int(record.recordBytes), block.children[place] == nil {
      record.blockCount &-= min(give(block.pointer(at: place).address), record.blockCount &- 1)
      block.setPointer(BlockPointer(), at: place)
    }
    guard
      let known = try child(of: block, at: place, .record, upTo: UInt8(record.recordLevel))
    else {
      var bytes: [UInt8] = []
      // What is long already will soon be as long as it can be.
      bytes.reserveCapacity(stored > 4 &* Layout.blockBytes ? Int(record.recordBytes) : stored)
      if part.count == stored {
        bytes.append(copyOf: part)
      } else {
        bytes.append(zeros: stored)
        bytes.replaceBytes(at: start, with: part)
      }
      makeChild(of: block, at: place, .record, bytes)
      return
    }
    if known.isBehind { bringHere(known) }
    dirty.mark(known)
    if known.bytes.count == start, end == stored { return dirty.append(part, to: known) }
    if known.bytes.count < stored { dirty.resize(known, to: stored) }
    known.bytes.replaceBytes(at: start, with: part)
  }

  /// Gives back all records from `first` on, and the index blocks that become empty.
  private func removeRecords(
    of node: CachedBlock, _ record: inout NodeRecord, from first: UInt64
  ) throws(FileSystemError) {
    var start: UInt64 = 0
    var removed: UInt64 = 0
    for place in 0..<Self.usedPlaces(of: node, record) {
      let levels = NodeBlock.levels(below: place)
      let reach = UInt64(1) << UInt64(8 &* levels)
      if start &+ reach > first {
        let offset = NodeRecord.byteCount &+ place &* BlockPointer.byteCount
        let from = first > start ? first &- start : 0
        removed &+= try removeRecords(
          below: node, at: offset, levels, from: from, UInt8(record.recordLevel))
      }
      start &+= reach
    }
    record.blockCount = record.blockCount > removed ? record.blockCount &- removed : 1
  }

  /// How many of a node's pointers may lead somewhere.
  private static func usedPlaces(of node: CachedBlock, _ record: NodeRecord) -> Int {
    // Older implementations leave something behind the end.
    guard node.isClearBehindEnd, record.byteCount > 0,
      let last = NodeBlock.way(to: (record.byteCount &- 1) / record.recordBytes)
    else { return NodeBlock.pointerCount }
    return last.place &+ 1
  }

  /// - Returns: how many blocks were given back.
  private func removeRecords(
    below parent: CachedBlock, at place: Int, _ levels: Int, from first: UInt64, _ level: UInt8
  ) throws(FileSystemError) -> UInt64 {
    guard let known = parent.children[place] else {
      let pointer = parent.pointer(at: place)
      if pointer.isNull { return 0 }
      if levels == 0 {
        // A record need not be read for that.
        dirty.mark(parent)
        parent.setPointer(BlockPointer(), at: place)
        return give(pointer.address)
      }
      // What hangs on an index that cannot be read is lost; the file goes all the same.
      guard (try? child(of: parent, at: place, .index)) != nil else {
        dirty.mark(parent)
        parent.setPointer(BlockPointer(), at: place)
        return give(pointer.address)
      }
      return try removeRecords(below: parent, at: place, levels, from: first, level)
    }
    if levels == 0 { return remove(known) }
    var removed: UInt64 = 0
    let reach = UInt64(1) << UInt64(8 &* (levels &- 1))
    for inner in Int(first / reach)..<Int(Layout.indexPointers) {
      let from = UInt64(inner) &* reach < first ? first &- UInt64(inner) &* reach : 0
      removed &+= try removeRecords(
        below: known, at: inner &* BlockPointer.byteCount, levels &- 1, from: from, level)
    }
    return first == 0 ? removed &+ remove(known) : removed
  }
}
