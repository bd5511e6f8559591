// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes
import Testing

@testable import Exchange

/// Memory of the host. At a store of the test's choosing it is written down as it is then: what a
/// successor of a server that dies there finds.
final class TestStore: WordStore {
  private(set) var words: [UInt64]
  private var storesLeft = Int.max
  private(set) var atDeath: [UInt64]?

  init(_ words: [UInt64]) { self.words = words }

  /// The server dies before it makes so many more stores.
  func die(after stores: Int) { storesLeft = stores }
  var isDead: Bool { atDeath != nil }
  func dieNow() { if atDeath == nil { atDeath = words } }

  private func count() {
    if storesLeft == 0, atDeath == nil { atDeath = words }
    storesLeft -= 1
  }

  var byteCount: Int { words.count * 8 }
  func word(_ index: Int) -> UInt64 { words[index] }
  func setWord(_ index: Int, _ value: UInt64) {
    count()
    words[index] = value
  }
  func byte(at offset: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: words[offset / 8] >> UInt64(offset % 8 * 8))
  }
  func put(_ bytes: Span<UInt8>, at offset: Int) {
    for index in bytes.indices {
      let place = offset + index
      let shift = UInt64(place % 8 * 8)
      if index % 8 == 0 { count() }
      words[place / 8] = words[place / 8] & ~(0xFF << shift) | UInt64(bytes[index]) << shift
    }
  }
  func clear(_ range: Range<Int>) { for offset in range { put([0].span, at: offset) } }
}

/// An answer as its client gets it.
struct TestAnswer {
  var result: UInt = 0
  var bytes: [UInt8] = []
  /// The file that was opened.
  var file: UInt64?
  /// What was passed.
  var object: Int?

  var error: SystemError? {
    result > UInt.max - 4096 ? SystemError(rawValue: UInt16(0 &- result)) : nil
  }
}

/// The kernel's part: open files, requests until they are answered, handles that it keeps.
final class TestKernel: SchemeSession {
  private struct Asked {
    var record: SchemeRequest
    var input: [UInt8]
    var object: Int?
  }

  var store: TestStore?
  private var asked: [Asked] = []
  private(set) var answers: [UInt: TestAnswer] = [:]
  /// Open files: word and requests so far, by number.
  private(set) var files: [UInt64: (word: UInt64, sequence: UInt64)] = [:]
  private var lastTag: UInt = 0
  private var lastFile: UInt64 = 0
  private(set) var kept: [Int: Int] = [:]
  private(set) var held: [UInt32: Int] = [:]
  private var lastHandle: UInt32 = 100
  private(set) var events: [UInt64: EventSet] = [:]
  var caller = CallerIdentity()

  private var isDead: Bool { store?.isDead ?? false }

  func openRoots() { for word in 0..<UInt64(4) { files[word] = (word, 0) }; lastFile = 100 }

  func makeHandle(_ object: Int) -> Handle {
    lastHandle += 1
    held[lastHandle] = object
    return Handle(rawValue: lastHandle)
  }

  /// A new request on a file.
  func ask(
    _ operation: SchemeOperation, _ file: UInt64, code: UInt32 = 0, first: UInt64 = 0,
    second: UInt64 = 0, _ input: [UInt8] = [], room: Int = 0, passing object: Int? = nil
  ) -> UInt {
    lastTag += 1
    files[file]?.sequence += 1
    var record = SchemeRequest()
    record.tag = lastTag
    record.operation = operation.rawValue
    record.code = code
    record.word = files[file]?.word ?? 0
    record.sequence = files[file]?.sequence ?? 0
    record.description = file
    record.caller = caller
    record.first = first
    record.second = second
    record.inputCount = UInt64(input.count)
    record.outputCount = UInt64(room)
    asked.append(Asked(record: record, input: input, object: object))
    return lastTag
  }

  /// Gives a request to a server.
  func deliver(_ tag: UInt, to server: inout TestServer, again: Bool = false) {
    guard let next = asked.first(where: { $0.record.tag == tag }) else { return }
    var record = next.record
    if again { record.flags |= SchemeRequest.again }
    if let object = next.object {
      record.flags |= SchemeRequest.hasHandle
      record.third = UInt64(makeHandle(object).rawValue)
    }
    let answer = server.take(record, next.input, self)
    guard answer.tag != 0 else { return }
    finish(
      RequestTag(rawValue: answer.tag), answer.result, server.bytes(answer), answer.flags)
  }

  private func finish(
    _ tag: RequestTag, _ result: UInt, _ bytes: [UInt8], _ flags: AnswerFlags
  ) {
    guard !isDead, let index = asked.firstIndex(where: { $0.record.tag == tag.rawValue }) else {
      return
    }
    let next = asked.remove(at: index)
    var answer = TestAnswer(
      result: result, bytes: Array(bytes.prefix(Int(next.record.outputCount))))
    if flags.contains(.opened), answer.error == nil {
      lastFile += 1
      files[lastFile] = (UInt64(result), 0)
      answer.file = lastFile
    }
    if flags.contains(.passHandle) { answer.object = held.removeValue(forKey: UInt32(result)) }
    if flags.contains(.passKept) { answer.object = kept.removeValue(forKey: Int(result)) }
    answers[tag.rawValue] = answer
  }

  func close(_ file: UInt64, at server: inout TestServer) {
    guard let closed = files.removeValue(forKey: file) else { return }
    var record = SchemeRequest()
    record.tag = 1 << 60
    record.operation = SchemeOperation.close.rawValue
    record.word = closed.word
    record.description = file
    _ = server.take(record, [], self)
    if isDead { closing.append(record) }
  }
  /// News that a dead server had taken.
  private var closing: [SchemeRequest] = []

  func watch(_ file: UInt64, _ events: EventSet, at server: inout TestServer) {
    var record = SchemeRequest()
    record.operation = SchemeOperation.watch.rawValue
    record.word = files[file]?.word ?? 0
    record.first = UInt64(events.rawValue)
    _ = server.take(record, [], self)
  }

  /// A client dies while it waits.
  func forget(_ tag: UInt) { asked.removeAll { $0.record.tag == tag } }

  func events(of file: UInt64) -> EventSet { events[files[file]?.word ?? 0] ?? EventSet() }

  /// The answer, if it has come.
  func answer(_ tag: UInt) -> TestAnswer? { answers.removeValue(forKey: tag) }

  /// A successor takes what the dead server owed, then has nothing more to take.
  func revive(_ server: inout TestServer, on words: [UInt64], diesAfter stores: Int?) throws {
    let store = TestStore(words)
    if let stores { store.die(after: stores) }
    self.store = store
    held = [:]
    try server.restart(store, self)
    for record in closing where !store.isDead { _ = server.take(record, [], self) }
    for tag in asked.map(\.record.tag) where !store.isDead {
      deliver(tag, to: &server, again: true)
    }
    if !store.isDead { server.wake() }
    if !store.isDead { closing = [] }
  }

  // MARK: What a server does

  override func answer(_ tag: RequestTag, _ result: UInt, _ bytes: Span<UInt8>) -> Bool {
    let isThere = asked.contains { $0.record.tag == tag.rawValue }
    finish(tag, result, Text(bytes).bytes, AnswerFlags())
    return isThere
  }
  override func answer(_ tag: RequestTag, opening word: UInt64, isStream: Bool) -> Bool {
    let isThere = asked.contains { $0.record.tag == tag.rawValue }
    finish(tag, UInt(word), [], .opened)
    return isThere
  }
  override func answer(_ tag: RequestTag, passingKept place: Int) {
    finish(tag, UInt(place), [], .passKept)
    if !isDead { kept[place] = nil }
  }
  override func keep(_ handle: Handle, at place: Int) throws(SystemError) {
    guard let object = held[handle.rawValue] else { throw .badHandle }
    if isDead { return }
    held[handle.rawValue] = nil
    kept[place] = object
  }
  override func copyKept(_ place: Int) throws(SystemError) -> Handle {
    guard let object = kept[place] else { throw .notFound }
    return makeHandle(object)
  }
  override func dropKept(_ place: Int) { if !isDead { kept[place] = nil } }
  override func signal(_ word: UInt64, _ events: EventSet) { self.events[word] = events }
  override func close(_ handle: Handle) { held[handle.rawValue] = nil }
  override func read(
    _ tag: RequestTag, at offset: Int, into bytes: consuming MutableSpan<UInt8>
  ) throws(SystemError) -> Int {
    guard let next = asked.first(where: { $0.record.tag == tag.rawValue }) else { throw .gone }
    let count = min(bytes.count, next.input.count - offset)
    for index in 0..<count { bytes[index] = next.input[offset + index] }
    return count
  }
  override func descriptions() throws(SystemError) -> [SchemeDescriptionRecord] {
    files.map { number, file in
      var record = SchemeDescriptionRecord()
      record.description = number
      record.word = file.word
      return record
    }
  }
}

/// Memory objects are numbers here; random numbers are not.
struct TestSystem: ExchangeSystem {
  let kernel: TestKernel
  func makeMemory(_ byteCount: UInt64) throws(SystemError) -> Handle {
    kernel.makeHandle(1_000_000 + Int(byteCount))
  }
  func resizeMemory(_ handle: Handle, to byteCount: UInt64) throws(SystemError) {}
  func random() -> UInt64 { 0x1234_5678_9ABC_DEF0 }
}

/// A server with message memory of the host.
struct TestServer: ~Copyable {
  static let ringBytes = 2048
  static let storeBytes = 131_072
  private let requests: SharedBytes
  private let output: SharedBytes
  private let area: MessageArea
  private(set) var server: ExchangeServer<TestStore, TestSystem>

  init(_ kernel: TestKernel) throws {
    func memory(_ count: Int) -> SharedBytes {
      let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
      _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
      return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
    }
    requests = memory(8192)
    output = memory(8192)
    area = unsafe MessageArea(requests: requests, answers: output)
    let store = TestStore([UInt64](repeating: 0, count: Self.storeBytes / 8))
    kernel.store = store
    let exchange = try Exchange.takenUp(from: store, now: 5, ringBytes: Self.ringBytes)
    server = ExchangeServer(exchange, TestSystem(kernel: kernel))
    server.start(kernel)
  }

  mutating func restart(_ store: TestStore, _ kernel: TestKernel) throws {
    let exchange = try Exchange.takenUp(from: store, now: 6, ringBytes: Self.ringBytes)
    server = ExchangeServer(exchange, TestSystem(kernel: kernel))
    server.start(kernel)
  }

  mutating func wake() { server.wake() }

  mutating func take(
    _ record: SchemeRequest, _ input: [UInt8], _ kernel: TestKernel
  ) -> Answer {
    requests.store(record, at: 0)
    requests.copy(input.span, to: 128)
    return server.dispatch(area, kernel)
  }

  func bytes(_ answer: Answer) -> [UInt8] {
    guard answer.data.address == output.address else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(answer.data.count))
    var span = bytes.mutableSpan
    output.copy(from: 0, to: &span)
    return bytes
  }
}
