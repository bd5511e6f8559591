// SPDX-License-Identifier: MIT
import Base
import Core

// What is in a file or a symbolic link. Every record is read.

extension Repairer {
  /// Sees to it, when it is called first, that all of the node's records can be read, and are its own.
  mutating func mendContents(
    of identifier: UInt32, _ path: Text
  ) throws(FileSystemError) {
    if nodes[identifier]?.isMet ?? true { return }
    _ = nodes.modify(identifier) { $0.isMet = true }
    let node = try files.node(identifier)
    var record = try files.checkedRecord(of: node)
    // What is copied is counted when it is written.
    let copiesBefore = copies
    var counted: UInt64 = 1
    if !record.isInline {
      var number: UInt64 = 0
      for place in 0..<NodeBlock.pointerCount {
        let levels = NodeBlock.levels(below: place)
        let way = RecordWay(path: path, levels: levels, first: number, record: record)
        counted &+= try mendRecords(
          below: node, at: NodeRecord.byteCount &+ place &* BlockPointer.byteCount, way)
        number &+= 1 << UInt64(8 &* levels)
      }
    }
    if record.blockCount != counted {
      record.blockCount = counted
      files.setRecord(record, of: node)
      if copies == copiesBefore { note(.blocks(path: path, counted)) }
    }
    trim()
  }

  private struct RecordWay {
    let path: Text
    /// Levels of index blocks below the pointer.
    var levels: Int
    /// The number of the first record below it.
    var first: UInt64
    let record: NodeRecord
    /// Below an index that was copied; that was noted.
    var isCopied = false

    var offset: UInt64 { first &* record.recordBytes }
    /// What lies below the pointer, as far as the file goes.
    var byteCount: UInt64 {
      let end = min(offset &+ record.recordBytes << UInt64(8 &* levels), record.byteCount)
      return end > offset ? end &- offset : 0
    }
  }

  /// - Returns: how many blocks of 4096 bytes there are below the pointer.
  private mutating func mendRecords(
    below parent: CachedBlock, at place: Int, _ way: RecordWay
  ) throws(FileSystemError) -> UInt64 {
    let pointer = parent.pointer(at: place)
    if pointer.isNull { return 0 }
    meet(pointer.address)
    if way.levels == 0 { return try mendRecord(pointer, parent, at: place, way) }
    guard let (index, isCopy) = try takeIndex(of: parent, at: place, way) else { return 0 }
    var counted = isCopy ? 0 : pointer.address.blockCount
    for inner in 0..<Int(Layout.indexPointers) {
      var next = way
      next.isCopied = way.isCopied || isCopy
      next.levels &-= 1
      next.first &+= UInt64(inner) << UInt64(8 &* next.levels)
      counted &+= try mendRecords(below: index, at: inner &* BlockPointer.byteCount, next)
    }
    return counted
  }

  /// The index that a pointer leads to; a copy if something else has it too.
  /// - Returns: `nil` if it cannot be read.
  private mutating func takeIndex(
    of parent: CachedBlock, at place: Int, _ way: RecordWay
  ) throws(FileSystemError) -> (CachedBlock, isCopy: Bool)? {
    let pointer = parent.pointer(at: place)
    guard isTaken(pointer.address) else {
      return takeChild(
        of: parent, at: place, .index,
        { .cleared(path: way.path, offset: way.offset, byteCount: way.byteCount, $0) }
      ).map { ($0, false) }
    }
    guard let bytes = read(pointer, upTo: 0, parent, at: place, way) else { return nil }
    return (try copy(bytes, below: parent, at: place, .index, way), true)
  }

  private mutating func mendRecord(
    _ pointer: BlockPointer, _ parent: CachedBlock, at place: Int, _ way: RecordWay
  ) throws(FileSystemError) -> UInt64 {
    let level = UInt8(way.record.recordLevel)
    guard let bytes = read(pointer, upTo: level, parent, at: place, way) else { return 0 }
    if !isTaken(pointer.address) {
      take(pointer.address)
      return pointer.address.blockCount
    }
    _ = try copy(bytes, below: parent, at: place, .record, way)
    return 0
  }

  /// What a pointer leads to. If that cannot be read, the pointer goes.
  private mutating func read(
    _ pointer: BlockPointer, upTo level: UInt8, _ parent: CachedBlock, at place: Int,
    _ way: RecordWay
  ) -> [UInt8]? {
    do throws(VolumeError) { return try volume.block(pointer, upTo: level) } catch {
      cut(parent, at: place)
      note(.cleared(path: way.path, offset: way.offset, byteCount: way.byteCount, error))
      return nil
    }
  }

  /// It reads as it should, so this is what the file had, whoever has the place.
  private mutating func copy(
    _ bytes: [UInt8], below parent: CachedBlock, at place: Int, _ kind: CachedBlock.Kind,
    _ way: RecordWay
  ) throws(FileSystemError) -> CachedBlock {
    let copy = try makeCopy(of: bytes, below: parent, at: place, kind)
    copies &+= 1
    if !way.isCopied { note(.parted(path: way.path, offset: way.offset)) }
    return copy
  }
}
