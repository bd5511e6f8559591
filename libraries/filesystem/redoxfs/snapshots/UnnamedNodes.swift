// SPDX-License-Identifier: MIT
import Base
import Core

extension Volume {
  /// The nodes that no directory has a name for: files that were open without a name when the state was
  /// kept, whose list does not belong to it. Reads all lists of the tree and all directories.
  func unnamedNodes() throws(VolumeError) -> [UInt32] {
    // In rising order, so each goes to the end.
    var hasName = SortedMap<UInt32, Bool>()
    try forEachNode(below: header.tree, level: Layout.treeLevels, first: 0) { hasName[$0] = false }
    var waiting = [Self.rootIdentifier]
    hasName[Self.rootIdentifier] = true
    while let directory = waiting.popLast() {
      // A directory is entered once, however many names it has.
      for entry in try entries(of: try node(directory)) where hasName[entry.node] == false {
        hasName[entry.node] = true
        if try node(entry.node).record.kind == .directory { waiting.append(entry.node) }
      }
    }
    return hasName.keys.filter { hasName[$0] == false }
  }

  private func forEachNode(
    below pointer: BlockPointer, level: Int, first: UInt32, _ visit: (UInt32) -> Void
  ) throws(VolumeError) {
    if pointer.isNull { return }
    let bytes = try block(pointer)
    for place in 0..<Layout.treePointers {
      let next = bytes.pointer(at: place &* BlockPointer.byteCount)
      if next.isNull { continue }
      let identifier = first | UInt32(place) << UInt32(8 &* (level &- 1))
      if level > 1 {
        try forEachNode(below: next, level: level &- 1, first: identifier, visit)
      } else {
        visit(identifier)
      }
    }
  }
}
