// SPDX-License-Identifier: MIT
import Base
import Core

/// What a volume has left, in blocks of 4096 bytes, with what the next commit gives back: it comes as
/// soon as somebody needs that.
public struct VolumeRoom: Equatable, Sendable {
  /// Blocks that nobody has.
  public var free: UInt64 = 0
  /// Those that can be written to files, by whatever writes.
  public var available: UInt64 = 0
}

extension FileSystem {
  /// Whether a commit could write what has changed and so many blocks more.
  /// - Parameters: see `begin`.
  func canAfford(_ cost: UInt64, _ records: UInt64, _ keepsReserve: Bool) -> Bool {
    let needed = needed(dirty.cost &+ cost, lines: given.count, keepsReserve)
    let long = dirty.longRecords &+ records
    return needed <= free.freeCount && (long == 0 || runs(long, needed) <= free.wholeRuns)
  }

  /// Blocks that a commit takes at most to write so many, with the log's.
  private func needed(_ blocks: UInt64, lines: Int, _ keepsReserve: Bool) -> UInt64 {
    // Each block that is written has a line in the log, and so has the one that it replaces.
    let lines = blocks &* 2 &+ UInt64(lines &+ log.newestCount)
    return blocks &+ lines / UInt64(Layout.allocationEntries) &+ 4
      &+ (keepsReserve ? limits.reservedBlocks : 0)
  }

  /// Whole runs that it takes at most: a record needs a run of its length; single blocks are taken one
  /// beside the other.
  private func runs(_ records: UInt64, _ needed: UInt64) -> UInt64 {
    records &+ (needed &- records) / 32 &+ 2
  }

  /// What is left. Takes as long as what has changed since the last commit is much.
  public var room: VolumeRoom {
    var freed = given
    for block in cached where block.isDirty && block.parent != nil {
      guard volume.isInside(block.address), !kept[block.address.index] else { continue }
      freed.append(BlockRun(start: block.address.index, count: block.address.blockCount))
    }
    let gain = free.gain(from: freed)
    // What the commit writes lies together.
    let written = isDirty ? needed(dirty.cost, lines: freed.count, false) : 0
    let left = VolumeRoom.difference(free.freeCount &+ gain.blocks, written)
    let whole = VolumeRoom.difference(
      free.wholeRuns &+ gain.wholeRuns, (written &+ 31) / 32 &+ (isDirty ? 1 : 0))
    // Whatever is written, of up to the length of a record, may lie in two of them, and clear a part of
    // a third; then there are the indexes, and the node.
    let record = UInt64(1) << UInt64(Layout.highestLevel)
    let least = needed(3 &* record &+ Self.nodeCost &+ 5, lines: 0, true)
    let leastRuns = runs(3, least)
    guard left >= least, whole >= leastRuns else { return VolumeRoom(free: left) }
    // The log of many commits becomes longer, before it begins anew.
    let log = UInt64(max(0, self.log.longestChain &- self.log.chain.count))
    let blocks = VolumeRoom.difference(left &- least, log)
    // An index block for every so many records.
    let indexes = blocks / (Layout.indexPointers &* record) &+ 1
    return VolumeRoom(
      free: left,
      available: record
        &+ min(VolumeRoom.difference(blocks, indexes), (whole &- leastRuns) &* record))
  }
}

extension VolumeRoom {
  fileprivate static func difference(_ left: UInt64, _ right: UInt64) -> UInt64 {
    left > right ? left &- right : 0
  }
}
