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
    // Records that are copied are counted when they are written.
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
      note(.blocks(path: path, counted))
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
    guard
      let index = takeChild(
        of: parent, at: place, .index,
        { .cleared(path: way.path, offset: way.offset, byteCount: way.byteCount, $0) })
    else { return 0 }
    var counted = pointer.address.blockCount
    for inner in 0..<Int(Layout.indexPointers) {
      var next = way
      next.levels &-= 1
      next.first &+= UInt64(inner) << UInt64(8 &* next.levels)
      counted &+= try mendRecords(below: index, at: inner &* BlockPointer.byteCount, next)
    }
    return counted
  }

  private mutating func mendRecord(
    _ pointer: BlockPointer, _ parent: CachedBlock, at place: Int, _ way: RecordWay
  ) throws(FileSystemError) -> UInt64 {
    let level = UInt8(way.record.recordLevel)
    do throws(VolumeError) {
      if !isTaken(pointer.address) {
        _ = try volume.block(pointer, upTo: level)
        take(pointer.address)
        return pointer.address.blockCount
      }
      // It reads as it should, so this is what the file had, whoever has the place.
      files.makeChild(of: parent, at: place, .record, try volume.block(pointer, upTo: level))
      note(.parted(path: way.path, offset: way.offset))
    } catch {
      cut(parent, at: place)
      note(
        .cleared(path: way.path, offset: way.offset, byteCount: way.byteCount, error))
    }
    return 0
  }
}
