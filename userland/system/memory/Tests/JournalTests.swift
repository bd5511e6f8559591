// SPDX-License-Identifier: MIT
import Memory
import Testing

/// Words of the host that stop taking stores at some point, as a server's do when it is killed.
private final class FailingStore: WordStore {
  var words: [UInt64]
  var storesLeft = Int.max

  init(_ words: [UInt64]) { self.words = words }

  var byteCount: Int { words.count * 8 }
  func word(_ index: Int) -> UInt64 { words[index] }
  func setWord(_ index: Int, _ value: UInt64) {
    if storesLeft == 0 { return }
    storesLeft -= 1
    words[index] = value
  }
  func byte(at offset: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: words[offset / 8] >> UInt64(offset % 8 * 8))
  }
  func put(_ bytes: Span<UInt8>, at offset: Int) {}
  func clear(_ range: Range<Int>) {}
}

@Suite struct JournalTests {
  private static let place = JournalPlace(notes: 0, count: 8, entries: 16, capacity: 16)
  private static let state = 64..<80

  private static func change(_ store: FailingStore) {
    var journal = Journal(store, place)
    for index in state { journal.set(index, store.word(index) + 1) }
    // The same word again: the oldest value is the one to go back to.
    journal.undo()
    for index in 64..<70 { journal.set(index, 7) }
    journal.set(64, 8)
    journal.note(RequestMark(description: 3, sequence: 4), 99, in: 1)
    journal.commit()
  }

  @Test func aStopAnywhereLeavesTheStateBeforeOrAfter() {
    let before = (0..<128).map { UInt64($0 >= 64 ? $0 : 0) }
    let whole = FailingStore(before)
    Self.change(whole)
    let after = Array(whole.words[Self.state])
    #expect(after[0] == 8 && after[5] == 7 && after[6] == 70)
    let mark = RequestMark(description: 3, sequence: 4)
    var seen: Set<Bool> = []
    for stop in 0..<200 {
      let store = FailingStore(before)
      store.storesLeft = stop
      Self.change(store)
      store.storesLeft = .max
      var journal = Journal(store, Self.place)
      let isBelieved = journal.recover(wordCount: 128)
      #expect(isBelieved)
      let isDone = journal.result(of: mark, in: 1) != nil
      #expect(Array(store.words[Self.state]) == (isDone ? after : Array(before[Self.state])))
      #expect(journal.count == 0 && store.words[8] == 0)
      seen.insert(isDone)
    }
    #expect(seen.count == 2)
  }

  @Test func aNoteIsOfOneRequestAndKind() {
    var journal = Journal(FailingStore([UInt64](repeating: 0, count: 128)), Self.place)
    let mark = RequestMark(description: 3, sequence: 4)
    journal.note(mark, 17, opens: true)
    journal.commit()
    #expect(journal.result(of: mark, opens: true) == 17)
    #expect(journal.result(of: mark) == nil)
    #expect(journal.result(of: mark, opens: true, in: 1) == nil)
    let next = RequestMark(description: 3, sequence: 5)
    #expect(journal.result(of: next, opens: true) == nil)
  }

  @Test func aJournalThatCannotBeBelievedChangesNothing() {
    for (count, index) in [(17, 64), (1, 128), (1, -1)] as [(UInt64, Int)] {
      let store = FailingStore([UInt64](repeating: 0, count: 128))
      store.setWord(8, count)
      store.setWord(16, UInt64(bitPattern: Int64(index)))
      let before = store.words
      var journal = Journal(store, Self.place)
      let isBelieved = journal.recover(wordCount: 128)
      #expect(!isBelieved)
      #expect(store.words == before)
    }
  }
}
