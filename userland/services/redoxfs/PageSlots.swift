// SPDX-License-Identifier: MIT
import Base
import Core

/// Which pages behind the log's entries have the bytes of what was written, and which of them can be
/// used again: those whose bytes a later write has replaced.
///
/// It is a server's own knowledge. A page that it has forgotten is used again after the next commit.
struct PageSlots {
  /// The newest write of a page of a file.
  private struct Newest {
    var node: UInt32 = 0
    var slot: UInt32 = 0
    var offset: UInt64 = 0
    var entry = 0
    /// The run of writes that it belongs to.
    var run: UInt64 = 0
  }

  private static var places: Int { 1024 }
  private var newest = [Newest](repeating: Newest(), count: places)
  private var spare: [UInt32] = []
  private var run: UInt64 = 1
  /// Slots from the first on that have been used since the last commit.
  private(set) var used = 0

  var hasSpare: Bool { !spare.isEmpty }
  /// The slot that `take` would give.
  var next: Int { spare.last.map { Int($0) } ?? used }

  mutating func take() -> Int {
    if let slot = spare.popLast() { return Int(slot) }
    used &+= 1
    return used &- 1
  }

  /// A write of the page at `offset` counts, with its bytes in `slot`.
  /// - Returns: the write in the same run that it replaces, whose slot `free` may give back.
  mutating func note(
    _ node: UInt32, _ offset: UInt64, in slot: Int, entry: Int
  ) -> (entry: Int, slot: Int)? {
    let place =
      Int(truncatingIfNeeded: offset >> 12 ^ UInt64(node) &* 61) & (Self.places &- 1)
    let old = newest[place]
    newest[place] = Newest(
      node: node, slot: UInt32(slot), offset: offset, entry: entry, run: run)
    guard old.run == run, old.node == node, old.offset == offset else { return nil }
    return (old.entry, Int(old.slot))
  }

  mutating func free(_ slot: Int) { spare.append(UInt32(slot)) }

  /// What was written until now is replaced by nothing that comes.
  mutating func endRun() { run &+= 1 }

  /// The medium has all.
  mutating func removeAll() {
    endRun()
    spare.removeAll(keepingCapacity: true)
    used = 0
  }

  /// A predecessor used a slot.
  mutating func noteUsed(_ slot: Int) { used = max(used, slot &+ 1) }
}
