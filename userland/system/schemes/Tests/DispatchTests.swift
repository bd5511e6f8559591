// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Testing

@testable import Schemes

/// Message memory of the host, filled as the kernel fills it.
private struct Desk {
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
    answers = memory(8192)
    area = unsafe MessageArea(requests: requests, answers: answers)
  }

  func put(_ record: SchemeRequest, _ input: Text = "") {
    var record = record
    record.inputCount = UInt64(input.count)
    requests.store(record, at: 0)
    requests.copy(input.span, to: 128)
  }

  func text(_ answer: Answer) -> Text {
    var bytes = [UInt8](repeating: 0, count: Int(answer.data.count))
    var span = bytes.mutableSpan
    answers.copy(from: 0, to: &span)
    return Text(bytes)
  }
}

/// A file with text in it, a directory, and what servers do beside that.
private struct Notes: SchemeServer, ~Copyable {
  enum File: UInt64, SchemeFile {
    case root = 0
    case note = 1
  }

  var text: Text = "hello"
  var postponed: RequestTag?
  var renamed: (Text, Text)?
  var replies: UInt?
  var askedFlags: OpenFlags?

  mutating func status(
    _ path: consuming RequestPath, below directory: File, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) -> FileStatus {
    guard path == "note", directory == .root else { throw .notFound }
    askedFlags = flags
    return FileStatus()
  }

  mutating func open(
    _ path: consuming RequestPath, below directory: File, for request: inout Request
  ) throws(SystemError) -> File {
    var path = path
    guard let name = try path.next() else { return .root }
    guard name.equals("note"), directory == .root else { throw .notFound }
    if request.openFlags.contains(.nonBlocking) { request.opensStream() }
    return .note
  }

  mutating func read(
    _ file: File, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    guard file == .note else { throw .isDirectory }
    if offset == 1000 {
      postponed = request.postpone()
      return
    }
    let start = min(Int(clamping: offset), text.count)
    output.append(copying: text.span.extracting(start..<text.count))
  }

  mutating func write(
    _ file: File, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    text = Text(bytes)
    return bytes.count
  }

  mutating func status(
    _ file: File, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.size = UInt64(text.count)
    return status
  }

  mutating func path(
    _ file: File, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) { output.put("note") }

  mutating func readDirectory(
    _ file: File, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    guard file == .root else { throw .notDirectory }
    if cookie < 1, !list.add("note", .regular, inode: 1, cookie: 1) { return }
    if cookie < 2 { _ = list.add("other", .directory, inode: 2, cookie: 2) }
  }

  mutating func rename(
    _ path: consuming RequestPath, below directory: File,
    to newPath: consuming RequestPath, below newDirectory: File, for request: inout Request
  ) throws(SystemError) { renamed = (Text(path.bytes), Text(newPath.bytes)) }

  mutating func call(
    _ file: File, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    guard code == 7 else { throw .noSystemCall }
    output.put(input)
    return 70
  }

  mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? { replies }
}

/// A server that leaves out what can be left out.
private struct Silent: SchemeServer, ~Copyable {
  typealias File = UInt64

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 { 0 }
}

@Suite("Dispatch")
struct DispatchTests {
  private let desk = Desk()
  private let session = SchemeSession(name: "notes")

  private func request(_ operation: SchemeOperation, word: UInt64 = 1) -> SchemeRequest {
    var record = SchemeRequest()
    record.tag = 42
    record.operation = operation.rawValue
    record.word = word
    record.outputCount = 4096
    return record
  }

  private func ask(
    _ server: inout Notes, _ record: SchemeRequest, _ input: Text = ""
  ) -> Answer {
    desk.put(record, input)
    return server.dispatch(desk.area, session)
  }

  @Test func anOpenAnswersWithTheFilesWord() {
    var server = Notes()
    var record = request(.open, word: 0)
    let answer = ask(&server, record, "//./note")
    #expect(answer.tag == 42 && answer.result == 1 && answer.flags == .opened)
    record.first = UInt64(OpenFlags.nonBlocking.rawValue)
    let stream = ask(&server, record, "note")
    #expect(stream.flags == .opened | .stream)
    let missing = ask(&server, record, "none")
    #expect(missing.result == CallResult(.notFound).rawValue && missing.flags.isEmpty)
    let above = ask(&server, record, "../note")
    #expect(above.result == CallResult(.invalidArgument).rawValue)
  }

  @Test func readsGetWhatFitsAndWritesWhatWasSent() {
    var server = Notes()
    var record = request(.read)
    record.first = 1
    record.outputCount = 3
    let answer = ask(&server, record)
    #expect(answer.result == 3)
    #expect(desk.text(answer) == "ell")
    let written = ask(&server, request(.write), "new text")
    #expect(written.result == 8)
    #expect(server.text == "new text")
  }

  @Test func aPathCanBeAskedAbout() {
    var server = Notes()
    var record = request(.statusAt, word: 0)
    record.first = UInt64(OpenFlags.noFollow.rawValue)
    record.outputCount = 96
    let answer = ask(&server, record, "note")
    #expect(answer.tag == 42 && answer.result == 96 && answer.data.count == 96)
    #expect(server.askedFlags == .noFollow && answer.flags.isEmpty)
    record.outputCount = 10
    #expect(ask(&server, record, "note").data.count == 10)
    #expect(ask(&server, record, "none").result == CallResult(.notFound).rawValue)
    record.word = 77
    #expect(ask(&server, record, "note").result == CallResult(.gone).rawValue)
    // A server that leaves it out says so, and its clients open the file.
    var other = Silent()
    record.word = 0
    desk.put(record, "note")
    #expect(other.dispatch(desk.area, session).result == CallResult(.notSupported).rawValue)
  }

  @Test func aPostponedRequestIsNotAnswered() {
    var server = Notes()
    var record = request(.read)
    record.first = 1000
    let answer = ask(&server, record)
    #expect(answer.tag == 0)
    #expect(server.postponed == RequestTag(rawValue: 42))
  }

  @Test func aRepeatedRequestIsAnsweredFromMemory() {
    var server = Notes()
    server.replies = 5
    var record = request(.write)
    record.flags = SchemeRequest.again
    let answer = ask(&server, record, "again")
    #expect(answer.result == 5)
    #expect(server.text == "hello")
  }

  @Test func pathsBeginWithTheScheme() {
    var server = Notes()
    let answer = ask(&server, request(.path))
    #expect(desk.text(answer) == "/scheme/notes/note")
  }

  @Test func listsHoldWholeRecords() {
    var server = Notes()
    var record = request(.readDirectory, word: 0)
    let all = ask(&server, record)
    #expect(all.result == 64)
    record.outputCount = 40
    let one = ask(&server, record)
    #expect(one.result == 32)
    record.outputCount = 20
    let none = ask(&server, record)
    #expect(none.result == CallResult(.invalidArgument).rawValue)
    record.first = 2
    let end = ask(&server, record)
    #expect(end.result == 0)
  }

  @Test func namesOfARenameAreTakenApart() {
    var server = Notes()
    var record = request(.rename, word: 0)
    record.second = 3
    let answer = ask(&server, record, "oldnewer")
    #expect(answer.result == 0)
    let names = server.renamed
    #expect(names?.0 == "old" as Text && names?.1 == "newer" as Text)
    record.second = 100
    let wrong = ask(&server, record, "oldnewer")
    #expect(wrong.result == CallResult(.invalidArgument).rawValue)
  }

  @Test func callsBringResultAndBytes() {
    var server = Notes()
    var record = request(.call)
    record.code = 7
    let answer = ask(&server, record, "ping")
    #expect(answer.result == 70)
    #expect(desk.text(answer) == "ping")
    record.code = 8
    let unknown = ask(&server, record)
    #expect(unknown.result == CallResult(.noSystemCall).rawValue)
  }

  @Test func whatIsLeftOutAndWhatIsUnknownIsRefused() {
    var server = Notes()
    let truncated = ask(&server, request(.truncate))
    #expect(truncated.result == CallResult(.notSupported).rawValue)
    let mapped = ask(&server, request(.map))
    #expect(mapped.result == CallResult(.noDevice).rawValue)
    let stale = ask(&server, request(.read, word: 99))
    #expect(stale.result == CallResult(.gone).rawValue)
    desk.put(request(.read))
    desk.requests.store(UInt8(200), at: 8)
    let unknown = server.dispatch(desk.area, session)
    #expect(unknown.result == CallResult(.noSystemCall).rawValue)
    let size = ask(&server, request(.size))
    #expect(size.result == 5)
  }
}

@Suite("ClientLedger")
struct ClientLedgerTests {
  @Test func eachAccountHasItsLimit() throws {
    var ledger = ClientLedger<2>(limit: 3)
    try ledger.charge(1, 3)
    #expect(throws: SystemError.quotaExceeded) { try ledger.charge(1) }
    try ledger.charge(2)
    #expect(throws: SystemError.quotaExceeded) { try ledger.charge(3) }
    ledger.release(2)
    try ledger.charge(3, 2)
    #expect(ledger.used(by: 1) == 3 && ledger.used(by: 2) == 0 && ledger.used(by: 3) == 2)
    #expect(throws: SystemError.quotaExceeded) { try ledger.charge(3, UInt32.max) }
  }
}

@Suite("Replay")
struct ReplayTests {
  @Test func onlyTheRequestThatWasCarriedOutIsAnsweredAgain() throws {
    let desk = Desk()
    let memory = desk.answers
    let replay = try Replay(in: memory, descriptions: 4)
    var record = SchemeRequest()
    record.description = 1 << 32 | 6
    record.sequence = 9
    desk.put(record)
    try replay.record(Request(desk.area), 77)
    let first = replay.result(of: Request(desk.area))
    #expect(first == nil)
    record.flags = SchemeRequest.again
    desk.put(record)
    let successor = try Replay(in: memory, descriptions: 4)
    let again = successor.result(of: Request(desk.area))
    #expect(again == 77)
    record.sequence = 10
    desk.put(record)
    let next = successor.result(of: Request(desk.area))
    #expect(next == nil)
    for index: UInt64 in 0..<3 {
      record.description = 2 << 32 | index
      desk.put(record)
      try successor.record(Request(desk.area), 1)
    }
    record.description = 99
    desk.put(record)
    #expect(throws: SystemError.quotaExceeded) {
      try successor.record(Request(desk.area), 1)
    }
    successor.forget(2 << 32)
    try successor.record(Request(desk.area), 1)
  }
}
