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
public final class OperationLog<Store: WordStore> {
  private let store: Store
  private let capacity: Int
  /// The commit that the entries follow.
  private var generation: UInt64 = 0
  /// Entries that the medium does not have, in words from the log's first one.
  private(set) var start = 0
  private(set) var end = 0
  /// The entry that is being carried out again; else the end.
  var position = 0
  /// Pages that have memory, as far as this server knows.
  private var backedPages = 0
  /// The last request that was carried out.
  private var last = OperationRecord(.release)
  /// Room that entries of requests leave for others.
  private static var slack: Int { 4096 }

  // The head, in words.
  private static var mark: Int { 0 }
  private static var volume: Int { 1 }
  private static var state: Int { 3 }
  private static var next: Int { 4 }
  private static var firstEntry: Int { 512 }
  private static var expectedMark: UInt64 { 0x316C_7346_786F_6452 }

  // An entry's words: kind, flags and length; mark; result; numbers; lengths of what follows; the
  // length again.
  private static var headWords: Int { 11 }
  private static var longest: Int { 1 << 22 }

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
    save()
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

  private func save() { store.setWord(Self.state, pack(generation, start, end)) }

  /// A commit begins, which will hold everything before `position`.
  func willCommit() { store.setWord(Self.next, pack(generation &+ 1, position, end)) }

  /// It is on the medium.
  func didCommit(_ generation: UInt64) {
    self.generation = generation
    start = position
    save()
  }

  // MARK: Entries

  /// The bytes that entries take which the medium does not have.
  var byteCount: Int { (end &- start) &* 8 }

  private static func words(_ first: Int, _ second: Int) -> Int {
    headWords &+ (first &+ 7) / 8 &+ (second &+ 7) / 8 &+ 1
  }

  /// Where the next entry goes. With nothing left that the medium does not have, a request's goes to
  /// the beginning: the request before it was answered. Others do not, so that what that one came to
  /// stays known until then.
  private func place(isRequest: Bool) -> Int { start == end && isRequest ? 0 : end }

  /// Whether an entry with so many bytes fits. After a commit it does, if there is memory for it.
  func hasRoom(isRequest: Bool, _ first: Int, _ second: Int = 0) -> Bool {
    let place = place(isRequest: isRequest)
    let words = Self.words(first, second)
    guard place &+ words <= capacity &- (isRequest ? Self.slack : 0) else { return false }
    let pages = (Self.firstEntry &+ place &+ words &+ 511) / 512
    while backedPages < pages {
      guard store.hasMemory(forPage: backedPages) else { return false }
      backedPages &+= 1
    }
    return true
  }

  /// Writes down an operation that was carried out.
  /// - Precondition: there is room.
  func append(
    _ record: OperationRecord, isRequest: Bool, _ first: Span<UInt8>, _ second: Span<UInt8>
  ) {
    if isRequest { last = record }
    let place = place(isRequest: isRequest)
    if place < end {
      // What lies there is overwritten from here on.
      (start, end, position) = (0, 0, 0)
      save()
    }
    let words = Self.words(first.count, second.count)
    let base = Self.firstEntry &+ place
    let flags: UInt64 = (record.wasOpen ? 1 : 0) | (last.opens ? 2 : 0)
    store.setWord(base, UInt64(record.kind.rawValue) | flags << 8 | UInt64(words) << 32)
    store.setWord(base &+ 1, last.mark.description)
    store.setWord(base &+ 2, last.mark.sequence)
    store.setWord(base &+ 3, last.result)
    for index in 0..<6 { store.setWord(base &+ 4 &+ index, record.numbers[index]) }
    store.setWord(base &+ 10, UInt64(first.count) | UInt64(second.count) << 32)
    let bytes = (base &+ Self.headWords) &* 8
    store.put(first, at: bytes)
    store.put(second, at: bytes &+ (first.count &+ 7) & ~7)
    store.setWord(base &+ words &- 1, UInt64(words))
    if start == end { start = place }
    end = place &+ words
    position = end
    save()
  }

  /// The entry at `place`.
  /// - Returns: also where the next one begins.
  func entry(
    at place: Int
  ) throws(OperationLogError) -> (OperationRecord, first: [UInt8], second: [UInt8], next: Int) {
    guard place <= end &- Self.headWords &- 1 else { throw .damaged }
    let base = Self.firstEntry &+ place
    let head = store.word(base)
    let lengths = store.word(base &+ 10)
    let (first, second) = (Int(lengths & 0xFFFF_FFFF), Int(lengths >> 32))
    guard let kind = OperationKind(rawValue: UInt8(truncatingIfNeeded: head)),
      Self.words(first, second) == Int(head >> 32), Int(head >> 32) <= end &- place
    else { throw .damaged }
    var record = OperationRecord(kind)
    record.wasOpen = head & 0x100 != 0
    record.opens = head & 0x200 != 0
    record.mark = RequestMark(
      description: store.word(base &+ 1), sequence: store.word(base &+ 2))
    record.result = store.word(base &+ 3)
    for index in 0..<6 { record.numbers[index] = store.word(base &+ 4 &+ index) }
    let bytes = (base &+ Self.headWords) &* 8
    return (
      record, self.bytes(bytes, first), self.bytes(bytes &+ (first &+ 7) & ~7, second),
      place &+ Int(head >> 32)
    )
  }

  private func bytes(_ place: Int, _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for index in place..<place &+ count { bytes.append(store.byte(at: index)) }
    return bytes
  }

  private func lastEntry() throws(OperationLogError) -> OperationRecord {
    let words = store.word(Self.firstEntry &+ end &- 1)
    guard words <= UInt64(end) else { throw .damaged }
    return try entry(at: end &- Int(words)).0
  }

  /// What the last request did to a file's contents.
  var lastChange: FileChange? {
    switch last.kind {
    case .write:
      FileChange(
        node: UInt32(truncatingIfNeeded: last.numbers[0]),
        range: last.numbers[1]..<last.numbers[1] &+ last.result, oldSize: last.numbers[4])
    case .truncate:
      FileChange(
        node: UInt32(truncatingIfNeeded: last.numbers[0]),
        range: last.numbers[1]..<last.numbers[1], oldSize: last.numbers[4])
    case .punch:
      FileChange(
        node: UInt32(truncatingIfNeeded: last.numbers[0]),
        range: last.numbers[1]..<max(last.numbers[1], last.numbers[5]), oldSize: last.numbers[4],
        isHole: true)
    default: nil
    }
  }

  /// What a request came to that was carried out before its server died. One server handles one
  /// request at a time, so this can only be the last.
  func result(of mark: RequestMark, opens: Bool) -> UInt64? {
    last.mark == mark && last.opens == opens ? last.result : nil
  }
}
