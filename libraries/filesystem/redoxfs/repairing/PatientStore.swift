// SPDX-License-Identifier: MIT
import Base
import Core

/// A medium that is asked again when it does not read, and remembers what it did not read all the same.
///
/// Such a block may be whole: a cable, a bus or a driver fails and is well again. So a repair that takes it
/// for damaged would make the loss lasting.
final class PatientStore<Store: WritableBlockStore>: WritableBlockStore {
  private let store: Store
  /// Whether nothing more is read once something was not.
  var stopsAtUnread = false
  /// The first block that was not read.
  private(set) var unread: UInt64?
  /// How often a block is asked for.
  static var attempts: Int { 4 }

  init(_ store: Store) { self.store = store }

  var blockCount: UInt64 { store.blockCount }

  func read(_ block: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool {
    if stopsAtUnread, unread != nil { return false }
    let before = bytes.count
    for _ in 0..<Self.attempts {
      if store.read(block, count: count, onto: &bytes) { return true }
      bytes.removeLast(bytes.count &- before)
    }
    unread = unread ?? block
    return false
  }

  func write(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool { store.write(block, bytes) }
  func flush() -> Bool { store.flush() }
  func writeThrough(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    store.writeThrough(block, bytes)
  }
  func expect(_ block: UInt64, count: Int) { store.expect(block, count: count) }
  func digest(_ bytes: Span<UInt8>) -> UInt64 { store.digest(bytes) }
}
