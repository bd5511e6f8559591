// SPDX-License-Identifier: MIT
import ABI
import Core
public import FileLocks
public import Memory

/// A table of locks in memory that outlives the server. Each change is there whole or not at all,
/// wherever the server dies in it, and with it the request that it was made for.
public final class KeptLocks<Store: WordStore> {
  private var journal: Journal<Store>
  private let slotCount: Int
  public private(set) var table = LockTable()
  /// Where each lock of the table is written down.
  private var slots: [Int] = []
  private var freeSlots: [Int] = []

  // In words: the head, the journal, and the slots.
  private static var mark: Int { 0 }
  private static var journalCount: Int { 1 }
  /// Slots from here on were never used.
  private static var end: Int { 2 }
  private static var notes: Int { 4 }
  private static var entries: Int { 8 }
  /// What a change takes in the journal beside one word for each slot that it clears.
  private static var slack: Int { 64 }
  private static var expectedMark: UInt64 { 0x316B_636F_4C73_7041 }

  // A slot: kind (zero for a free one, 1 shared, 2 exclusive) and account, file, owner, first byte,
  // last byte, process.
  private static var slotWords: Int { 6 }

  /// Takes up the locks in `store`, whose memory was zero at first.
  /// - Returns: `nil` if what it holds contradicts itself.
  public init?(takingUp store: Store) {
    let words = store.byteCount / 8
    slotCount = max(0, (words &- Self.entries &- 2 &* Self.slack) / (Self.slotWords &+ 2))
    journal = Journal(
      store,
      JournalPlace(
        notes: Self.notes, count: Self.journalCount, entries: Self.entries,
        capacity: slotCount &+ Self.slack))
    if store.word(Self.mark) == Self.expectedMark {
      guard journal.recover(wordCount: words), readSlots() else { return nil }
    } else {
      store.setWord(Self.mark, Self.expectedMark)
    }
    let end = Int(store.word(Self.end))
    // The lowest is taken first.
    for slot in (0..<slotCount).reversed() where slot >= end || !isUsed(slot) {
      freeSlots.append(slot)
    }
  }

  private func place(_ slot: Int) -> Int {
    Self.entries &+ 2 &* (slotCount &+ Self.slack) &+ slot &* Self.slotWords
  }

  private func isUsed(_ slot: Int) -> Bool { journal.store.word(place(slot)) != 0 }

  private func readSlots() -> Bool {
    let end = journal.store.word(Self.end)
    guard end <= UInt64(slotCount) else { return false }
    for slot in 0..<Int(end) where isUsed(slot) {
      let base = place(slot)
      let head = journal.store.word(base)
      guard head & 0xFFFF_FFFF <= 2, head & 3 != 0 else { return false }
      let lock = FileLock(
        file: journal.store.word(base &+ 1), owner: journal.store.word(base &+ 2),
        range: LockRange(
          first: journal.store.word(base &+ 3), last: journal.store.word(base &+ 4)),
        isExclusive: head & 3 == 2,
        process: UInt32(truncatingIfNeeded: journal.store.word(base &+ 5)),
        account: UInt32(truncatingIfNeeded: head >> 32))
      guard let index = table.takeUp(lock) else { return false }
      slots.insert(slot, at: index)
    }
    return true
  }

  /// Whether this request was carried out; known of the last one alone.
  public func wasDone(_ mark: RequestMark) -> Bool { journal.result(of: mark) != nil }

  /// What an owner has of a file.
  public func locks(of owner: UInt64, on file: UInt64) -> [FileLock] {
    Array(table.locks[table.places(of: owner, on: file)])
  }

  /// Gives the owner a lock that nothing is in the way of.
  /// - Parameter limit: locks that its account may have.
  /// - Throws: `noLocks`.
  public func set(
    _ lock: FileLock, limit: Int, _ mark: RequestMark
  ) throws(SystemError) {
    let places = table.places(of: lock.owner, on: lock.file)
    let new = table.locks(with: lock)
    guard new.count <= places.count || table.count(of: lock.account) < limit else {
      throw .noLocks
    }
    try write(new, at: places, mark)
  }

  /// Takes from the owner what it has of the range.
  /// - Throws: `noLocks` if a lock comes to be two, and there is no room for the other.
  public func clear(
    _ range: LockRange, of owner: UInt64, on file: UInt64, _ mark: RequestMark?
  ) throws(SystemError) {
    let new = table.locks(without: range, of: owner, on: file)
    try write(new, at: table.places(of: owner, on: file), mark)
  }

  /// Makes what an owner has of a file what it was before its last change, which nobody has heard of.
  public func restore(
    _ old: [FileLock], of owner: UInt64, on file: UInt64
  ) throws(SystemError) {
    try write(old, at: table.places(of: owner, on: file), nil)
  }

  private func write(
    _ new: [FileLock], at places: Range<Int>, _ mark: RequestMark?
  ) throws(SystemError) {
    guard new.count &- places.count <= freeSlots.count else { throw .noLocks }
    var used = Array(slots[places])
    var end = Int(journal.store.word(Self.end))
    for index in new.indices {
      if index == used.count { used.append(freeSlots.removeLast()) }
      if index < places.count, table.locks[places.lowerBound &+ index] == new[index] { continue }
      put(new[index], in: used[index])
      end = max(end, used[index] &+ 1)
    }
    while used.count > new.count {
      let slot = used.removeLast()
      journal.set(place(slot), 0)
      freeSlots.append(slot)
    }
    if UInt64(end) != journal.store.word(Self.end) { journal.set(Self.end, UInt64(end)) }
    if let mark { journal.note(mark, 0) }
    journal.commit()
    table.replace(places, with: new)
    slots.replaceSubrange(places, with: used)
  }

  private func put(_ lock: FileLock, in slot: Int) {
    let base = place(slot)
    journal.set(base &+ 1, lock.file)
    journal.set(base &+ 2, lock.owner)
    journal.set(base &+ 3, lock.range.first)
    journal.set(base &+ 4, lock.range.last)
    journal.set(base &+ 5, UInt64(lock.process))
    journal.set(base, (lock.isExclusive ? 2 : 1) | UInt64(lock.account) << 32)
  }
}
