// SPDX-License-Identifier: MIT
public import Base
import Core

extension FileSystem {
  /// The states that are kept, the oldest first.
  public var snapshots: [Snapshot] { snapshotList.snapshots }

  /// Keeps the present state under `name`. Takes two commits, however large the volume is.
  /// - Throws: `exists`, `invalidName`.
  public func makeSnapshot(_ name: Text, now: Timestamp) throws(FileSystemError) {
    guard Snapshot.isName(name) else { throw .invalidName }
    guard !snapshots.contains(where: { $0.name == name }) else { throw .exists }
    try begin(cost: Self.nodeCost &+ UInt64(snapshots.count / SnapshotBlock.room &+ 2))
    dirty.mark(header)
    try commit()
    let snapshot = Snapshot(
      name: name, created: now, generation: generation,
      tree: header.pointer(at: HeaderPlace.tree),
      allocation: header.pointer(at: HeaderPlace.allocation), blockCount: blockCount)
    // All that is taken now belongs to it, the log's blocks too, but not the lists that only the
    // present state has.
    kept.add(allBut: free, below: blockCount)
    keepNoLists()
    let lists = (snapshotList.blocks + releaseList).map { BlockRun(start: $0.index, count: 1) }
    if !lists.isEmpty { snapshotList.givenSince.append((snapshot.generation, lists)) }
    snapshotList.snapshots.append(snapshot)
    snapshotsChanged = true
    dirty.mark(header)
    try commit()
  }

  /// Forgets a state, and gives back what it alone had. Reads what all states have.
  /// - Throws: `notFound`; `volume` if something of the other states cannot be read: the snapshot is
  ///   gone, and what it had is given back at a mount at which that works.
  public func removeSnapshot(_ name: Text) throws(FileSystemError) {
    guard snapshots.contains(where: { $0.name == name }) else { throw .notFound }
    try begin(cost: Self.nodeCost &+ UInt64(snapshots.count / SnapshotBlock.room &+ 1))
    try commit()
    snapshotList.snapshots.removeAll { $0.name == name }
    snapshotsChanged = true
    try giveBackUnreachable()
  }

  /// Makes the state that is kept under `name` the present one; what was done since is gone. The
  /// snapshot stays. All files must be closed.
  /// - Throws: `notFound`; `volume` as `removeSnapshot`.
  public func rollBack(to name: Text) throws(FileSystemError) {
    guard let snapshot = snapshots.first(where: { $0.name == name }) else { throw .notFound }
    try begin(cost: Self.nodeCost)
    try commit()
    let unnamed: [UInt32]
    do throws(VolumeError) { unnamed = try volume.view(snapshot).unnamedNodes() } catch {
      throw .volume(error)
    }
    for block in cached {
      forgetSlot(of: block)
      block.detach()
    }
    knownNames = KnownNames()
    cached.removeAll()
    cachedCost = 0
    dirty = DirtyCount()
    // Those who had them open are gone.
    released = unnamed
    header.setPointer(snapshot.tree, at: HeaderPlace.tree)
    try giveBackUnreachable(from: snapshot.generation)
    try removeReleased()
    try commit()
  }

  /// The volume as it was then.
  public func view(_ snapshot: Snapshot) -> Volume<Store> { volume.view(snapshot) }

  /// A part of a commit: writes the table anew if it has changed.
  /// - Returns: the blocks taken for it.
  func writeSnapshotTable() throws(FileSystemError) -> [BlockRun] {
    guard snapshotsChanged else { return [] }
    var taken: [BlockRun] = []
    for (generation, runs) in snapshotList.givenSince {
      guard let index = snapshots.firstIndex(where: { $0.generation == generation }) else {
        continue
      }
      var pointer = snapshots[index].allocation
      for start in stride(from: 0, to: runs.count, by: Layout.allocationEntries) {
        let end = min(start &+ Layout.allocationEntries, runs.count)
        let entries = runs[start..<end].map {
          AllocationEntry(index: $0.start, count: Int64($0.count))
        }
        guard let block = free.take(level: 0) else { throw fail(.noSpace) }
        taken.append(BlockRun(start: block, count: 1))
        pointer = try write(entries, after: pointer, at: block)
      }
      snapshotList.snapshots[index].allocation = pointer
    }
    snapshotList.givenSince = []
    for address in snapshotList.blocks { give(address) }
    snapshotList.blocks = []
    var previous = BlockPointer()
    var rest = snapshots[...]
    while !rest.isEmpty {
      let part = rest.prefix(SnapshotBlock.room)
      rest = rest.dropFirst(part.count)
      let bytes = SnapshotBlock.bytes(part, after: previous)
      guard let index = free.take(level: 0) else { throw fail(.noSpace) }
      try store(bytes, at: index)
      previous = BlockPointer()
      previous.address.index = index
      previous.hash = volume.store.digest(bytes.span)
      snapshotList.blocks.append(previous.address)
      taken.append(BlockRun(start: index, count: 1))
    }
    header.setPointer(previous, at: SnapshotPlace.table)
    header.setWord(snapshots.isEmpty ? 0 : SnapshotPlace.number, at: SnapshotPlace.signature)
    if snapshots.isEmpty { header.setWord(0, at: SnapshotPlace.generation) }
    snapshotsChanged = false
    return taken
  }

  /// Finds out, at mount, what the snapshots have. If somebody wrote the volume who does not know of
  /// them, those that are not whole any more are forgotten.
  func readSnapshots() throws(FileSystemError) {
    do throws(VolumeError) { snapshotList = try volume.snapshotList(header.bytes) } catch {
      throw .volume(error)
    }
    guard !snapshots.isEmpty else { return }
    if snapshotList.isDoubtful {
      let all = snapshots
      snapshotList.snapshots = all.filter { isWhole($0) }
      lostSnapshots = all.filter { !snapshots.contains($0) }.map { $0.name }
      snapshotsChanged = true
      dirty.mark(header)
    }
    try keepSnapshots()
  }

  /// Whether all that a snapshot has can be read, and is not free.
  private func isWhole(_ snapshot: Snapshot) -> Bool {
    var reachable = Reachable(volume)
    reachable.add(tree: snapshot.tree)
    guard reachable.error == nil,
      let log = try? volume.view(snapshot).allocationBlocks()
    else { return false }
    for (pointer, _) in log { reachable.add(pointer.address) }
    var block = Layout.firstBlock
    while block < blockCount {
      if reachable.blocks[block], free[block] { return false }
      block &+= 1
    }
    return true
  }

  /// Notes what is not to be given back, since a snapshot may have it.
  func keepSnapshots() throws(FileSystemError) {
    for snapshot in snapshots {
      kept.add(allBut: try freeMap(of: snapshot), below: size(of: snapshot))
    }
    // What is free is nobody's.
    kept.remove(free)
    keepNoLists()
  }

  func size(of snapshot: Snapshot) -> UInt64 {
    snapshot.blockCount == 0 ? blockCount : min(snapshot.blockCount, blockCount)
  }

  /// What was free when the snapshot was made, and what has been found since not to be its.
  func freeMap(of snapshot: Snapshot) throws(FileSystemError) -> FreeMap {
    var free = FreeMap(blockCount: blockCount)
    do throws(VolumeError) {
      for (_, block) in try volume.view(snapshot).allocationBlocks() {
        for entry in block.entries
        where entry.index < blockCount && entry.count.magnitude <= blockCount &- entry.index {
          free.set(entry.index, count: entry.count.magnitude, free: entry.count > 0)
        }
      }
    } catch { throw .volume(error) }
    return free
  }

  /// The lists that the header leads to belong to the present state alone.
  func keepNoLists() {
    for address in snapshotList.blocks + releaseList { kept.remove(address.index) }
  }
}
