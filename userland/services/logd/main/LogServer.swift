// SPDX-License-Identifier: MIT
import LogKeeping
import Schemes
import System

/// The scheme `log`: what is kept, who waits for more, and where it is copied to.
struct LogServer: SchemeServer, ~Copyable {
  typealias File = LogFile

  private var book: LogBook
  private var session = SchemeSession(name: "log")
  private var kernelLog: KernelLog?
  private var sinks = OpenSinks()
  /// Readers at the end of the log. They are no part of the state: those that a dead server owed
  /// come again.
  private var waiting: [Reader] = []
  /// Files that somebody watches.
  private var watched: [LogFile] = []
  private var lastSerial = Clock.now().nanoseconds >> 10

  private struct Reader {
    let tag: RequestTag
    let position: UInt64
    let count: Int
  }

  /// Bytes that one postponed answer brings.
  private static var answerBytes: Int { 16_384 }

  init(_ book: consuming LogBook) { self.book = book }

  mutating func start(_ session: SchemeSession) {
    self.session = session
    do throws(SystemError) { kernelLog = try KernelLog(session) } catch {
      book.say(.error, at: now) { line in
        line.put("the kernel's log cannot be read: ")
        line.put(error.explanation)
      }
      book.commit()
    }
    sinks.openAll(&book, at: now)
    refresh()
  }

  private var now: UInt64 { Clock.now().nanoseconds }

  /// Takes what the kernel's log has, so that everything comes in its order.
  private mutating func takeKernel() { kernelLog?.take(into: &book) }

  /// Passes on what is new.
  private mutating func spread() {
    answerReaders()
    for file in watched { session.signal(file.word, .readable | .writable) }
    sinks.copy(&book, at: now)
  }

  private mutating func refresh() {
    let before = book.end
    takeKernel()
    if book.end != before { spread() }
  }

  // MARK: Requests

  mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? {
    book.result(of: mark(request)).map { UInt(truncatingIfNeeded: $0) }
  }

  private func mark(_ request: borrowing Request) -> LogMark {
    LogMark(description: request.description, sequence: request.sequence)
  }

  mutating func open(
    _ path: consuming RequestPath, below directory: LogFile, for request: inout Request
  ) throws(SystemError) -> LogFile {
    guard directory.kind == .root else { throw .notDirectory }
    let kind = try LogFile.kind(
      Text(path.bytes), request.openFlags, user: request.caller.user)
    takeKernel()
    lastSerial &+= 1
    return LogFile(kind, serial: lastSerial, base: book.firstLine())
  }

  mutating func close(_ file: LogFile, for request: inout Request) {
    watched.removeAll { $0 == file }
    guard book.close(request.description, at: now) else { return }
    book.commit()
    spread()
  }

  mutating func read(
    _ file: LogFile, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    guard file.kind != .root, file.kind != .sinks else { throw .accessDenied }
    refresh()
    let (position, overflow) = file.base.addingReportingOverflow(offset)
    guard !overflow else { throw .invalidArgument }
    if position < book.end { return try book.read(at: position, into: &output) }
    switch file.kind {
    case .followWithoutWaiting:
      if watched.contains(file) { session.signal(file.word, .writable) }
      throw .wouldBlock
    case .follow:
      guard request.outputCount > 0 else { return }
      waiting.append(
        Reader(tag: request.postpone(), position: position, count: request.outputCount))
    default: return
    }
  }

  private mutating func answerReaders() {
    var left: [Reader] = []
    for reader in waiting {
      guard reader.position < book.end else {
        left.append(reader)
        continue
      }
      answer(reader)
    }
    waiting = left
  }

  private func answer(_ reader: Reader) {
    do throws(SystemError) {
      let room = min(reader.count, Self.answerBytes)
      let bytes = try [UInt8](capacity: room) { (output) throws(SystemError) in
        try book.read(at: reader.position, into: &output)
      }
      session.answer(reader.tag, bytes.span)
    } catch { session.answer(reader.tag, error) }
  }

  mutating func cancel(_ tag: RequestTag, on file: LogFile, for request: inout Request) {
    guard let index = waiting.firstIndex(where: { $0.tag == tag }) else { return }
    waiting.remove(at: index)
    session.answer(tag, .interrupted)
  }

  mutating func write(
    _ file: LogFile, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    guard file.kind != .sinks else {
      try changeSinks(Text(bytes), request)
      return bytes.count
    }
    takeKernel()
    let writer = LogWriter(
      description: request.description, process: request.caller.process)
    let count = book.take(bytes, from: writer, at: now)
    book.note(mark(request), UInt64(count))
    book.commit()
    spread()
    return count
  }

  /// A path is added, or taken away with a minus before it.
  private mutating func changeSinks(
    _ text: Text, _ request: borrowing Request
  ) throws(SystemError) {
    guard text.hasPrefix("-") else {
      return try addSink(LogFile.sinkPath(text), nil, request, result: UInt64(text.count))
    }
    try sinks.remove(LogFile.sinkPath(text[1...]), from: &book)
    book.note(mark(request), UInt64(text.count))
    book.commit()
  }

  /// A client passes an open file to copy to; a successor finds it by its path.
  mutating func receive(
    _ handle: Handle, on file: LogFile, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt {
    guard file.kind == .sinks else { throw .notSupported }
    let path = LogFile.sinkPath(try handle.path())
    try addSink(path, handle, request, result: 0)
    return 0
  }

  private mutating func addSink(
    _ path: Text, _ handle: Handle?, _ request: borrowing Request, result: UInt64
  ) throws(SystemError) {
    try sinks.add(path, handle, to: &book)
    book.note(mark(request), result)
    book.commit()
    sinks.copy(&book, at: now)
  }

  mutating func status(
    _ file: LogFile, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    takeKernel()
    var status = FileStatus()
    status.inode = file.kind.rawValue + 1
    status.links = 1
    switch file.kind {
    case .root, .log:
      status.mode = FileMode.regular | 0o666
      status.size = book.end - (file.kind == .root ? book.firstLine() : file.base)
    case .follow, .followWithoutWaiting: status.mode = FileMode.characterDevice | 0o666
    case .sinks: status.mode = FileMode.characterDevice | 0o200
    }
    return status
  }

  mutating func path(
    _ file: LogFile, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    switch file.kind {
    case .root, .log: break
    case .follow, .followWithoutWaiting: output.put("follow")
    case .sinks: output.put("add_sink")
    }
  }

  mutating func truncate(
    _ file: LogFile, to length: UInt64, for request: inout Request
  ) throws(SystemError) {
    // Shells truncate what they redirect to. Nothing is ever taken out of the log.
    guard length == 0 else { throw .invalidArgument }
  }

  // MARK: Events

  mutating func watch(_ file: LogFile, _ events: EventSet, for request: inout Request) {
    watched.removeAll { $0 == file }
    guard !events.isEmpty else { return }
    watched.append(file)
    // Where its reader is only the next read tells.
    session.signal(file.word, .readable | .writable)
  }

  /// There is more of the kernel's log.
  mutating func handle(_ event: EventRecord) { refresh() }
}
