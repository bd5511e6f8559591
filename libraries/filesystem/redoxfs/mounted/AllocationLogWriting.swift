// SPDX-License-Identifier: MIT
import Base
import Core

/// The allocation log of a mounted volume.
struct AllocationLog {
  /// The log's blocks on the medium, the oldest first.
  var chain: [BlockAddress] = []
  /// The newest of them: the next commit writes it anew, with more lines. How many it has, and which
  /// block comes before it.
  var newest = AllocationLog.emptyBlock
  var newestCount = 0
  var previous = BlockPointer()
  /// With so many blocks it begins anew, with what is free.
  var longestChain = AllocationLog.shortChain
  /// It says nothing of what is free: the next commit has to begin it anew.
  var isWorthless = false
  static var shortChain: Int { 64 }
  static var emptyBlock: [UInt8] { [UInt8](repeating: 0, count: Layout.blockBytes) }

  /// Adds a line to the newest block, which has room for it.
  mutating func append(_ entry: AllocationEntry) {
    newestCount &+= 1
    newest.setWord(entry.index, at: 16 &* newestCount)
    newest.setWord(UInt64(bitPattern: entry.count), at: 16 &* newestCount &+ 8)
  }

  /// A block without lines becomes the newest.
  mutating func beginBlock(after previous: BlockPointer) {
    newest = Self.emptyBlock
    newestCount = 0
    self.previous = previous
  }
}

extension FileSystem {
  /// Finds out what is free. A log that gives or takes blocks twice, or others than there are, is
  /// damaged: nothing is written to such a volume.
  func readLog() throws(FileSystemError) {
    do throws(VolumeError) {
      for (pointer, block) in try volume.allocationBlocks() {
        for entry in block.entries { try replay(entry, in: pointer.address.index) }
        log.chain.append(pointer.address)
        // Lines without a meaning are left out.
        log.beginBlock(after: block.previous)
        for entry in block.entries { log.append(entry) }
      }
    } catch { throw .volume(error) }
    log.longestChain = max(log.longestChain, log.chain.count)
  }

  /// A volume that is nearly full and in pieces may not have room for a list of them.
  private func canBeginAnew() -> Bool {
    var runs: UInt64 = 0
    free.forEachRun { _, _ in runs &+= 1 }
    let lines = runs &+ UInt64(given.count &+ log.chain.count)
    return lines / UInt64(Layout.allocationEntries) &+ 8 < free.freeCount
  }

  private func replay(_ entry: AllocationEntry, in logBlock: UInt64) throws(VolumeError) {
    let count = entry.count.magnitude
    guard entry.index >= Layout.firstBlock, entry.index < volume.blockCount,
      count <= volume.blockCount &- entry.index
    else { throw .damaged(.allocation, block: logBlock) }
    let before = free.freeCount
    free.set(entry.index, count: count, free: entry.count > 0)
    let after = entry.count > 0 ? before &+ count : before &- count
    guard free.freeCount == after else { throw .damaged(.allocation, block: logBlock) }
  }

  /// Writes the log of a commit that has taken the blocks `taken`, and gives back those in `given` and
  /// the log's own that it no longer has.
  /// - Returns: the newest block, and what becomes free once the header is written.
  func writeLog(
    _ taken: [BlockRun]
  ) throws(FileSystemError) -> (newest: BlockPointer, freed: [BlockRun]) {
    let beginsAnew = log.isWorthless || log.chain.count >= log.longestChain && canBeginAnew()
    var freed = given
    var added: [AllocationEntry] = []
    var kept: [BlockAddress] = []
    if beginsAnew {
      // All that is free now, and all that this commit has taken is not: no line for it.
      free.forEachRun { start, count in
        added.append(AllocationEntry(index: start, count: Int64(count)))
      }
      for block in log.chain where !self.kept[block.index] {
        freed.append(BlockRun(start: block.index, count: 1))
      }
      log.beginBlock(after: BlockPointer())
    } else {
      kept = Array(log.chain.dropLast())
      if let block = log.chain.last, !self.kept[block.index] {
        freed.append(BlockRun(start: block.index, count: 1))
      }
      for run in taken {
        added.append(AllocationEntry(index: run.start, count: -Int64(run.count)))
      }
    }
    // The log's own blocks come first of what follows, a line each.
    let room = Layout.allocationEntries
    var own: [UInt64] = []
    repeat {
      guard let block = free.take(level: 0) else { throw fail(.noSpace) }
      own.append(block)
    } while own.count &* room < log.newestCount &+ added.count &+ own.count &+ freed.count
    for block in own { added.append(AllocationEntry(index: block, count: -1)) }
    for run in freed { added.append(AllocationEntry(index: run.start, count: Int64(run.count))) }
    var newest = BlockPointer()
    var next = 0
    for (position, index) in own.enumerated() {
      if position > 0 { log.beginBlock(after: newest) }
      while log.newestCount < room, next < added.count {
        log.append(added[next])
        next &+= 1
      }
      newest = try writeNewest(at: index)
      kept.append(newest.address)
    }
    log.chain = kept
    log.isWorthless = false
    if beginsAnew { log.longestChain = AllocationLog.shortChain &+ 2 &* own.count }
    return (newest, freed)
  }

  /// - Returns: the pointer that leads to it.
  private func writeNewest(at index: UInt64) throws(FileSystemError) -> BlockPointer {
    log.newest.setPointer(log.previous, at: 0)
    return try write(log.newest, at: index)
  }

  /// Writes a log's block that belongs to a snapshot.
  func write(
    _ entries: [AllocationEntry], after previous: BlockPointer, at index: UInt64
  ) throws(FileSystemError) -> BlockPointer {
    var block = AllocationLog()
    for entry in entries { block.append(entry) }
    block.newest.setPointer(previous, at: 0)
    return try write(block.newest, at: index)
  }

  private func write(_ block: [UInt8], at index: UInt64) throws(FileSystemError) -> BlockPointer {
    var pointer = BlockPointer()
    pointer.address.index = index
    pointer.hash = volume.store.digest(block.span)
    try store(block, at: index)
    return pointer
  }
}
