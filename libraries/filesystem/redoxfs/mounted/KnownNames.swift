// SPDX-License-Identifier: MIT
import Base
import Core

/// Names that were looked for last, with the nodes that they lead to. Whoever adds or removes a name says
/// so here.
struct KnownNames {
  private struct Entry {
    var directory: UInt32 = 0
    /// Zero is no node's number.
    var node: UInt32 = 0
    var hash: UInt64 = 0
    var name = Text()
  }

  private static var count: UInt64 { 1024 }
  private var entries = [Entry](repeating: Entry(), count: Int(count))

  /// What a name is looked for by.
  struct Key {
    fileprivate let hash: UInt64
    fileprivate let slot: Int

    init(_ name: Text, in directory: UInt32) {
      hash = SeaHash.digest(name.span)
      slot = Int((hash &+ UInt64(directory) &* 0x9E37_79B9) % KnownNames.count)
    }
  }

  func node(_ name: Text, in directory: UInt32, _ key: Key) -> UInt32? {
    let entry = entries[key.slot]
    guard entry.hash == key.hash, entry.directory == directory, entry.node != 0,
      entry.name.span.equals(name.span)
    else { return nil }
    return entry.node
  }

  mutating func note(_ node: UInt32, _ name: Text, in directory: UInt32, _ key: Key) {
    entries[key.slot] = Entry(directory: directory, node: node, hash: key.hash, name: name)
  }

  /// The name is gone.
  mutating func forget(_ name: Text, in directory: UInt32) {
    let key = Key(name, in: directory)
    if node(name, in: directory, key) != nil { entries[key.slot] = Entry() }
  }
}
