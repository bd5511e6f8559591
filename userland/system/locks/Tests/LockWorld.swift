// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import FileLocks
import Memory

@testable import FileLocking
@testable import Schemes

/// What a server does that somebody else can notice, in its order.
enum Step {
  case store(index: Int, value: UInt64)
  case answer(tag: UInt, result: UInt)
}

/// Memory that outlives servers, and everything that the present one has done since the last look.
final class TestStore: WordStore {
  private(set) var words: [UInt64]
  var steps: [Step] = []

  init(words count: Int) { words = [UInt64](repeating: 0, count: count) }
  init(copy words: [UInt64]) { self.words = words }

  var byteCount: Int { words.count * 8 }
  func word(_ index: Int) -> UInt64 { words[index] }
  func setWord(_ index: Int, _ value: UInt64) {
    words[index] = value
    steps.append(.store(index: index, value: value))
  }
  func byte(at offset: Int) -> UInt8 { 0 }
  func put(_ bytes: Span<UInt8>, at offset: Int) {}
  func clear(_ range: Range<Int>) {}
}

/// The kernel as one server sees it.
final class TestSession: SchemeSession {
  let store: TestStore
  var open: [UInt64] = []
  /// Requests whose clients have ended.
  var gone: [UInt] = []

  init(_ store: TestStore) {
    self.store = store
    super.init(name: "files")
  }

  override func answer(_ tag: RequestTag, _ result: UInt, _ bytes: Span<UInt8>) -> Bool {
    if gone.contains(tag.rawValue) { return false }
    store.steps.append(.answer(tag: tag.rawValue, result: result))
    return true
  }
  override func isWaiting(_ tag: RequestTag) -> Bool { !gone.contains(tag.rawValue) }
  override func descriptions() throws(SystemError) -> [SchemeDescriptionRecord] {
    open.map { description in
      var record = SchemeDescriptionRecord()
      record.description = description
      return record
    }
  }
}

/// Files that can be locked, and nothing else.
struct LockedFiles: SchemeServer, ~Copyable {
  typealias File = UInt64
  var locks: LockService<TestStore>

  init(_ store: TestStore) {
    locks = LockService(
      LockMemory(find: { _ in store.word(0) == 0 ? nil : store }, make: { _ in store }))
  }

  mutating func start(_ session: SchemeSession) { locks.start(session) }
  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 { throw .notFound }
  mutating func close(_ file: UInt64, for request: inout Request) {
    locks.closed(request.description)
  }
  mutating func lock(
    _ file: UInt64, _ operation: LockOperation, start: UInt64, length: UInt64,
    for request: inout Request
  ) throws(SystemError) -> FileLockRecord? {
    try locks.lock(file, operation, start: start, length: length, for: &request)
  }
  mutating func cancel(_ tag: RequestTag, on file: UInt64, for request: inout Request) {
    _ = locks.cancel(tag)
  }
}

/// Message memory of the host.
struct Desk {
  let requests: SharedBytes
  let answers: SharedBytes
  let area: MessageArea

  init() {
    func memory(_ count: Int) -> SharedBytes {
      let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
      _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
      return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
    }
    requests = memory(4096)
    answers = memory(4096)
    area = unsafe MessageArea(requests: requests, answers: answers)
  }
}

/// A server, its clients' requests, and the kernel between them. The server can be killed after any
/// of its steps.
struct LockWorld: ~Copyable {
  private(set) var store: TestStore
  private var session: TestSession
  private var server: LockedFiles
  private let desk = Desk()
  /// Requests that have no answer, in the order in which they were made.
  private(set) var unanswered: [SchemeRequest] = []
  private var delivered = 0
  private var lastTag: UInt = 0
  private(set) var open: [UInt64]
  /// Results by tag.
  private(set) var results: [UInt: UInt] = [:]
  var record = FileLockRecord()
  private(set) var kills = 0

  init(descriptions: [UInt64], slots: Int = 64) {
    store = TestStore(words: 8 + 2 * (slots + 64) + 6 * slots)
    session = TestSession(store)
    server = LockedFiles(store)
    open = descriptions
    session.open = open
    server.start(session)
  }

  /// What the server's successor would find.
  var kept: LockTable { KeptLocks(takingUp: TestStore(copy: store.words))?.table ?? LockTable() }

  /// Makes a request; `deliver` has the server do it.
  mutating func request(
    _ operation: LockOperation, file: UInt64 = 1, _ start: UInt64 = 0, _ length: UInt64 = 0,
    by description: UInt64, sequence: UInt64 = 0
  ) -> UInt {
    lastTag += 1
    var record = SchemeRequest()
    record.tag = lastTag
    record.operation = SchemeOperation.lock.rawValue
    record.code = operation.rawValue
    record.word = file
    record.description = description
    record.sequence = sequence == 0 ? UInt64(lastTag) : sequence
    record.first = start
    record.second = length
    record.outputCount = 32
    record.caller.process = UInt32(description)
    unanswered.append(record)
    return lastTag
  }

  var hasUndelivered: Bool { delivered < unanswered.count }

  /// Has the server handle the oldest request that it has not seen.
  /// - Parameter steps: it is killed after so many; `nil` lets it live.
  mutating func deliver(killingAfter steps: Int? = nil) {
    let record = unanswered[delivered]
    delivered += 1
    perform(record, killingAfter: steps)
  }

  private mutating func perform(_ record: SchemeRequest, killingAfter limit: Int?) {
    let before = store.words
    store.steps = []
    desk.requests.store(record, at: 0)
    let answer = server.dispatch(desk.area, session)
    if answer.tag != 0, record.operation == SchemeOperation.lock.rawValue {
      store.steps.append(.answer(tag: answer.tag, result: answer.result))
      if answer.data.count == 32 {
        self.record = desk.answers.load(at: 0, as: FileLockRecord.self)
      }
    }
    let steps = store.steps
    let limit = min(limit ?? steps.count, steps.count)
    for step in steps.prefix(limit) {
      guard case .answer(let tag, let result) = step else { continue }
      results[tag] = result
      forget(tag)
    }
    if limit < steps.count { restart(from: before, steps.prefix(limit)) }
  }

  private mutating func forget(_ tag: UInt) {
    guard let index = unanswered.firstIndex(where: { $0.tag == tag }) else { return }
    unanswered.remove(at: index)
    if index < delivered { delivered -= 1 }
  }

  /// Kills the server between two requests.
  mutating func kill() { restart(from: store.words, []) }

  private mutating func restart(from words: [UInt64], _ steps: ArraySlice<Step>) {
    kills += 1
    let copy = TestStore(copy: words)
    for case .store(let index, let value) in steps { copy.setWord(index, value) }
    store = copy
    let gone = session.gone
    session = TestSession(store)
    session.gone = gone
    session.open = open
    server = LockedFiles(store)
    server.start(session)
    for index in 0..<delivered { unanswered[index].flags |= SchemeRequest.again }
    delivered = 0
  }

  /// The last handle of a description closes.
  mutating func close(_ description: UInt64, killingAfter steps: Int? = nil) {
    open.removeAll { $0 == description }
    session.open = open
    for request in unanswered where request.description == description {
      session.gone.append(request.tag)
      forget(request.tag)
    }
    let kills = kills
    perform(newsOfClosing(description), killingAfter: steps)
    // The kernel tells it again.
    if self.kills != kills { perform(newsOfClosing(description), killingAfter: nil) }
  }

  mutating func opened(_ description: UInt64) {
    open.append(description)
    session.open = open
  }

  private func newsOfClosing(_ description: UInt64) -> SchemeRequest {
    var record = SchemeRequest()
    record.operation = SchemeOperation.close.rawValue
    record.tag = 1 << 40
    record.word = 1
    record.description = description
    return record
  }

  /// A signal for the client of a request that the server has.
  mutating func interrupt(_ tag: UInt) {
    var record = SchemeRequest()
    record.operation = SchemeOperation.cancel.rawValue
    record.tag = 1 << 41
    record.word = 1
    record.first = UInt64(tag)
    perform(record, killingAfter: nil)
  }

  /// The client of a request ends, and its description stays open elsewhere.
  mutating func endClient(of tag: UInt) {
    session.gone.append(tag)
    forget(tag)
  }

  /// Makes a request and lets it be handled at once.
  mutating func ask(
    _ operation: LockOperation, _ start: UInt64 = 0, _ length: UInt64 = 0,
    by description: UInt64
  ) -> UInt? {
    let tag = request(operation, start, length, by: description)
    while hasUndelivered { deliver() }
    return results[tag]
  }
}

/// The result word of a refusal.
func word(_ error: SystemError) -> UInt { CallResult(error).rawValue }
