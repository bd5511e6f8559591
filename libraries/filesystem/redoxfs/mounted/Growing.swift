// SPDX-License-Identifier: MIT
import Base
import Core

// A volume on a medium that is larger than it: an image that was copied to a larger disk.

extension FileSystem {
  /// How many blocks the medium has behind the volume's end.
  public var blocksToGrow: UInt64 {
    let whole = min(volume.store.blockCount &- volume.start, (1 << 48) &- 1)
    return whole > blockCount ? whole &- blockCount : 0
  }

  /// Makes the volume as large as its medium. What is new is free once this returns.
  /// - Returns: how many blocks it has more.
  @discardableResult
  public func grow() throws(FileSystemError) -> UInt64 {
    let added = blocksToGrow
    guard added > 0 else { return 0 }
    try begin(
      cost: Self.nodeCost &+ UInt64(snapshots.count / SnapshotBlock.room &+ 1), keepsReserve: false)
    let first = blockCount
    volume.blockCount = first &+ added
    free.grow(to: volume.blockCount)
    kept.grow(to: volume.blockCount)
    // What lies behind a snapshot's end is not its: it has to know where that was.
    for index in snapshots.indices where snapshots[index].blockCount == 0 {
      snapshotList.snapshots[index].blockCount = first
      snapshotsChanged = true
    }
    header.setWord(volume.blockCount &* UInt64(Layout.blockBytes), at: HeaderPlace.byteCount)
    given.append(BlockRun(start: first, count: added))
    dirty.mark(header)
    try commit()
    return added
  }
}
