// SPDX-License-Identifier: MIT
import Base
import Core

/// Names that were looked for last, with the nodes that they lead to, or that there is none. Whoever adds
/// or removes a name says so here.
struct KnownNames {
  private struct Entry {
    /// Zero is no node's number: nothing stands here.
    var directory: UInt32 = 0
    /// Zero for a name that is not there.
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

    init(_ name: Span<UInt8>, in directory: UInt32) {
      hash = Self.mix(name)
      slot = Int((hash &>> 32 &+ UInt64(directory) &* 0x9E37_79B9) % KnownNames.count)
    }

    /// Quick to find, and seldom the same for two names.
    @inline(__always)
    private static func mix(_ name: Span<UInt8>) -> UInt64 {
      var hash = UInt64(name.count)
      var index = 0
      while name.count &- index >= 8 {
        hash = (hash ^ name.littleWord(at: index)) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash &>> 29
        index &+= 8
      }
      while index < name.count {
        hash = (hash ^ UInt64(name[index])) &* 0x9E37_79B9_7F4A_7C15
        index &+= 1
      }
      return hash ^ hash &>> 29
    }
  }

  /// The node that the name leads to, zero if it is not there; `nil` if that is not known.
  func node(_ name: Span<UInt8>, in directory: UInt32, _ key: Key) -> UInt32? {
    isNoted(name, in: directory, key) ? entries[key.slot].node : nil
  }

  private func isNoted(_ name: Span<UInt8>, in directory: UInt32, _ key: Key) -> Bool {
    entries[key.slot].hash == key.hash && entries[key.slot].directory == directory
      && entries[key.slot].name.equals(name)
  }

  /// - Parameter node: zero if the name is not there.
  mutating func note(_ node: UInt32, _ name: Span<UInt8>, in directory: UInt32, _ key: Key) {
    if isNoted(name, in: directory, key) {
      entries[key.slot].node = node
    } else {
      entries[key.slot] = Entry(
        directory: directory, node: node, hash: key.hash, name: Text(name))
    }
  }

  /// The name leads to another node from now on, or is gone.
  mutating func note(_ node: UInt32, _ name: Span<UInt8>, in directory: UInt32) {
    note(node, name, in: directory, Key(name, in: directory))
  }
}
