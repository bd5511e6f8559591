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
/// If the newest state's nodes cannot be found, an earlier one is repaired: see `EarlierStates.swift`.
///
/// Memory: two bits for each block, some bytes for each node, and the blocks that change, which are no
/// more than are free.
public struct Repairer<Store: WritableBlockStore> {
  typealias Medium = PatientStore<Store>
  let files: FileSystem<Medium>
  let now: Timestamp
  /// What was done, in the order in which it was.
  public internal(set) var mends: [Mend] = []
  /// Whether the volume is repaired, though something may have failed after that.
  public private(set) var isDone = false
  /// Blocks that something led to, be it right or not: nothing is written there yet.
  private(set) var met: BlockMap
  private var metCount: UInt64 = 0
  /// Those of them that the mended volume has.
  var taken: BlockMap
  var nodes = SortedMap<UInt32, NodeState>()
  /// How many blocks were copied that something else has too.
  var copies: UInt64 = 0
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

  var volume: Volume<Medium> { files.volume }

  /// Opens the volume on `store`, which must not be mounted, and looks for the state to repair.
  /// - Throws: `volume` if there is none, or it is encrypted: that cannot be repaired; `noTree` if no state
  ///   has nodes that can be found, unless the options take that.
  public init(
    of store: Store, now: Timestamp, options: RepairOptions = RepairOptions(),
    unlocking: (HeaderBlock) -> BlockTransform? = { _ in nil }
  ) throws(FileSystemError) {
    let medium = Medium(store)
    let newest: Volume<Medium>
    do throws(VolumeError) {
      newest = try Volume(opening: medium, unlocking: unlocking)
      medium.stopsAtUnread = !options.givesUpUnreadable
      var search = StateSearch(newest)
      let (found, error) = search.find()
      try Self.checkReads(medium, newest)
      guard found != nil || options.mayEmpty else {
        throw .noTree(block: newest.header.tree.address.index)
      }
      let bytes = try newest.headerBytes()
      if let found, let error, found.generation < newest.header.generation {
        mends = [
          .wentBack(from: newest.header.generation, to: found.generation, error)
        ]
        files = Self.files(of: newest, bytes, as: found)
      } else {
        files = FileSystem(empty: newest, bytes)
      }
    } catch { throw .volume(error) }
    self.now = now
    met = BlockMap(count: files.blockCount)
    taken = BlockMap(count: files.blockCount)
    if !mends.isEmpty { meetAll(of: newest) }
  }

  /// The volume with the tree of an earlier state, and else as it is now: its size, and its snapshots, which
  /// nothing has written to since.
  private static func files(
    of newest: Volume<Medium>, _ bytes: [UInt8], as earlier: HeaderBlock
  ) -> FileSystem<Medium> {
    var header = newest.header
    header.tree = earlier.tree
    header.release = earlier.release
    var bytes = bytes
    bytes.setPointer(earlier.tree, at: HeaderPlace.tree)
    bytes.setPointer(earlier.release, at: HeaderPlace.release)
    return FileSystem(empty: Volume(newest, header), bytes)
  }

  /// Does all of it.
  /// - Throws: `noSpace` if the free blocks do not suffice; `volume` with `medium` if one is not read, unless
  ///   the options take that; `medium` if one is not written. Then nothing has changed, unless `isDone`, or
  ///   the last write of all was refused, and yet done.
  public mutating func run() throws(FileSystemError) {
    do throws(FileSystemError) { try mend() } catch {
      // What is not read may be why.
      try checkReads()
      throw error
    }
    try checkReads()
    try files.commit()
    isDone = true
    // Blocks that a snapshot's log has, and not the snapshot, are found by what it can be compared with now.
    // If that does not work, a mount goes on with it.
    guard !files.snapshots.isEmpty else { return }
    do throws(FileSystemError) { try files.giveBackUnreachable() } catch {
      if error == .medium { throw error }
    }
  }

  private mutating func mend() throws(FileSystemError) {
    cutOff()
    meetLog(volume.header.allocation)
    try mendTree()
    try readReleaseList()
    try mendNames()
    try nameTheUnnamed()
    try mendLinks()
    try mendReleaseList()
    mendSnapshots()
    try mendSpace()
  }

  private func checkReads() throws(FileSystemError) {
    do throws(VolumeError) { try Self.checkReads(volume.store, volume) } catch {
      throw .volume(error)
    }
  }

  /// - Throws: `medium` if there was something that was not read, and should have been.
  private static func checkReads(_ medium: Medium, _ volume: Volume<Medium>) throws(VolumeError) {
    guard medium.stopsAtUnread, let block = medium.unread else { return }
    throw .medium(block: block &- volume.start)
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
    for block in address.index..<(address.index &+ address.blockCount) { meet(block) }
  }

  /// The same, of all of these.
  mutating func meet(_ blocks: BlockMap) {
    for block in 0..<volume.blockCount where blocks[block] { meet(block) }
  }

  mutating func meet(_ block: UInt64) {
    if met[block] { return }
    met[block] = true
    metCount &+= 1
  }

  /// Blocks that nothing led to yet.
  private var unmetCount: UInt64 { volume.blockCount &- Layout.firstBlock &- metCount }

  /// What can be read of a state that is left for an earlier one stays readable until that is the volume's.
  private mutating func meetAll(of volume: Volume<Medium>) {
    var reachable = Reachable(volume)
    reachable.add(tree: volume.header.tree)
    meet(reachable.blocks)
    for (pointer, _) in (try? volume.releaseBlocks()) ?? [] { meet(pointer.address) }
  }

  /// They belong to something that stays.
  /// - Precondition: `isInside`.
  mutating func take(_ address: BlockAddress) {
    for block in address.index..<(address.index &+ address.blockCount) {
      meet(block)
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

  /// A block with what stands in one that something else has too becomes part of what stays.
  /// - Throws: `noSpace` if the commit could not write all that has changed, so that no more is kept.
  func makeCopy(
    of bytes: [UInt8], below parent: CachedBlock, at place: Int, _ kind: CachedBlock.Kind
  ) throws(FileSystemError) -> CachedBlock {
    let cost = UInt64(bytes.count / Layout.blockBytes)
    guard files.dirty.cost &+ cost < unmetCount else { throw .noSpace }
    return files.makeChild(of: parent, at: place, kind, bytes)
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
