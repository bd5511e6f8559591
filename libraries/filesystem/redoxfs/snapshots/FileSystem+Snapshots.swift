// SPDX-License-Identifier: MIT
public import Base
import Core

extension FileSystem {
  /// The states that are kept, the oldest first.
  public var snapshots: [Snapshot] { snapshotList.snapshots }

  /// Keeps the present state under `name`. Takes a commit, however large the volume is.
  /// - Throws: `exists`, `invalidName`.
  public func makeSnapshot(_ name: Text, now: Timestamp) throws(FileSystemError) {
    guard !name.isEmpty, name.count <= Snapshot.nameBytes, !name.contains(0x2F), !name.contains(0)
    else { throw .invalidName }
    guard !snapshots.contains(where: { $0.name == name }) else { throw .exists }
    try begin(cost: Self.nodeCost)
    dirty.mark(header)
    try commit()
    let snapshot = Snapshot(
      name: name, created: now, generation: generation,
      tree: header.pointer(at: HeaderPlace.tree),
      allocation: header.pointer(at: HeaderPlace.allocation))
    // All that is taken now belongs to it, the log's blocks too.
    kept.add(allBut: free)
    keepNoLists()
    try changeSnapshots { $0.append(snapshot) }
  }

  /// Forgets a state, and gives back what it alone had. Reads what all states have.
  /// - Throws: `notFound`.
  public func removeSnapshot(_ name: Text) throws(FileSystemError) {
    guard snapshots.contains(where: { $0.name == name }) else { throw .notFound }
    try changeSnapshots { $0.removeAll { $0.name == name } }
    try giveBackUnreachable()
  }

  /// Makes the state that is kept under `name` the present one; what was done since is gone. The
  /// snapshot stays. All files must be closed.
  /// - Throws: `notFound`.
  public func rollBack(to name: Text) throws(FileSystemError) {
    guard let snapshot = snapshots.first(where: { $0.name == name }) else { throw .notFound }
    try commit()
    for block in cached { block.detach() }
    cached.removeAll()
    cachedCost = 0
    dirty = DirtyCount()
    released = []
    header.setPointer(snapshot.tree, at: HeaderPlace.tree)
    dirty.mark(header)
    try commit()
    try giveBackUnreachable()
  }

  /// The volume as it was then.
  public func view(_ snapshot: Snapshot) -> Volume<Store> { volume.view(snapshot) }

  /// Writes the table anew.
  private func changeSnapshots(_ change: (inout [Snapshot]) -> Void) throws(FileSystemError) {
    try begin(cost: Self.nodeCost &+ UInt64(snapshots.count / SnapshotBlock.room &+ 1))
    change(&snapshotList.snapshots)
    snapshotsChanged = true
    dirty.mark(header)
    try commit()
  }

  /// A part of a commit.
  /// - Returns: the blocks taken for it.
  func writeSnapshotTable() throws(FileSystemError) -> [BlockRun] {
    guard snapshotsChanged else { return [] }
    for address in snapshotList.blocks { give(address) }
    snapshotList.blocks = []
    var taken: [BlockRun] = []
    var previous = BlockPointer()
    var rest = snapshots[...]
    while !rest.isEmpty {
      let part = rest.prefix(SnapshotBlock.room)
      rest = rest.dropFirst(part.count)
      let bytes = SnapshotBlock.bytes(part, after: previous)
      guard let index = free.take(level: 0) else { throw fail(.noSpace) }
      guard volume.store.write(volume.start &+ index, bytes.span) else { throw fail(.medium) }
      previous = BlockPointer()
      previous.address.index = index
      previous.hash = SeaHash.digest(bytes.span)
      snapshotList.blocks.append(previous.address)
      taken.append(BlockRun(start: index, count: 1))
    }
    header.setPointer(previous, at: SnapshotPlace.table)
    header.setWord(snapshots.isEmpty ? 0 : SnapshotPlace.number, at: SnapshotPlace.signature)
    snapshotsChanged = false
    return taken
  }

  /// Gives back every block that no state has.
  func giveBackUnreachable() throws(FileSystemError) {
    try commit()
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
    // What cannot be read may lead to something that is in use.
    if let error = reachable.error { throw .volume(error) }
    kept = KeptBlocks(count: blockCount)
    if !snapshots.isEmpty { try keepSnapshots() }
    var block = Layout.firstBlock
    while block < blockCount {
      if !free[block], !reachable.blocks[block] {
        given.append(BlockRun(start: block, count: 1))
        kept.remove(block)
      }
      block &+= 1
    }
    dirty.mark(header)
    try commit()
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
  private func keepSnapshots() throws(FileSystemError) {
    for snapshot in snapshots {
      var then = FreeMap(blockCount: blockCount)
      do throws(VolumeError) {
        for (_, block) in try volume.view(snapshot).allocationBlocks() {
          for entry in block.entries
          where entry.index < blockCount && entry.count.magnitude <= blockCount &- entry.index {
            then.set(entry.index, count: entry.count.magnitude, free: entry.count > 0)
          }
        }
      } catch { throw .volume(error) }
      kept.add(allBut: then)
    }
    // What was given back since, when a snapshot was removed, is no snapshot's.
    for block in Layout.firstBlock..<blockCount where free[block] { kept.remove(block) }
    keepNoLists()
  }

  /// The lists that the header leads to belong to the present state alone.
  func keepNoLists() {
    for address in snapshotList.blocks + releaseList { kept.remove(address.index) }
  }
}

/// Blocks that stay when the present state gives them back.
struct KeptBlocks {
  private var map: BlockMap
  private(set) var isEmpty = true

  init(count: UInt64) { map = BlockMap(count: count) }

  subscript(_ block: UInt64) -> Bool { !isEmpty && map[block] }

  mutating func add(allBut free: FreeMap) {
    isEmpty = false
    for block in Layout.firstBlock..<max(map.count, Layout.firstBlock) where !free[block] {
      map[block] = true
    }
  }

  mutating func remove(_ block: UInt64) { map[block] = false }
}
