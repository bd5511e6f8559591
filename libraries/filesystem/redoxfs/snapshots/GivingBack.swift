// SPDX-License-Identifier: MIT
import Base
import Core

// What no state has any more once a snapshot is removed, or the present state was left for another.

extension FileSystem {
  /// Commits, and gives back every block that no state has: all at once if the log has room for so many
  /// lines, else in parts. A header that does not have the last part says so, and the next mount goes
  /// on. What is in memory must be what the medium has, but for the header and the table.
  /// - Parameter state: the present state is from now on that of the snapshot of this generation.
  /// - Throws: `volume` if something of the states cannot be read; the commit is done all the same.
  func giveBackUnreachable(from state: UInt64? = nil) throws(FileSystemError) {
    dirty.mark(header)
    let runs: [BlockRun]
    do throws(FileSystemError) {
      let states = try blocksOfAllStates()
      runs = self.runs(below: blockCount) { !free[$0] && !states[$0] }
      try correctMaps(runs, from: state)
    } catch {
      // What cannot be read may lead to something that is in use.
      header.setWord(SnapshotPlace.unsettled, at: SnapshotPlace.settling)
      try commit()
      throw error
    }
    kept = KeptBlocks(count: blockCount)
    if !snapshots.isEmpty { try keepSnapshots() }
    var done = 0
    repeat {
      let lines = Int(min(free.freeCount / 2, 1 << 20)) &* Layout.allocationEntries
      let part = runs[done..<min(runs.count, done &+ max(lines, 1))]
      for run in part {
        given.append(run)
        for block in run.start..<run.start &+ run.count { kept.remove(block) }
      }
      done = part.endIndex
      header.setWord(
        done < runs.count ? SnapshotPlace.unsettled : 0, at: SnapshotPlace.settling)
      dirty.mark(header)
      try commit()
    } while done < runs.count
  }

  /// Goes on with what a mount before this one could not end. What still cannot be read, or has no room
  /// to be written down, does not keep the volume from being used.
  public func settle() throws(FileSystemError) {
    guard
      !isReadOnly,
      !lostSnapshots.isEmpty
        || header.bytes.word(at: SnapshotPlace.settling) == SnapshotPlace.unsettled
    else { return }
    do throws(FileSystemError) {
      try begin(cost: Self.nodeCost &+ UInt64(snapshots.count / SnapshotBlock.room &+ 1))
      try commit()
      try giveBackUnreachable()
    } catch {
      if error == .medium { throw error }
    }
  }

  private func blocksOfAllStates() throws(FileSystemError) -> BlockMap {
    var reachable = Reachable(volume)
    reachable.add(tree: header.pointer(at: HeaderPlace.tree))
    do throws(VolumeError) {
      for snapshot in snapshots {
        reachable.add(tree: snapshot.tree)
        for (pointer, _) in try volume.view(snapshot).allocationBlocks() {
          reachable.add(pointer.address)
        }
      }
    } catch { throw .volume(error) }
    for address in log.chain + snapshotList.blocks + releaseList { reachable.add(address) }
    if let error = reachable.error { throw .volume(error) }
    return reachable.blocks
  }

  /// The runs of blocks of which `matches` is true.
  private func runs(below end: UInt64, _ matches: (UInt64) -> Bool) -> [BlockRun] {
    var runs: [BlockRun] = []
    for block in Layout.firstBlock..<max(end, Layout.firstBlock) where matches(block) {
      if let last = runs.last, last.start &+ last.count == block {
        runs[runs.count &- 1].count &+= 1
      } else {
        runs.append(BlockRun(start: block, count: 1))
      }
    }
    return runs
  }

  /// A snapshot's log says of blocks that belonged to older ones that they are not free. Whoever gets
  /// those next gives them back again, so it is noted that they are not this snapshot's: of those that
  /// are nobody's now, and, for snapshots that are newer than the state that became the present one, of
  /// those that this may have.
  private func correctMaps(_ runs: [BlockRun], from state: UInt64?) throws(FileSystemError) {
    snapshotList.givenSince = []
    var room = free.freeCount / 4
    for snapshot in snapshots {
      let then = try freeMap(of: snapshot)
      let wrong: [BlockRun]
      if let state, snapshot.generation > state {
        let own = try blocks(of: snapshot)
        wrong = self.runs(below: size(of: snapshot)) { !then[$0] && !own[$0] }
      } else {
        wrong = runs.filter { run in
          (run.start..<run.start &+ run.count).contains { !then[$0] }
        }
      }
      let blocks = UInt64(wrong.count / Layout.allocationEntries &+ 1)
      // Without room the blocks come back when that snapshot is removed.
      guard !wrong.isEmpty, blocks <= room else { continue }
      room &-= blocks
      snapshotList.givenSince.append((snapshot.generation, wrong))
      snapshotsChanged = true
    }
  }

  private func blocks(of snapshot: Snapshot) throws(FileSystemError) -> BlockMap {
    var reachable = Reachable(volume)
    reachable.add(tree: snapshot.tree)
    do throws(VolumeError) {
      for (pointer, _) in try volume.view(snapshot).allocationBlocks() {
        reachable.add(pointer.address)
      }
    } catch { throw .volume(error) }
    if let error = reachable.error { throw .volume(error) }
    return reachable.blocks
  }
}
