// SPDX-License-Identifier: MIT

/// Which request a change belongs to: an open description of the scheme, and the number that the
/// request has on it. A request that comes again, because its server died, has the same mark.
public struct RequestMark: Equatable, BitwiseCopyable, Sendable {
  public var description: UInt64
  public var sequence: UInt64

  public init(description: UInt64, sequence: UInt64) {
    self.description = description
    self.sequence = sequence
  }
}

/// Where a journal lies in its store, as numbers of words. All of it is zero at first.
public struct JournalPlace: Sendable {
  /// Four words for each note (`Journal.note`).
  public var notes: Int
  /// How many entries count.
  public var count: Int
  /// Pairs of a word's number and its old value.
  public var entries: Int
  /// Pairs that there is room for: the most words that one change sets.
  public var capacity: Int

  public init(notes: Int, count: Int, entries: Int, capacity: Int) {
    self.notes = notes
    self.count = count
    self.entries = entries
    self.capacity = capacity
  }
}

/// Makes changes of many words in a store happen whole or not at all, wherever the server dies in
/// them: before a word is changed, its number and old value are written down; whoever finds entries
/// puts the old words back.
///
/// A server that lets its state change only so, and writes down what its request is answered with as
/// part of the same change, carries out no request twice: see `note`.
///
///     journal.set(Layout.head, head &+ count)
///     journal.note(mark, UInt64(count))
///     journal.commit()
///
/// Bytes that nobody looks at before a word says so (room in a ring, free pages) are stored without
/// it. `undo` instead of `commit` takes a change back that cannot be completed.
public struct Journal<Store: WordStore>: ~Copyable {
  public let store: Store
  public let place: JournalPlace
  /// Words changed since the last commit; a word that was set twice counts twice.
  public private(set) var count = 0

  /// A journal in `store`, in which nothing is under way. For memory that a predecessor used,
  /// `recover` comes first.
  public init(_ store: Store, _ place: JournalPlace) {
    self.store = store
    self.place = place
  }

  /// Takes back what a predecessor began and did not complete.
  ///
  /// - Parameter limit: the number of words that a change can be in.
  /// - Returns: false if what is written down cannot be believed; then nothing is changed.
  public mutating func recover(wordCount limit: Int) -> Bool {
    let found = store.word(place.count)
    guard found <= UInt64(place.capacity) else { return false }
    for entry in 0..<Int(found) {
      guard store.word(place.entries &+ 2 &* entry) < UInt64(limit) else { return false }
    }
    count = Int(found)
    undo()
    return true
  }

  /// Changes a word, which can be taken back until `commit`.
  @inline(__always)
  public mutating func set(_ index: Int, _ value: UInt64) {
    precondition(count < place.capacity, "the journal is full")
    let entry = place.entries &+ 2 &* count
    store.setWord(entry, UInt64(index))
    store.setWord(entry &+ 1, store.word(index))
    count &+= 1
    store.setWord(place.count, UInt64(count))
    store.setWord(index, value)
  }

  /// Makes what was changed since the last time final, all at once.
  @inline(__always)
  public mutating func commit() {
    guard count > 0 else { return }
    count = 0
    store.setWord(place.count, 0)
  }

  /// Takes back what was changed since the last commit.
  public mutating func undo() {
    while count > 0 {
      let entry = place.entries &+ 2 &* (count &- 1)
      store.setWord(Int(truncatingIfNeeded: store.word(entry)), store.word(entry &+ 1))
      count &-= 1
      store.setWord(place.count, UInt64(count))
    }
  }

  /// Writes down, as part of a change, what its request is answered with.
  ///
  /// A note is enough for a server that answers each request before the next change that it notes.
  /// One that answers a request in between, on behalf of another, keeps several.
  ///
  /// - Parameters:
  ///   - opens: whether the result is the word of a file that was opened.
  ///   - slot: which note.
  @inline(__always)
  public mutating func note(
    _ mark: RequestMark, _ result: UInt64, opens: Bool = false, in slot: Int = 0
  ) {
    let note = place.notes &+ 4 &* slot
    set(note, mark.description)
    set(note &+ 1, mark.sequence)
    set(note &+ 2, result)
    set(note &+ 3, opens ? 2 : 1)
  }

  /// What a request came to that was carried out before its server died, as far as the notes tell.
  public func result(of mark: RequestMark, opens: Bool = false, in slot: Int = 0) -> UInt64? {
    let note = place.notes &+ 4 &* slot
    guard store.word(note &+ 3) == (opens ? 2 : 1), store.word(note) == mark.description,
      store.word(note &+ 1) == mark.sequence
    else { return nil }
    return store.word(note &+ 2)
  }
}
