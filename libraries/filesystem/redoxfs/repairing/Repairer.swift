// SPDX-License-Identifier: MIT
import Base
import Core

/// Makes a damaged volume whole again.
///
/// It looks at all that the volume has, as `Checker` does, and mends in memory what it meets: what can be
/// read stays, what cannot be read goes, and a node that lost its name gets one in `/lost+found`. What is
/// free follows from what was met, not from the log, which is written anew. All of that is one commit to
/// blocks that nothing led to, so a repair that does not end, whatever the reason, has changed nothing.
///
/// Memory: two bits for each block, some bytes for each node, and the blocks that change.
public struct Repairer<Store: WritableBlockStore> {
  let files: FileSystem<Store>
  let now: Timestamp
  /// What was done, in the order in which it was.
  public internal(set) var mends: [Mend] = []
  /// Blocks that something led to, be it right or not: nothing is written there yet.
  var met: BlockMap
  /// Those of them that the mended volume has.
  var taken: BlockMap
  var nodes = SortedMap<UInt32, NodeState>()
  /// Blocks of the tree of nodes whose flags were wrong.
  var wrongFlags: UInt64 = 0

  struct NodeState {
    var isDirectory: Bool
    /// The names that were met.
    var names: UInt32 = 0
    /// It waits to be released, and so has no name.
    var isReleased = false
    /// A file's contents were looked at.
    var isMet = false
  }

  var volume: Volume<Store> { files.volume }

  /// Opens the volume on `store`, which must not be mounted.
  /// - Throws: `volume` if there is none, or it is encrypted: that cannot be repaired.
  public init(
    of store: Store, now: Timestamp, unlocking: (HeaderBlock) -> BlockTransform? = { _ in nil }
  ) throws(FileSystemError) {
    do throws(VolumeError) {
      let volume = try Volume(opening: store, unlocking: unlocking)
      files = FileSystem(empty: volume, try volume.headerBytes())
    } catch { throw .volume(error) }
    self.now = now
    met = BlockMap(count: files.blockCount)
    taken = BlockMap(count: files.blockCount)
  }

  /// Does all of it.
  /// - Throws: `noSpace` if the free blocks do not suffice, `medium` if it does not write: then nothing
  ///   has changed. What it does not read is taken for damaged.
  public mutating func run() throws(FileSystemError) {
    cutOff()
    meetLog()
    try mendTree()
    try readReleaseList()
    try mendNames()
    try nameTheUnnamed()
    try mendLinks()
    try mendReleaseList()
    mendSnapshots()
    try mendSpace()
    try files.commit()
    // Blocks that a snapshot's log has, and not the snapshot, are found by what it can be compared with now.
    if !files.snapshots.isEmpty { try files.giveBackUnreachable() }
  }

  mutating func note(_ mend: Mend) { mends.append(mend) }

  /// A medium that is shorter than the volume says has lost its end.
  private mutating func cutOff() {
    let stated = volume.header.byteCount / UInt64(Layout.blockBytes)
    guard stated > volume.blockCount else { return }
    files.dirty.mark(files.header)
    files.header.setWord(
      volume.blockCount &* UInt64(Layout.blockBytes), at: HeaderPlace.byteCount)
    note(.cutOff(stated: stated, there: volume.blockCount))
  }
}

// MARK: - Blocks

extension Repairer {
  /// Something leads to these blocks.
  mutating func meet(_ address: BlockAddress) {
    guard volume.isInside(address) else { return }
    for block in address.index..<(address.index &+ address.blockCount) { met[block] = true }
  }

  /// They belong to something that stays.
  /// - Precondition: `isInside`.
  mutating func take(_ address: BlockAddress) {
    for block in address.index..<(address.index &+ address.blockCount) {
      met[block] = true
      taken[block] = true
    }
  }

  /// Whether something that stays has one of them.
  func isTaken(_ address: BlockAddress) -> Bool {
    guard volume.isInside(address) else { return false }
    for block in address.index..<(address.index &+ address.blockCount) where taken[block] {
      return true
    }
    return false
  }

  /// The block that the pointer at `place` in `parent` leads to becomes part of what stays; if it cannot,
  /// the pointer goes.
  /// - Returns: `nil` if there is none, or why there is none any more.
  mutating func takeChild(
    of parent: CachedBlock, at place: Int, _ kind: CachedBlock.Kind,
    _ lost: (VolumeError) -> Mend
  ) -> CachedBlock? {
    let pointer = parent.pointer(at: place)
    if pointer.isNull { return nil }
    meet(pointer.address)
    var reason = VolumeError.damaged(.circle, block: pointer.address.index)
    if !isTaken(pointer.address) {
      do throws(FileSystemError) {
        if let child = try files.child(of: parent, at: place, kind) {
          if kind == .node { try files.checkRecord(of: child) }
          take(pointer.address)
          return child
        }
      } catch {
        if case .volume(let error) = error { reason = error }
        parent.children[place]?.detach()
      }
    }
    cut(parent, at: place)
    note(lost(reason))
    return nil
  }

  /// The pointer at `place` leads nowhere any more.
  func cut(_ parent: CachedBlock, at place: Int) {
    files.dirty.mark(parent)
    parent.setPointer(BlockPointer(), at: place)
  }

  /// Drops blocks from memory that were only looked at. Those who hold one have to get it anew, but for
  /// `path`, each of which stays.
  func trim(butFor path: [CachedBlock] = []) {
    for block in path { block.wasUsed = true }
    files.trimCache()
  }
}
