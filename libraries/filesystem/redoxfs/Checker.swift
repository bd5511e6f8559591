// SPDX-License-Identifier: MIT
public import Base
import Core

/// Reads all of a volume and says what is wrong with it. Nothing is changed.
///
/// A part that cannot be read is named, and what hangs on it left out; so one damaged block gives one
/// finding, and those for what can no longer be reached. Memory: two bits for each block, and a path
/// for each directory.
public struct Checker<Store: BlockStore> {
  let volume: Volume<Store>
  public private(set) var findings: [Finding] = []
  /// What was met, in numbers.
  public private(set) var nodeCount = 0
  public private(set) var freeBlocks: UInt64 = 0
  /// Blocks that belong to nothing and are not free. Older implementations leave some behind.
  public private(set) var lostBlocks: UInt64 = 0
  /// The volume's snapshots, and the blocks that only they have.
  public private(set) var snapshots: [Snapshot] = []
  public private(set) var snapshotBlocks: UInt64 = 0

  private var free: BlockMap
  private var used: BlockMap
  /// The names that were met of each node of the tree.
  private var names = SortedMap<UInt32, UInt32>()
  /// More findings than this are not collected.
  private static var findingLimit: Int { 10_000 }

  public init(_ volume: Volume<Store>) {
    self.volume = volume
    free = BlockMap(count: volume.blockCount)
    used = BlockMap(count: volume.blockCount)
  }

  /// Does all of it.
  /// - Parameter visit: told of each file with its path, each node once for each name.
  public mutating func run(_ visit: (Text, NodeBlock) -> Void = { _, _ in }) {
    replayLog()
    walkTree(volume.header.tree, level: Layout.treeLevels, first: 0)
    let released = readReleaseList()
    walkNames(visit)
    for node in released where names[node] ?? 0 > 0 { add(.releasedButNamed(node: node)) }
    for index in names.keys.indices where names.values[index] == 0 {
      let node = names.keys[index]
      // A node that waits to be released still has its blocks.
      if released.contains(node) {
        let volume = volume
        let block = attempt("released node") { () throws(VolumeError) in try volume.node(node) }
        if let block { claimContents(of: block, "released node") }
      } else {
        add(.unnamed(node: node))
      }
    }
    claimSnapshots()
    freeBlocks = free.total
    lostBlocks = used.blocksInNeither(free, from: Layout.firstBlock)
  }

  /// What snapshots have, which the present state may share.
  private mutating func claimSnapshots() {
    let volume = volume
    guard
      let list = attempt(
        "snapshots",
        { () throws(VolumeError) in try volume.snapshotList(try volume.headerBytes()) })
    else { return }
    snapshots = list.snapshots
    for block in list.blocks { claim(block, "snapshots") }
    var reachable = Reachable(volume, readsRecords: true)
    for snapshot in list.snapshots {
      reachable.add(tree: snapshot.tree)
      let log = attempt(snapshot.name) { () throws(VolumeError) in
        try volume.view(snapshot).allocationBlocks()
      }
      for (pointer, _) in log ?? [] { reachable.add(pointer.address) }
    }
    if let error = reachable.error { add(.unreadable(error, path: "snapshots")) }
    for error in reachable.damagedRecords { add(.unreadableInSnapshot(error)) }
    for block in 0..<volume.blockCount where reachable.blocks[block] {
      if free[block] { add(.usedButFree(block: block, path: "snapshots")) }
      if !used[block] { snapshotBlocks &+= 1 }
      used[block] = true
    }
  }

  private mutating func add(_ finding: Finding) {
    if findings.count < Self.findingLimit { findings.append(finding) }
  }

  /// What `body` returns; or nothing, and a finding that says why.
  private mutating func attempt<Result>(
    _ path: Text, _ body: () throws(VolumeError) -> Result
  ) -> Result? {
    do throws(VolumeError) { return try body() } catch {
      add(.unreadable(error, path: path))
      return nil
    }
  }

  /// The block belongs to what is at `path`.
  private mutating func claim(_ address: BlockAddress, _ path: Text) {
    guard volume.isInside(address) else { return }
    for block in address.index..<(address.index &+ address.blockCount) {
      if used[block] { add(.usedTwice(block: block, path: path)) }
      if free[block] { add(.usedButFree(block: block, path: path)) }
      used[block] = true
    }
  }
}

// MARK: - The allocation log and the list of nodes to be released

extension Checker {
  private mutating func replayLog() {
    let volume = volume
    guard
      let blocks = attempt(
        "allocation log", { () throws(VolumeError) in try volume.allocationBlocks() })
    else { return }
    for (pointer, block) in blocks {
      for entry in block.entries { replay(entry, in: pointer.address.index) }
    }
    for (pointer, _) in blocks { claim(pointer.address, "allocation log") }
  }

  private mutating func replay(_ entry: AllocationEntry, in logBlock: UInt64) {
    let count = entry.count.magnitude
    guard entry.index >= Layout.firstBlock, entry.index < volume.blockCount,
      count <= volume.blockCount &- entry.index
    else {
      add(.unreadable(.damaged(.allocation, block: logBlock), path: "allocation log"))
      return
    }
    for block in entry.index..<(entry.index &+ count) {
      if entry.count > 0, free[block] { add(.freedTwice(block: block)) }
      if entry.count < 0, !free[block] { add(.takenTwice(block: block)) }
      free[block] = entry.count > 0
    }
  }

  private mutating func readReleaseList() -> [UInt32] {
    let volume = volume
    guard
      let blocks = attempt(
        "release list", { () throws(VolumeError) in try volume.releaseBlocks() })
    else { return [] }
    var nodes: [UInt32] = []
    for (pointer, block) in blocks {
      claim(pointer.address, "release list")
      for node in block.nodes {
        if names[node] == nil { add(.dangling(node: node, path: "release list")) }
        nodes.append(node)
      }
    }
    return nodes
  }
}

// MARK: - The tree of nodes

extension Checker {
  /// Visits one block of the tree, below which the identifiers from `first` on lie.
  /// - Returns: whether there is no room below it.
  @discardableResult
  private mutating func walkTree(_ pointer: BlockPointer, level: Int, first: UInt32) -> Bool {
    if pointer.isNull { return false }
    let path: Text = "tree of nodes"
    let volume = volume
    guard let bytes = attempt(path, { () throws(VolumeError) in try volume.block(pointer) }) else {
      return false
    }
    claim(pointer.address, path)
    var isFull = true
    var flagsAreRight = true
    for place in 0..<Layout.treePointers {
      let next = bytes.span.pointer(at: place &* BlockPointer.byteCount)
      let identifier = first | UInt32(place) << UInt32(8 &* (level &- 1))
      let isTaken: Bool
      if level > 1 {
        isTaken = walkTree(next, level: level &- 1, first: identifier)
      } else {
        // Zero names no node, and its place is taken.
        isTaken = !next.isNull || identifier == 0
        if !next.isNull {
          claim(next.address, "node " + Text { $0.put(decimal: UInt64(identifier)) })
          names[identifier] = 0
          nodeCount += 1
        }
      }
      let flag = bytes[4064 &+ place / 8] >> UInt8(place % 8) & 1 != 0
      if flag != isTaken { flagsAreRight = false }
      if !isTaken { isFull = false }
    }
    if !flagsAreRight { add(.fullness(block: pointer.address.index)) }
    return isFull
  }
}

// MARK: - Names and contents

extension Checker {
  /// Goes through all names from the root on, each directory's before what stands behind it; each node's
  /// contents are checked at its first name.
  private mutating func walkNames(_ visit: (Text, NodeBlock) -> Void) {
    var waiting: [(node: UInt32, path: Text)] = [(Volume<Store>.rootIdentifier, "/")]
    var isRoot = true
    while let (identifier, path) = waiting.popLast() {
      guard let node = meet(identifier, path, visit) else { continue }
      defer { isRoot = false }
      guard node.record.kind == .directory else { continue }
      if !isRoot, (names[identifier] ?? 0) > 1 || identifier == Volume<Store>.rootIdentifier {
        add(.directoryTwice(path: path))
        continue
      }
      let volume = volume
      guard
        let entries = attempt(
          path,
          { () throws(VolumeError) in
            try volume.entries(of: node).sorted { $0.name < $1.name }
          })
      else { continue }
      let start: Text = isRoot ? "/" : path + "/"
      for (index, entry) in entries.enumerated() {
        let full = start + entry.name
        if index > 0, entries[index &- 1].name == entry.name { add(.doubled(path: full)) }
        if !entry.name.span.isAllowedName { add(.invalidName(path: full)) }
        checkPlace(of: entry, in: identifier, full)
      }
      // The first comes off the stack first.
      for entry in entries.reversed() { waiting.append((entry.node, start + entry.name)) }
    }
    checkLinks()
  }

  private mutating func checkPlace(of entry: DirectoryEntry, in directory: UInt32, _ path: Text) {
    let volume = volume
    let found = attempt(path) { () throws(VolumeError) in
      try volume.find(entry.name, in: try volume.node(directory))
    }
    if let found, found == nil { add(.misplaced(path: path)) }
  }

  /// Counts a name of the node, and checks what it has at the first one.
  private mutating func meet(
    _ identifier: UInt32, _ path: Text, _ visit: (Text, NodeBlock) -> Void
  ) -> NodeBlock? {
    guard let count = names[identifier] else {
      add(.dangling(node: identifier, path: path))
      return nil
    }
    let volume = volume
    guard
      let node = attempt(path, { () throws(VolumeError) in try volume.node(identifier) })
    else { return nil }
    names[identifier] = count &+ 1
    if count == 0 { claimContents(of: node, path) }
    visit(path, node)
    return node
  }

  private mutating func checkLinks() {
    for index in names.keys.indices where names.values[index] > 0 {
      let volume = volume
      let identifier = names.keys[index]
      guard let node = try? volume.node(identifier) else { continue }
      let counted = names.values[index]
      if node.record.links != counted {
        add(
          .links(
            node: identifier, stated: node.record.links, counted: counted, path: "tree of nodes"))
      }
    }
  }

  /// The blocks behind a node: records, their index, or a directory's tree.
  private mutating func claimContents(of node: NodeBlock, _ path: Text) {
    var counted: UInt64 = 1
    if node.record.kind == .directory {
      var blocks: [BlockPointer] = []
      let volume = volume
      _ = attempt(path) { () throws(VolumeError) in
        try volume.forEachBlock(of: node) { (block, _) in blocks.append(block) }
      }
      for block in blocks { claim(block.address, path) }
      counted &+= UInt64(blocks.count)
      let size = UInt64(blocks.count &* Layout.blockBytes)
      if size != node.record.byteCount {
        add(
          .size(
            node: node.identifier, stated: node.record.byteCount, counted: size, path: path))
      }
    } else if !node.record.isInline {
      for place in 0..<NodeBlock.pointerCount {
        counted &+= claimRecords(
          below: node.pointer(place), levels: NodeBlock.levels(below: place), of: node, path)
      }
    }
    if counted != node.record.blockCount {
      add(
        .blocks(
          node: node.identifier, stated: node.record.blockCount, counted: counted, path: path))
    }
  }

  /// - Returns: how many blocks of 4096 bytes there are.
  private mutating func claimRecords(
    below pointer: BlockPointer, levels: Int, of node: NodeBlock, _ path: Text
  ) -> UInt64 {
    if pointer.isNull { return 0 }
    let volume = volume
    let level = levels == 0 ? UInt8(node.record.recordLevel) : 0
    let isUsed = volume.isInside(pointer.address) && used[pointer.address.index]
    claim(pointer.address, path)
    // What somebody else has claimed was read there; it would be read without end.
    if isUsed { return pointer.address.blockCount }
    guard
      let bytes = attempt(
        path, { () throws(VolumeError) in try volume.block(pointer, upTo: level) })
    else { return pointer.address.blockCount }
    var counted = pointer.address.blockCount
    if levels > 0 {
      for place in 0..<Int(Layout.indexPointers) {
        counted &+= claimRecords(
          below: bytes.span.pointer(at: place &* BlockPointer.byteCount), levels: levels &- 1,
          of: node, path)
      }
    }
    return counted
  }
}
