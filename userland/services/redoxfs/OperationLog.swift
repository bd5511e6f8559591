// SPDX-License-Identifier: MIT
import Hierarchy
import ABI
import RedoxFS
import Base
import Core
import Memory

/// Why a log cannot be used.
public enum OperationLogError: Error, Equatable {
  case tooSmall
  /// What it holds contradicts itself.
  case damaged
  /// It belongs to another volume, or to a state that the volume does not have any more.
  case otherState
}

/// The operations that were completed since the volume's last commit, in the capsule: whoever mounts
/// that commit again carries them out again, in their order.
///
/// An entry is written whole before the word that counts it. That word says at once which commit the
/// entries follow (the low bits of its generation), and where they begin and end. A commit is on the
/// medium a moment before the word says so: another word says what such a commit holds.
///
/// What was written to a whole page of a file lies in a page of its own, a slot, counted from the end of
/// the memory. Once a later write of the same page counts, with nothing but writes between the two, the
/// older entry is marked as replaced, and only then is its slot used again. So a slot has the bytes of
/// every entry that leads to it, and what a replaced entry would have written is written by a later one
/// before anything could tell: while operations are carried out again nothing is committed.
public final class OperationLog<Store: WordStore> {
  let store: Store
  let capacity: Int
  /// The commit that the entries follow.
  private var generation: UInt64 = 0
  /// Entries that the medium does not have, in words from the log's first one.
  var start = 0
  var end = 0
  /// The entry that is being carried out again; else the end.
  var position = 0
  /// Pages that have memory, as far as this server knows, and slots.
  var backedPages = 0
  var backedSlots = 0
  var slots = PageSlots()
  /// Where entries may end, for which the memory is there.
  var readyEnd = 0
  /// The last request that was carried out.
  var last = OperationRecord(.release)
  /// Room that entries of requests leave for others.
  static var slack: Int { 4096 }

  // The head, in words.
  private static var mark: Int { 0 }
  private static var volume: Int { 1 }
  private static var state: Int { 3 }
  private static var next: Int { 4 }
  static var firstEntry: Int { 512 }
  private static var expectedMark: UInt64 { 0x316C_7346_786F_6452 }

  // An entry's words: kind, flags and length; mark; result; numbers; lengths of what follows; the
  // length again.
  static var headWords: Int { 11 }
  private static var longest: Int { 1 << 22 }
  // Flags of an entry's first word: its bytes lie in the slot whose number stands where the second
  // length would; they are gone.
  static var isInSlot: UInt64 { 0x400 }
  static var isReplaced: UInt64 { 0x800 }

  /// Takes up the log in `store`, whose memory was zero at first.
  /// - Parameters:
  ///   - volume: tells volumes apart.
  ///   - generation: the commit that is mounted.
  /// - Throws: `otherState` if there are entries that do not follow that commit; `damaged`.
  init(
    _ store: Store, volume: (UInt64, UInt64), generation: UInt64
  ) throws(OperationLogError) {
    self.store = store
    self.generation = generation
    capacity = min(store.byteCount / 8 &- Self.firstEntry, Self.longest &- 1)
    guard capacity >= 65_536 else { throw .tooSmall }
    guard store.word(Self.mark) == Self.expectedMark else {
      clear(volume)
      return
    }
    let state = unpack(store.word(Self.state))
    guard state.start <= state.end, state.end <= capacity else { throw .damaged }
    guard store.word(Self.volume) == volume.0, store.word(Self.volume &+ 1) == volume.1 else {
      if state.start < state.end { throw .otherState }
      clear(volume)
      return
    }
    let next = unpack(store.word(Self.next))
    (start, end) = (state.start, state.end)
    if state.start == state.end {
      // All is on the medium, whichever state that is.
    } else if state.age != age(generation) {
      guard next.age == age(generation), age(state.age &+ 1) == next.age, next.start <= state.end
      else { throw .otherState }
      start = next.start
    }
    if end > 0 { last = try lastEntry() }
    position = end
    try findSlots()
    save()
  }

  /// Keeps the slots that entries lead to until the next commit.
  private func findSlots() throws(OperationLogError) {
    var place = start
    while place < end {
      let base = Self.firstEntry &+ place
      let (flags, words) = (store.word(base), Int(store.word(base) >> 32))
      guard words >= Self.headWords, words <= end &- place else { throw .damaged }
      if flags & Self.isInSlot != 0 { slots.noteUsed(try slot(of: base)) }
      place &+= words
    }
    guard slots.used <= slotCapacity, end <= room(besides: slots.used) else { throw .damaged }
  }

  func slot(of base: Int) throws(OperationLogError) -> Int {
    let slot = Int(store.word(base &+ 10) >> 32)
    guard slot < slotCapacity else { throw .damaged }
    return slot
  }

  /// Forgets everything: what was not on the medium is lost.
  static func drop(in store: Store) { store.setWord(mark, 0) }

  private func clear(_ volume: (UInt64, UInt64)) {
    store.setWord(Self.volume, volume.0)
    store.setWord(Self.volume &+ 1, volume.1)
    save()
    store.setWord(Self.mark, Self.expectedMark)
  }

  // MARK: The words of the head

  private func age(_ generation: UInt64) -> UInt64 { generation & 0xF_FFFF }

  private func pack(_ generation: UInt64, _ start: Int, _ end: Int) -> UInt64 {
    age(generation) << 44 | UInt64(start) << 22 | UInt64(end)
  }

  private func unpack(_ word: UInt64) -> (age: UInt64, start: Int, end: Int) {
    (word >> 44, Int(word >> 22 & 0x3F_FFFF), Int(word & 0x3F_FFFF))
  }

  func save() { store.setWord(Self.state, pack(generation, start, end)) }

  /// A commit begins, which will hold everything before `position`.
  func willCommit() { store.setWord(Self.next, pack(generation &+ 1, position, end)) }

  /// It is on the medium.
  func didCommit(_ generation: UInt64) {
    self.generation = generation
    start = position
    save()
    if start == end { slots.removeAll() }
  }
}
