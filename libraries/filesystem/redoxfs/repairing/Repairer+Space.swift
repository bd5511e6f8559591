// SPDX-License-Identifier: MIT
import Base
import Core

// What the header leads to besides the tree: the log of what is free, the list of nodes that wait to be
// released, and snapshots.

extension Repairer {
  /// A log is not made use of: what is free follows from what is not met. But its blocks, as far as it can
  /// be read, are not overwritten before there is another one.
  mutating func meetLog(_ newest: BlockPointer) {
    var pointer = newest
    while volume.isInside(pointer.address), !met[pointer.address.index] {
      meet(pointer.address)
      guard let bytes = try? volume.block(pointer) else { return }
      pointer = AllocationBlock(bytes).previous
    }
  }

  // MARK: Nodes that wait to be released

  /// Notes which nodes those are.
  mutating func readReleaseList() throws(FileSystemError) {
    do throws(FileSystemError) { try files.readReleased() } catch {
      forgetReleaseList()
      note(.releaseList)
    }
    if files.releaseList.contains(where: { isTaken($0) }) { forgetReleaseList() }
    for address in files.releaseList { take(address) }
    for identifier in files.released {
      let isDirectory = nodes[identifier]?.isDirectory ?? false
      // A directory that still has names was not removed.
      let hasNames = isDirectory ? try !names(in: identifier).entries.isEmpty : false
      _ = nodes.modify(identifier) { $0.isReleased = !hasNames }
    }
  }

  /// The list on the medium is none: if there is to be one, it is written anew.
  private func forgetReleaseList() {
    cut(files.header, at: HeaderPlace.release)
    files.releaseList = []
    files.listedReleases = []
  }

  /// Those wait that are there and have no name.
  mutating func mendReleaseList() throws(FileSystemError) {
    let released = files.released.filter {
      nodes[$0]?.isReleased ?? false && nodes[$0]?.names == 0
    }
    if released != files.released {
      files.released = released
      files.dirty.mark(files.header)
      note(.releaseList)
    }
    for identifier in released {
      let path = "released node " + decimal(identifier)
      if nodes[identifier]?.isDirectory ?? false {
        try mendNames(below: identifier, path)
      } else {
        try mendContents(of: identifier, path)
      }
    }
  }

  // MARK: Names counted

  /// Every node states how many names it has.
  mutating func mendLinks() throws(FileSystemError) {
    for index in nodes.keys.indices where nodes.values[index].names > 0 {
      let (identifier, counted) = (nodes.keys[index], nodes.values[index].names)
      let node = try files.node(identifier)
      var record = files.record(of: node)
      if record.links != counted {
        record.links = counted
        files.setRecord(record, of: node)
        note(.links(node: identifier, counted))
      }
      trim()
    }
  }

  // MARK: Snapshots

  /// Those stay in which all files can be found. A part of a file that cannot be read costs none.
  mutating func mendSnapshots() {
    var list = SnapshotList()
    do throws(VolumeError) { list = try volume.snapshotList(files.header.bytes) } catch {
      note(.lostSnapshots(error))
      return forgetSnapshots()
    }
    guard !list.blocks.isEmpty || !list.snapshots.isEmpty else { return }
    var reachable = Reachable(volume, readsRecords: true)
    var whole: [Snapshot] = []
    for snapshot in list.snapshots {
      var further = reachable
      further.add(tree: snapshot.tree)
      do throws(VolumeError) {
        for (pointer, _) in try volume.view(snapshot).allocationBlocks() {
          further.add(pointer.address)
        }
        if let error = further.error { throw error }
        for error in further.damagedRecords.dropFirst(reachable.damagedRecords.count) {
          note(.damagedSnapshot(snapshot.name, error))
        }
        reachable = further
        whole.append(snapshot)
      } catch {
        note(.lostSnapshot(snapshot.name, error))
        // What it has is free after the commit. If there is none, it can be read as before.
        meet(further.blocks)
        meetLog(snapshot.allocation)
      }
    }
    files.snapshotsChanged =
      whole.count < list.snapshots.count
      || list.blocks.contains { isTaken($0) || reachable.blocks[$0.index] }
    if files.snapshotsChanged {
      files.dirty.mark(files.header)
      // They are given back, unless they are somebody's.
      for address in list.blocks { meet(address) }
      list.blocks = []
    }
    for address in list.blocks { take(address) }
    list.snapshots = whole
    files.snapshotList = list
    meet(reachable.blocks)
    for block in 0..<volume.blockCount where reachable.blocks[block] { taken[block] = true }
    if whole.isEmpty { forgetSnapshots() }
  }

  private func forgetSnapshots() {
    files.dirty.mark(files.header)
    files.snapshotList = SnapshotList()
    // The table is written anew, and says that there are none.
    files.snapshotsChanged = true
    files.header.setWord(0, at: SnapshotPlace.settling)
  }

  // MARK: Free blocks

  /// What nothing leads to is free; what only the volume led to as it was is free after the commit.
  mutating func mendSpace() throws(FileSystemError) {
    var start = Layout.firstBlock
    while start < volume.blockCount {
      var end = start &+ 1
      while end < volume.blockCount, met[end] == met[start], taken[end] == taken[start] {
        end &+= 1
      }
      if !met[start] {
        files.free.set(start, count: end &- start, free: true)
      } else if !taken[start] {
        files.given.append(BlockRun(start: start, count: end &- start))
      }
      start = end
    }
    files.log.isWorthless = true
    if !files.snapshots.isEmpty {
      try files.keepSnapshots()
      // Should the repair not come to that, a mount sees to what only lost snapshots had.
      files.header.setWord(SnapshotPlace.unsettled, at: SnapshotPlace.settling)
    }
    files.dirty.mark(files.header)
    let gained = files.given.reduce(0) { $0 &+ $1.count }
    note(.free(blocks: files.free.freeCount &+ gained))
  }
}
