// SPDX-License-Identifier: MIT
import Base
import Core

/// The allocation log of a mounted volume.
struct AllocationLog {
  /// The log's blocks on the medium, the oldest first.
  var chain: [BlockAddress] = []
  /// What the newest of them has, and what it leads to: it is written anew by the next commit.
  var newest: [AllocationEntry] = []
  var previous = BlockPointer()
  /// With so many blocks it begins anew, with what is free.
  var longestChain = AllocationLog.shortChain
  static var shortChain: Int { 64 }
}

extension FileSystem {
  /// Finds out what is free. A log that gives or takes blocks twice, or others than there are, is
  /// damaged: nothing is written to such a volume.
  func readLog() throws(FileSystemError) {
    do throws(VolumeError) {
      for (pointer, block) in try volume.allocationBlocks() {
        for entry in block.entries { try replay(entry, in: pointer.address.index) }
        log.chain.append(pointer.address)
        log.newest = block.entries
        log.previous = block.previous
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
    let beginsAnew = log.chain.count >= log.longestChain && canBeginAnew()
    var freed = given
    var entries: [AllocationEntry] = []
    var previous = BlockPointer()
    var kept: [BlockAddress] = []
    if beginsAnew {
      // All that is free now, and all that this commit has taken is not: no line for it.
      free.forEachRun { start, count in
        entries.append(AllocationEntry(index: start, count: Int64(count)))
      }
      for block in log.chain where !self.kept[block.index] {
        freed.append(BlockRun(start: block.index, count: 1))
      }
    } else {
      entries = log.newest
      previous = log.previous
      kept = Array(log.chain.dropLast())
      if let block = log.chain.last, !self.kept[block.index] {
        freed.append(BlockRun(start: block.index, count: 1))
      }
      for run in taken {
        entries.append(AllocationEntry(index: run.start, count: -Int64(run.count)))
      }
    }
    // The log's own blocks come first of what follows, a line each.
    let room = Layout.allocationEntries
    var own: [UInt64] = []
    repeat {
      guard let block = free.take(level: 0) else { throw fail(.noSpace) }
      own.append(block)
    } while own.count &* room < entries.count &+ own.count &+ freed.count
    for block in own { entries.append(AllocationEntry(index: block, count: -1)) }
    for run in freed { entries.append(AllocationEntry(index: run.start, count: Int64(run.count))) }
    for (position, index) in own.enumerated() {
      log.previous = previous
      log.newest = Array(entries[(position &* room)..<min((position &+ 1) &* room, entries.count)])
      previous = try write(log.newest, after: previous, at: index)
      kept.append(previous.address)
    }
    log.chain = kept
    if beginsAnew { log.longestChain = AllocationLog.shortChain &+ 2 &* own.count }
    return (previous, freed)
  }

  func write(
    _ entries: [AllocationEntry], after previous: BlockPointer, at index: UInt64
  ) throws(FileSystemError) -> BlockPointer {
    var bytes = [UInt8](repeating: 0, count: Layout.blockBytes)
    bytes.setPointer(previous, at: 0)
    var place = 16
    for entry in entries {
      bytes.setWord(entry.index, at: place)
      bytes.setWord(UInt64(bitPattern: entry.count), at: place &+ 8)
      place &+= 16
    }
    var pointer = BlockPointer()
    pointer.address.index = index
    pointer.hash = SeaHash.digest(bytes.span)
    try store(bytes, at: index)
    return pointer
  }
}
