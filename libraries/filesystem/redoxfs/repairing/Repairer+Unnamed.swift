// SPDX-License-Identifier: MIT
import Base
import Core

// Nodes whose names were lost get one in a directory of the root.

extension Repairer {
  /// Gives each node that has no name, and does not wait to be released, one in `/lost+found`: of
  /// directories those that no other such directory names.
  mutating func nameTheUnnamed() throws(FileSystemError) {
    let directories = unnamed { $0.isDirectory }
    var inner: [UInt32] = []
    for directory in directories {
      for entry in try names(in: directory).entries where entry.node != directory {
        inner.append(entry.node)
      }
    }
    inner.sort()
    // Those first that hang on nothing; of those that hang on each other, the first.
    let outer = directories.filter { !contains($0, in: inner) }
    for directory in outer + directories where nodes[directory]?.names == 0 {
      try mendNames(below: directory, try bringBack(directory))
    }
    for file in unnamed({ !$0.isDirectory }) { try mendContents(of: file, try bringBack(file)) }
  }

  /// - Returns: the node's new path.
  private mutating func bringBack(_ identifier: UInt32) throws(FileSystemError) -> Text {
    let (directory, start) = try lostAndFound()
    let plain = "node-" + decimal(identifier)
    var name = plain
    var number = 0
    while try files.find(name.span, in: directory) != nil {
      number &+= 1
      name = plain + "." + decimal(number)
    }
    try files.add(name.span, for: identifier, to: try files.node(directory))
    _ = nodes.modify(identifier) { $0.names &+= 1 }
    note(.found(node: identifier, path: start + name))
    return start + name
  }

  /// The directory for what is found, which is made if there is none.
  private mutating func lostAndFound() throws(FileSystemError) -> (UInt32, path: Text) {
    let root = Volume<Store>.rootIdentifier
    let plain: Text = "lost+found"
    var name = plain
    var number = 0
    while let known = try files.find(name.span, in: root) {
      if nodes[known]?.isDirectory ?? false { return (known, "/" + name + "/") }
      number &+= 1
      name = plain + "." + decimal(number)
    }
    let (identifier, node) = try files.makeNode(
      FileSystem<Store>.record(
        of: NewNode(.directory, permissions: 0o700, user: 0, group: 0), now))
    node.isClearBehindEnd = true
    try files.add(name.span, for: identifier, to: try files.node(root))
    nodes[identifier] = NodeState(isDirectory: true, names: 1)
    return (identifier, "/" + name + "/")
  }

  private func unnamed(_ matches: (NodeState) -> Bool) -> [UInt32] {
    nodes.keys.indices.filter {
      nodes.values[$0].names == 0 && !nodes.values[$0].isReleased && matches(nodes.values[$0])
    }.map { nodes.keys[$0] }
  }

  private func contains(_ node: UInt32, in sorted: [UInt32]) -> Bool {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = low &+ (high &- low) / 2
      if sorted[middle] < node { low = middle &+ 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == node
  }
}
