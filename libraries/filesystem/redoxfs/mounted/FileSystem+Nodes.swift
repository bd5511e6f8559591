// SPDX-License-Identifier: MIT
import Base
import Core

// The tree of nodes: four levels of lists of 254 pointers. A bit for each pointer says whether there is
// no room below it; in the lowest lists, whether it is in use.

/// Where things stand in a list of the tree.
private enum ListPlace {
  static func pointer(_ place: Int) -> Int { place &* BlockPointer.byteCount }
  static var flags: Int { 4064 }
}

/// How many nodes are found by their numbers alone: a power of two.
enum NodeSlots {
  static var count: Int { 1024 }
  static func slot(_ identifier: UInt32) -> Int { Int(identifier) & (count &- 1) }
}

extension CachedBlock {
  func isFull(_ place: Int) -> Bool {
    bytes[ListPlace.flags &+ place / 8] >> UInt8(place % 8) & 1 != 0
  }

  func setFull(_ place: Int, _ isFull: Bool) {
    let bit: UInt8 = 1 << UInt8(place % 8)
    if isFull {
      bytes[ListPlace.flags &+ place / 8] |= bit
    } else {
      bytes[ListPlace.flags &+ place / 8] &= ~bit
    }
  }

  /// The first place that has room.
  fileprivate var placeWithRoom: Int? {
    for word in 0..<4 {
      let flags = bytes.word(at: ListPlace.flags &+ 8 &* word)
      if flags == UInt64.max { continue }
      let place = word &* 64 &+ (~flags).trailingZeroBitCount
      return place < Layout.treePointers ? place : nil
    }
    return nil
  }

  fileprivate var hasNoFlag: Bool {
    for word in 0..<4 where bytes.word(at: ListPlace.flags &+ 8 &* word) != 0 {
      return false
    }
    return true
  }

  fileprivate var hasNoPointer: Bool {
    for place in 0..<Layout.treePointers where !pointer(at: ListPlace.pointer(place)).isNull {
      return false
    }
    return children.isEmpty
  }
}

extension CachedBlock {
  /// Brings the bytes up to what the record says: before they are written.
  func storeRecord() {
    guard isRecordNewer else { return }
    isRecordNewer = false
    bytes.store(record)
  }
}

extension [UInt8] {
  fileprivate mutating func store(_ record: NodeRecord) {
    do throws(WireError) { try record.encode(into: mutableSpan) } catch {
      preconditionFailure("a block has room for a record")
    }
  }
}

extension FileSystem {
  /// The block of the node with this identifier.
  func node(_ identifier: UInt32) throws(FileSystemError) -> CachedBlock {
    // One that was taken out of the tree is no node any more.
    if let known = nodeSlots[NodeSlots.slot(identifier)], known.identifier == identifier,
      known.parent != nil
    {
      known.wasUsed = true
      return known
    }
    let node = try findNode(identifier)
    remember(node, identifier)
    return node
  }

  private func remember(_ node: CachedBlock, _ identifier: UInt32) {
    node.identifier = identifier
    nodeSlots[NodeSlots.slot(identifier)] = node
  }

  /// A block goes out of memory.
  func forgetSlot(of block: CachedBlock) {
    let slot = NodeSlots.slot(block.identifier)
    if block.identifier != 0, nodeSlots[slot] === block { nodeSlots[slot] = nil }
  }

  private func findNode(_ identifier: UInt32) throws(FileSystemError) -> CachedBlock {
    var block: CachedBlock? = try child(of: header, at: HeaderPlace.tree, .tree)
    for level in (0..<Layout.treeLevels).reversed() {
      let place = Int(identifier >> UInt32(8 &* level) & 0xFF)
      guard let list = block, identifier != 0, place < Layout.treePointers else {
        throw .volume(.noNode(identifier))
      }
      block = try child(of: list, at: ListPlace.pointer(place), level == 0 ? .node : .tree)
    }
    guard let block else { throw .volume(.noNode(identifier)) }
    return block
  }

  /// What the node's block says of it.
  /// - Precondition: it was checked when it was read, which `checkedRecord` does.
  func record(of node: CachedBlock) -> NodeRecord {
    if !node.isRecordKnown { readRecord(of: node) }
    return node.record
  }

  private func readRecord(of node: CachedBlock) {
    let bytes = node.bytes
    do throws(WireError) { node.record = try NodeRecord(decoding: bytes.span) } catch {
      preconditionFailure("a block has room for a record")
    }
    node.isRecordKnown = true
  }

  /// The same, of a node that may be damaged.
  func checkedRecord(of node: CachedBlock) throws(FileSystemError) -> NodeRecord {
    try checkRecord(of: node)
    return node.record
  }

  /// Sees to it that `node.record` is right: for those who need little of it.
  func checkRecord(of node: CachedBlock) throws(FileSystemError) {
    if !node.isRecordKnown { readRecord(of: node) }
    guard node.record.kind != nil, node.record.recordLevel <= UInt32(Layout.highestLevel) else {
      throw .volume(.damaged(.node, block: node.address.index))
    }
  }

  /// Changes what the node's block says of it.
  func setRecord(_ record: NodeRecord, of node: CachedBlock) {
    dirty.mark(node)
    node.record = record
    node.isRecordKnown = true
    node.isRecordNewer = true
  }

  /// The blocks that become dirty at most when a node comes or goes.
  static var nodeCost: UInt64 { 10 }

  /// Makes a node with the lowest identifier that is free. The caller has begun an operation.
  func makeNode(_ record: NodeRecord) throws(FileSystemError) -> (UInt32, CachedBlock) {
    var list = try tree()
    var identifier: UInt32 = 0
    var way: [(CachedBlock, Int)] = []
    for level in (0..<Layout.treeLevels).reversed() {
      guard let place = list.placeWithRoom else { throw .noSpace }
      identifier = identifier << 8 | UInt32(place)
      way.append((list, place))
      if level > 0 {
        let known = try child(of: list, at: ListPlace.pointer(place), .tree)
        list = known ?? makeList(in: list, place, isFirst: identifier == 0, level)
      }
    }
    let node = makeChild(of: list, at: ListPlace.pointer(way[3].1), .node)
    setRecord(record, of: node)
    remember(node, identifier)
    for (list, place) in way.reversed() {
      dirty.mark(list)
      list.setFull(place, true)
      if list.placeWithRoom != nil { break }
    }
    return (identifier, node)
  }

  private func makeList(
    in list: CachedBlock, _ place: Int, isFirst: Bool, _ level: Int
  ) -> CachedBlock {
    let made = makeChild(of: list, at: ListPlace.pointer(place), .tree)
    // Zero is no identifier.
    if isFirst, level == 1 { made.setFull(0, true) }
    return made
  }

  /// The root of the tree.
  private func tree() throws(FileSystemError) -> CachedBlock {
    if let tree = try child(of: header, at: HeaderPlace.tree, .tree) { return tree }
    return makeChild(of: header, at: HeaderPlace.tree, .tree)
  }

  /// Takes a node out of the tree, whose contents are gone already, and lists that become empty.
  func removeNode(_ identifier: UInt32) throws(FileSystemError) {
    var block = try node(identifier)
    for level in 0..<Layout.treeLevels {
      guard let list = block.parent else { return }
      let place = Int(identifier >> UInt32(8 &* level) & 0xFF)
      if level == 0 || block.hasNoFlag && block.hasNoPointer { remove(block) }
      dirty.mark(list)
      list.setFull(place, false)
      block = list
    }
  }
}
