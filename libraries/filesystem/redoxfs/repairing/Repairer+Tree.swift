// SPDX-License-Identifier: MIT
import Base
import Core

// The tree of nodes: each list of it, and each node's block, is there once.

extension Repairer {
  /// Goes through the tree, notes which nodes there are, and sees to a root directory.
  mutating func mendTree() throws(FileSystemError) {
    let levels = Layout.treeLevels
    if let root = takeChild(
      of: files.header, at: HeaderPlace.tree, .tree,
      { .lostNodes(first: 1, last: UInt32.max, $0) })
    {
      mendList(root, level: levels, first: 0, [root])
    }
    if wrongFlags > 0 { note(.fullness(blocks: wrongFlags)) }
    if nodes[Volume<Store>.rootIdentifier] != nil { return }
    let (identifier, node) = try files.makeNode(
      FileSystem<Store>.record(
        of: NewNode(.directory, permissions: 0o755, user: 0, group: 0), now))
    guard identifier == Volume<Store>.rootIdentifier else {
      throw .volume(.noNode(Volume<Store>.rootIdentifier))
    }
    node.isClearBehindEnd = true
    nodes[identifier] = NodeState(isDirectory: true)
    note(.newRoot)
  }

  /// - Parameters:
  ///   - first: the lowest identifier below it.
  ///   - path: the lists that led here, and this one.
  /// - Returns: whether there is no room below it.
  @discardableResult
  private mutating func mendList(
    _ list: CachedBlock, level: Int, first: UInt32, _ path: [CachedBlock]
  ) -> Bool {
    var isFull = true
    var areFlagsRight = true
    for place in 0..<Layout.treePointers {
      let identifier = first | UInt32(place) << UInt32(8 &* (level &- 1))
      let isTaken =
        level > 1
        ? mendLists(in: list, place, level: level &- 1, first: identifier, path)
        : mendNode(in: list, place, identifier)
      if list.isFull(place) != isTaken {
        areFlagsRight = false
        files.dirty.mark(list)
        list.setFull(place, isTaken)
      }
      if !isTaken { isFull = false }
    }
    if !areFlagsRight { wrongFlags &+= 1 }
    return isFull
  }

  private mutating func mendLists(
    in list: CachedBlock, _ place: Int, level: Int, first: UInt32, _ path: [CachedBlock]
  ) -> Bool {
    let last = first | ((1 << UInt32(8 &* level)) &- 1)
    guard
      let inner = takeChild(
        of: list, at: place &* BlockPointer.byteCount, .tree,
        { .lostNodes(first: max(first, 1), last: last, $0) })
    else { return false }
    let isFull = mendList(inner, level: level, first: first, path + [inner])
    trim(butFor: path)
    return isFull
  }

  /// - Returns: whether the place is in use.
  private mutating func mendNode(
    in list: CachedBlock, _ place: Int, _ identifier: UInt32
  ) -> Bool {
    let offset = place &* BlockPointer.byteCount
    guard let node = takeChild(of: list, at: offset, .node, { .lostNode(identifier, $0) }) else {
      // Zero names no node, and its place is taken.
      return identifier == 0
    }
    let isDirectory = files.record(of: node).kind == .directory
    if identifier == 0 || identifier == Volume<Store>.rootIdentifier && !isDirectory {
      drop(node, at: offset, of: list)
      note(.lostNode(identifier, .damaged(.node, block: node.address.index)))
      return identifier == 0
    }
    nodes[identifier] = NodeState(isDirectory: isDirectory)
    return true
  }

  /// A node that was taken does not stay.
  private mutating func drop(_ node: CachedBlock, at place: Int, of list: CachedBlock) {
    for block in node.address.index..<(node.address.index &+ node.address.blockCount) {
      taken[block] = false
    }
    node.detach()
    cut(list, at: place)
  }
}
