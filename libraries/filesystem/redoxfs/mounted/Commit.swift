// SPDX-License-Identifier: MIT
import Base
import Core

extension FileSystem {
  /// Makes all that was done before the volume's state, and returns when the medium has it.
  /// - Throws: `medium` if it does not take it: the state before stays, and nothing can be changed any
  ///   more.
  public func commit() throws(FileSystemError) {
    guard isDirty else { return }
    if let failure { throw failure }
    willCommit?()
    dirty.mark(header)
    var taken = try writeReleaseList() + writeSnapshotTable()
    _ = try writeChildren(of: header, &taken)
    let (newest, freed) = try writeLog(taken)
    header.setPointer(newest, at: HeaderPlace.allocation)
    // The header may be there only when all that it leads to is.
    guard volume.store.flush() else { throw fail(.medium) }
    try writeHeader()
    for run in freed { free.set(run.start, count: run.count, free: true) }
    given.removeAll(keepingCapacity: true)
    dirty.clear(header)
    didCommit?(generation)
    trimCache()
  }

  /// Commits also if nothing has changed: the medium has to take it.
  public func commitAnyway() throws(FileSystemError) {
    dirty.mark(header)
    try commit()
  }

  /// Writes what has changed below `block`, children before the pointers to them.
  /// - Returns: how many blocks more there are below it now, up to the node that counts them.
  private func writeChildren(
    of block: CachedBlock, _ taken: inout [BlockRun]
  ) throws(FileSystemError) -> Int64 {
    var growth: Int64 = 0
    for index in block.children.keys.indices where block.children.values[index].isDirty {
      let child = block.children.values[index]
      let below = try writeChildren(of: child, &taken)
      if child.kind == .node {
        if below != 0 { addBlocks(below, to: child) }
        _ = try write(child, &taken)
      } else {
        growth &+= try below &+ write(child, &taken)
      }
    }
    return growth
  }

  /// Writes one block to a place that was free.
  /// - Returns: how many more blocks it takes than before.
  private func write(
    _ block: CachedBlock, _ taken: inout [BlockRun]
  ) throws(FileSystemError) -> Int64 {
    guard let parent = block.parent else { return 0 }
    let old = Int64(give(block.address))
    block.storeRecord()
    if block.isBehind { bringHere(block) }
    // No line of the log comes from `block`'s own part of a shared array: it is written as it is.
    var stored = block.bytes
    var address = BlockAddress()
    address.level = level(of: stored.count)
    if address.level > 0, let packed = pack(stored) {
      address.unpackedLevel = address.level
      address.level = level(of: packed.count)
      stored = packed
    }
    guard let index = free.take(level: address.level) else { throw fail(.noSpace) }
    address.index = index
    try store(stored, at: index)
    extend(&taken, by: BlockRun(start: index, count: address.blockCount))
    var pointer = BlockPointer()
    pointer.address = address
    pointer.hash = volume.store.digest(stored.span)
    block.address = address
    parent.setPointer(pointer, at: block.place)
    dirty.clear(block)
    return Int64(address.blockCount) &- old
  }

  private func level(of byteCount: Int) -> UInt8 {
    UInt8((byteCount / Layout.blockBytes).trailingZeroBitCount)
  }

  /// A record that takes fewer blocks when it is packed.
  private func pack(_ record: [UInt8]) -> [UInt8]? {
    // At most half of it, and a length of two bytes.
    let limit = min(record.count / 2, 0xFFFF)
    var packed: [UInt8] = []
    packed.reserveCapacity(limit &+ 2)
    packed.append(zeros: 2)
    guard LZ4Block.pack(record.span, onto: &packed, limit: limit) else { return nil }
    packed[0] = UInt8(truncatingIfNeeded: packed.count &- 2)
    packed[1] = UInt8(truncatingIfNeeded: (packed.count &- 2) >> 8)
    var stored = Layout.blockBytes
    while stored < packed.count { stored &*= 2 }
    packed.append(zeros: stored &- packed.count)
    return packed
  }

  /// Records lie in one place, and all else in another: one of the last two runs becomes longer.
  private func extend(_ runs: inout [BlockRun], by run: BlockRun) {
    for index in runs.indices.suffix(2)
    where runs[index].start &+ runs[index].count == run.start {
      runs[index].count &+= run.count
      return
    }
    runs.append(run)
  }

  private func addBlocks(_ count: Int64, to node: CachedBlock) {
    var record = self.record(of: node)
    record.blockCount = UInt64(bitPattern: Int64(bitPattern: record.blockCount) &+ count)
    setRecord(record, of: node)
  }

  private func writeHeader() throws(FileSystemError) {
    let next = generation &+ 1
    // Whatever becomes of it: after a failure nothing is changed any more.
    header.setWord(next, at: HeaderPlace.generation)
    if !snapshots.isEmpty { header.setWord(next, at: SnapshotPlace.generation) }
    let hash = hash(ofHeader: header.bytes)
    let mark = mark(hash: hash, next)
    header.setWord(mark.0, at: HeaderBlock.hashedBytes)
    header.setWord(mark.1, at: HeaderBlock.hashedBytes &+ 8)
    header.setWord(hash, at: HeaderPlace.hash)
    let (place, bytes) = (next % HeaderBlock.ringCount, header.bytes)
    guard volume.store.writeThrough(volume.start &+ place, bytes.span) else { throw fail(.medium) }
  }

  private func hash(ofHeader bytes: [UInt8]) -> UInt64 {
    volume.store.digest(bytes.span.extracting(first: HeaderBlock.hashedBytes))
  }
}

/// Where things stand in a header; see `HeaderBlock`.
enum HeaderPlace {
  static var byteCount: Int { 32 }
  static var generation: Int { 40 }
  static var tree: Int { 48 }
  static var allocation: Int { 64 }
  static var release: Int { 3152 }
  static var hash: Int { 4088 }
}
