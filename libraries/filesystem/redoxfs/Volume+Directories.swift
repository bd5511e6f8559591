// SPDX-License-Identifier: MIT
public import Base
import Core

// A directory is a tree: hash nodes of a stated depth, and below them lists of names.

extension Volume {
  /// The identifier of the node that `name` names in `directory`, or `nil`.
  public func find(_ name: Text, in directory: NodeBlock) throws(VolumeError) -> UInt32? {
    guard directory.record.kind == .directory else { throw .notDirectory }
    guard let root = try DirectoryRoot(directory) else { return nil }
    var left = treeBlocks(of: directory)
    return try find(name, NameHash.of(name), below: root.pointer, root.levels, &left)
  }

  /// Names of one hash may stand below several pointers in a row.
  private func find(
    _ name: Text, _ hash: UInt32, below pointer: BlockPointer, _ levels: UInt8,
    _ left: inout UInt64
  ) throws(VolumeError) -> UInt32? {
    guard left > 0 else { throw .damaged(.circle, block: pointer.address.index) }
    left &-= 1
    guard levels > 0 else {
      let list = try NameList(try block(pointer), block: pointer.address.index)
      for entry in list.entries where entry.name == name { return entry.node }
      return nil
    }
    let node = HashNode(bytes: try block(pointer))
    var before: UInt32 = 0
    for place in 0..<HashNode.places {
      let next = node.pointer(place)
      if next.isNull || before > hash { return nil }
      before = node.hash(place)
      if before >= hash,
        let found = try find(name, hash, below: next, levels &- 1, &left)
      {
        return found
      }
    }
    return nil
  }

  /// All names in `directory`, in the order in which they lie there.
  /// - Throws: `damaged` where the tree is larger than the directory says it is.
  public func entries(of directory: NodeBlock) throws(VolumeError) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    try forEachBlock(of: directory) { (block, bytes) throws(VolumeError) in
      guard let bytes else { return }
      entries += try NameList(bytes, block: block.address.index).entries
    }
    return entries
  }

  /// How many blocks a directory's tree has at most: one that meets itself would go on for longer.
  private func treeBlocks(of directory: NodeBlock) -> UInt64 {
    min(blockCount, directory.record.byteCount / UInt64(Layout.blockBytes))
  }

  /// Visits the blocks of a directory's tree; lists of names come with their bytes.
  func forEachBlock(
    of directory: NodeBlock,
    _ visit: (BlockPointer, _ list: [UInt8]?) throws(VolumeError) -> Void
  ) throws(VolumeError) {
    guard directory.record.kind == .directory else { throw .notDirectory }
    guard let root = try DirectoryRoot(directory) else { return }
    var left = treeBlocks(of: directory)
    try forEachBlock(below: root.pointer, root.levels, &left, visit)
  }

  private func forEachBlock(
    below pointer: BlockPointer, _ levels: UInt8, _ left: inout UInt64,
    _ visit: (BlockPointer, _ list: [UInt8]?) throws(VolumeError) -> Void
  ) throws(VolumeError) {
    guard left > 0 else { throw .damaged(.circle, block: pointer.address.index) }
    left &-= 1
    let bytes = try block(pointer)
    try visit(pointer, levels == 0 ? bytes : nil)
    if levels == 0 { return }
    let node = HashNode(bytes: bytes)
    for place in 0..<HashNode.places where !node.pointer(place).isNull {
      try forEachBlock(below: node.pointer(place), levels &- 1, &left, visit)
    }
  }
}
