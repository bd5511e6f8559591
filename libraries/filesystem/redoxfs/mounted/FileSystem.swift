// SPDX-License-Identifier: MIT
public import Base
import Core

/// A volume that is mounted for writing.
///
/// Operations change blocks in memory; `commit` writes all that has changed to blocks that were free,
/// and then one header, which makes it the volume's state. So whatever happens, the medium has the
/// state of some commit, whole: a prefix of the operations. Nothing is written in between, so an
/// operation has either been done, or thrown and changed nothing that counts.
public final class FileSystem<Store: WritableBlockStore> {
  /// Reads and verifies blocks as they lie on the medium.
  let volume: Volume<Store>
  let header: CachedBlock
  var free: FreeMap
  var log = AllocationLog()
  var dirty = DirtyCount()
  /// Runs that the medium's state still has; they are free once a newer one is there.
  var given: [BlockRun] = []
  var snapshotList = SnapshotList()
  var snapshotsChanged = false
  /// What snapshots have, and the present state does not give back.
  var kept: KeptBlocks
  /// Snapshots that somebody has damaged who did not know of them: they were forgotten at the mount.
  public internal(set) var lostSnapshots: [Text] = []
  /// The blocks in memory, for those that are to be dropped.
  var cached: [CachedBlock] = []
  var cacheHand = 0
  /// What they take, in blocks of 4096 bytes; one that has grown counts when it is next looked at.
  var cachedCost: UInt64 = 0
  /// Nodes that were asked for last, by their numbers, so that most are found at once.
  var nodeSlots = [CachedBlock?](repeating: nil, count: NodeSlots.count)
  /// Names that were asked for last.
  var knownNames = KnownNames()
  /// Called before a commit writes anything, and when its header is on the medium: for whoever keeps
  /// what was done since the last one.
  public var willCommit: (() -> Void)?
  public var didCommit: ((_ generation: UInt64) -> Void)?
  /// Copies a page to `place` in a record from where `overwrite` was told that it is.
  public var fetch: (_ slot: Int, _ place: Int, _ record: inout [UInt8]) -> Void = { _, _, _ in }
  /// Nodes without a name that are open; those that the medium's list has; and its blocks.
  var released: [UInt32] = []
  var listedReleases: [UInt32] = []
  var releaseList: [BlockAddress] = []
  /// Why nothing can be changed any more.
  private(set) var failure: FileSystemError?
  public var limits = CacheLimits()

  /// Mounts the volume on `store`. Files that had no name any more when it was last mounted, and were
  /// open, are removed, unless `keepsReleased`: then who mounts it sees to `releasedNodes`, and calls
  /// `settle`.
  /// - Parameters:
  ///   - readOnly: nothing is written, and every change throws `readOnly`.
  ///   - unlocking: see `Volume`.
  /// - Throws: `volume` if it is none, or damaged where it has to be read; what is damaged elsewhere is
  ///   noticed when it is used.
  public init(
    mounting store: Store, keepsReleased: Bool = false, readOnly: Bool = false,
    unlocking: (HeaderBlock) -> BlockTransform? = { _ in nil }
  ) throws(FileSystemError) {
    do throws(VolumeError) {
      volume = try Volume(opening: store, unlocking: unlocking)
      header = CachedBlock(.header, try volume.headerBytes())
      free = FreeMap(blockCount: volume.blockCount)
    } catch { throw .volume(error) }
    kept = KeptBlocks(count: volume.blockCount)
    try readLog()
    try readSnapshots()
    try readReleased()
    if readOnly {
      // What was found out about snapshots is known, and not written down.
      dirty.clear(header)
      failure = .readOnly
      return
    }
    if keepsReleased { return }
    try removeReleased()
    try settle()
  }

  /// Blocks and what they lead to hold each other.
  deinit { for block in cached { block.detach() } }

  /// A volume that has nothing yet.
  init(empty volume: Volume<Store>, _ header: [UInt8]) {
    self.volume = volume
    self.header = CachedBlock(.header, header)
    free = FreeMap(blockCount: volume.blockCount)
    kept = KeptBlocks(count: volume.blockCount)
  }

  /// Whether nothing can be changed because the volume was mounted so.
  public var isReadOnly: Bool { failure == .readOnly }

  /// Whether nothing can be changed because something went wrong: the volume has to be mounted anew.
  public var hasFailed: Bool { failure != nil && failure != .readOnly }

  /// Nothing is changed any more; what was asked before can still be read.
  func fail(_ error: FileSystemError) -> FileSystemError {
    failure = failure ?? error
    return error
  }

  /// Carries out changes after all that they need was read. One that fails all the same has left half of
  /// them in memory: then the medium keeps the last commit, and nothing is changed any more.
  func change<Result>(
    _ body: () throws(FileSystemError) -> Result
  ) throws(FileSystemError) -> Result {
    do throws(FileSystemError) { return try body() } catch { throw fail(error) }
  }

  /// Every operation that changes something begins with this.
  /// - Parameters:
  ///   - cost: the blocks that it makes dirty at most.
  ///   - records: how many of them are records of more than one block.
  ///   - keepsReserve: false for what makes room in the end.
  /// - Throws: `noSpace` if a commit could not write them.
  func begin(
    cost: UInt64, records: UInt64 = 0, keepsReserve: Bool = true
  ) throws(FileSystemError) {
    if let failure { throw failure }
    if dirty.cost > limits.dirtyBlocks { try commit() }
    if canAfford(cost, records, keepsReserve) { return }
    // What was given back since the last commit is free after the next.
    if !given.isEmpty || dirty.count > 0 { try commit() }
    guard canAfford(cost, records, keepsReserve) else { throw .noSpace }
  }

  /// A number that no other volume has, in two words.
  public var identifier: (UInt64, UInt64) { (header.bytes.word(at: 16), header.bytes.word(at: 24)) }
  public var generation: UInt64 { header.bytes.word(at: HeaderPlace.generation) }
  public var blockCount: UInt64 { volume.blockCount }
  /// Blocks that are free, and neither promised to what has changed nor kept back. What a file's write
  /// gets of them says `room`.
  public var freeBlocks: UInt64 {
    let promised = dirty.cost &+ limits.reservedBlocks
    return free.freeCount > promised ? free.freeCount &- promised : 0
  }
  /// Whether there is something to commit.
  public var isDirty: Bool { header.isDirty || !given.isEmpty }
}

/// How much memory a mounted volume takes, and what it keeps back.
public struct CacheLimits: Sendable {
  /// Blocks of 4096 bytes in memory, beyond which those that nobody asks for are dropped.
  public var cachedBlocks: UInt64 = 4096
  /// Blocks that have changed, beyond which a commit comes by itself.
  public var dirtyBlocks: UInt64 = 4096
  /// Kept back so that a full volume's files can be removed.
  public var reservedBlocks: UInt64 = 64

  public init() {}
}

/// A run of blocks.
struct BlockRun: Equatable {
  var start: UInt64
  var count: UInt64
}

// MARK: - Blocks in memory

extension FileSystem {
  /// The block that the pointer at `place` in `parent` leads to; `nil` if it leads nowhere.
  func child(
    of parent: CachedBlock, at place: Int, _ kind: CachedBlock.Kind, upTo level: UInt8 = 0
  ) throws(FileSystemError) -> CachedBlock? {
    if let child = parent.children[place] {
      child.wasUsed = true
      return child
    }
    let pointer = parent.pointer(at: place)
    if pointer.isNull { return nil }
    let bytes: [UInt8]
    do throws(VolumeError) { bytes = try volume.block(pointer, upTo: level) } catch {
      throw .volume(error)
    }
    let child = CachedBlock(kind, bytes, at: pointer.address)
    parent.attach(child, at: place)
    cache(child)
    return child
  }

  /// A new block below `parent`.
  @discardableResult
  func makeChild(
    of parent: CachedBlock, at place: Int, _ kind: CachedBlock.Kind,
    _ bytes: [UInt8] = [UInt8](repeating: 0, count: 4096)
  ) -> CachedBlock {
    let child = CachedBlock(kind, bytes)
    parent.attach(child, at: place)
    cache(child)
    dirty.mark(child)
    return child
  }

  /// Takes a block out of the tree, whose children are gone already, and gives its place back.
  /// - Returns: how many blocks its node has less, as far as they were counted.
  @discardableResult
  func remove(_ block: CachedBlock) -> UInt64 {
    if let parent = block.parent {
      dirty.mark(parent)
      parent.setPointer(BlockPointer(), at: block.place)
    }
    forgetSlot(of: block)
    block.detach()
    dirty.clear(block)
    return give(block.address)
  }

  /// Gives a block back once the next commit is done.
  @discardableResult
  func give(_ address: BlockAddress) -> UInt64 {
    // A damaged pointer gives nothing back.
    guard volume.isInside(address) else { return 0 }
    if kept[address.index] { return address.blockCount }
    given.append(BlockRun(start: address.index, count: address.blockCount))
    return address.blockCount
  }

  /// A block is in memory from now on.
  func cache(_ block: CachedBlock) {
    block.cachedCost = block.cost
    cachedCost &+= block.cachedCost
    cached.append(block)
  }

  /// Drops blocks that nobody asked for, if there are too many.
  func trimCache() {
    guard cachedCost > limits.cachedBlocks else { return }
    // A part of them each time, so that no operation waits for a look at all.
    var steps = min(2 &* cached.count, 256)
    while cachedCost > limits.cachedBlocks, steps > 0 {
      steps &-= 1
      if cacheHand >= cached.count { cacheHand = 0 }
      let block = cached[cacheHand]
      cachedCost = cachedCost &- block.cachedCost &+ block.cost
      block.cachedCost = block.cost
      if block.parent == nil {
        dropCached(at: cacheHand)
      } else if block.isDirty || block.wasUsed || !block.children.isEmpty {
        block.wasUsed = false
        cacheHand &+= 1
      } else {
        forgetSlot(of: block)
        block.detach()
        dropCached(at: cacheHand)
      }
    }
  }

  private func dropCached(at index: Int) {
    cachedCost &-= cached[index].cachedCost
    cached.swapAt(index, cached.count &- 1)
    cached.removeLast()
  }
}
