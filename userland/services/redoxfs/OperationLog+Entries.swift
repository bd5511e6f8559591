// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

// The entries of the log, written and read.
extension OperationLog {
  static func words(_ first: Int, _ second: Int) -> Int {
    headWords &+ (first &+ 7) / 8 &+ (second &+ 7) / 8 &+ 1
  }

  /// Where the next entry goes. With nothing left that the medium does not have, a request's goes to
  /// the beginning: the request before it was answered. Others do not, so that what that one came to
  /// stays known until then.
  private func place(isRequest: Bool) -> Int { start == end && isRequest ? 0 : end }

  /// Slots are pages from the last one on.
  var slotCapacity: Int { (Self.firstEntry &+ capacity) / 512 &- 1 }

  private func page(ofSlot slot: Int) -> Int { slotCapacity &- slot }

  /// The words that entries can take with so many slots behind them.
  func room(besides slots: Int) -> Int {
    min(capacity, (slotCapacity &+ 1 &- slots) &* 512 &- Self.firstEntry)
  }

  /// Whether a write of so many bytes at `offset` has them in a slot.
  static func usesSlot(_ count: Int, at offset: UInt64) -> Bool {
    count == 4096 && offset & 4095 == 0
  }

  /// Whether an entry with so many bytes fits. After a commit it does, if there is memory for it.
  func hasRoom(isRequest: Bool, _ first: Int, _ second: Int = 0, usesSlot: Bool = false) -> Bool {
    let place = place(isRequest: isRequest)
    let words = usesSlot ? Self.words(0, 0) : Self.words(first, second)
    let slot = slots.next
    let room = room(besides: max(slots.used, usesSlot ? slot &+ 1 : 0))
    guard place &+ words <= room &- (isRequest ? Self.slack : 0) else { return false }
    let pages = (Self.firstEntry &+ place &+ words &+ 511) / 512
    while backedPages < pages {
      guard store.hasMemory(forPage: backedPages) else { return false }
      backedPages &+= 1
    }
    if usesSlot, slot >= backedSlots {
      // After a predecessor's, slots are used from the first on after the next commit.
      guard store.hasMemory(forPage: page(ofSlot: slot)) else { return false }
      if slot == backedSlots { backedSlots &+= 1 }
    }
    readyEnd = min(backedPages &* 512 &- Self.firstEntry, room &- Self.slack)
    return true
  }

  /// Whether there is room for one more page: the same in short, for most.
  var isReadyForPage: Bool {
    slots.hasSpare && end &+ Self.headWords &+ 1 <= readyEnd
  }

  /// The slot that a write of so many bytes at `offset` will have them in, if it has.
  func slot(forWrite count: Int, at offset: UInt64) -> Int? {
    Self.usesSlot(count, at: offset) ? slots.next : nil
  }

  /// Copies what is in a slot.
  func copy(_ slot: Int, to place: Int, of bytes: inout [UInt8]) {
    var span = bytes.mutableSpan
    store.get(span._mutatingExtracting(place..<place &+ 4096), at: page(ofSlot: slot) &* 4096)
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
    if record.kind != .write {
      slots.endRun()
    } else if Self.usesSlot(first.count, at: record.numbers[1]) {
      return appendWrite(record, first, at: place)
    }
    let words = Self.words(first.count, second.count)
    put(record, words, UInt64(first.count) | UInt64(second.count) << 32, at: place)
    let bytes = (Self.firstEntry &+ place &+ Self.headWords) &* 8
    store.put(first, at: bytes)
    store.put(second, at: bytes &+ (first.count &+ 7) & ~7)
    count(words, at: place)
  }

  private func appendWrite(_ record: OperationRecord, _ page: Span<UInt8>, at place: Int) {
    let (slot, words) = (slots.take(), Self.words(0, 0))
    store.put(page, at: self.page(ofSlot: slot) &* 4096)
    var entry = InlineArray<12, UInt64>(repeating: UInt64(words))
    entry[0] = head(record, Self.isInSlot, words)
    entry[1] = last.mark.description
    entry[2] = last.mark.sequence
    entry[3] = last.result
    for index in 0..<6 { entry[4 &+ index] = record.numbers[index] }
    entry[10] = UInt64(page.count) | UInt64(slot) << 32
    store.setWords(Self.firstEntry &+ place, entry)
    count(words, at: place)
    let node = UInt32(truncatingIfNeeded: record.numbers[0])
    guard let old = slots.note(node, record.numbers[1], in: slot, entry: place) else { return }
    let base = Self.firstEntry &+ old.entry
    store.setWord(base, store.word(base) | Self.isReplaced)
    slots.free(old.slot)
  }

  /// An entry's first word.
  private func head(_ record: OperationRecord, _ flags: UInt64, _ words: Int) -> UInt64 {
    let flags = flags | (record.wasOpen ? 0x100 : 0) | (last.opens ? 0x200 : 0)
    return UInt64(record.kind.rawValue) | flags | UInt64(words) << 32
  }

  private func put(_ record: OperationRecord, _ words: Int, _ lengths: UInt64, at place: Int) {
    let base = Self.firstEntry &+ place
    store.setWord(base, head(record, 0, words))
    store.setWord(base &+ 1, last.mark.description)
    store.setWord(base &+ 2, last.mark.sequence)
    store.setWord(base &+ 3, last.result)
    for index in 0..<6 { store.setWord(base &+ 4 &+ index, record.numbers[index]) }
    store.setWord(base &+ 10, lengths)
    store.setWord(base &+ words &- 1, UInt64(words))
  }

  /// The entry at `place` counts.
  private func count(_ words: Int, at place: Int) {
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
    let isInSlot = head & Self.isInSlot != 0
    let first = isInSlot ? 0 : Int(lengths & 0xFFFF_FFFF)
    let second = isInSlot ? 0 : Int(lengths >> 32)
    guard let kind = OperationKind(rawValue: UInt8(truncatingIfNeeded: head)),
      Self.words(first, second) == Int(head >> 32), Int(head >> 32) <= end &- place
    else { throw .damaged }
    var record = OperationRecord(kind)
    record.isReplaced = head & Self.isReplaced != 0
    record.wasOpen = head & 0x100 != 0
    record.opens = head & 0x200 != 0
    record.mark = RequestMark(
      description: store.word(base &+ 1), sequence: store.word(base &+ 2))
    record.result = store.word(base &+ 3)
    for index in 0..<6 { record.numbers[index] = store.word(base &+ 4 &+ index) }
    let next = place &+ Int(head >> 32)
    if isInSlot {
      let page = self.page(ofSlot: try slot(of: base))
      return (record, record.isReplaced ? [] : bytes(page &* 4096, 4096), [], next)
    }
    let bytes = (base &+ Self.headWords) &* 8
    return (
      record, self.bytes(bytes, first), self.bytes(bytes &+ (first &+ 7) & ~7, second),
      next
    )
  }

  private func bytes(_ place: Int, _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for index in place..<place &+ count { bytes.append(store.byte(at: index)) }
    return bytes
  }

  func lastEntry() throws(OperationLogError) -> OperationRecord {
    let words = store.word(Self.firstEntry &+ end &- 1)
    guard words <= UInt64(end) else { throw .damaged }
    return try entry(at: end &- Int(words)).0
  }

  /// What a request came to that was carried out before its server died. One server handles one
  /// request at a time, so this can only be the last.
  func result(of mark: RequestMark, opens: Bool) -> UInt64? {
    last.mark == mark && last.opens == opens ? last.result : nil
  }
}
