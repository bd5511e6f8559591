// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// What to answer a request with: the arguments of the call that does it.
public struct Answer: BitwiseCopyable, Sendable {
  /// The request, or zero if it will be answered later.
  public var tag: UInt = 0
  /// The reply word, or a negated error.
  public var result: UInt = 0
  public var data = UserSpan()
  public var flags = AnswerFlags()
  @inline(__always) public init() {}
}

extension SchemeServer where Self: ~Copyable {
  /// Has the server do what the request in `area` asks.
  ///
  /// What is asked most often is done here, where it becomes part of the loop; the rest has a
  /// function of its own, with a request of its own, so that nothing of it lies in memory here.
  @inline(__always)
  public mutating func dispatch(_ area: MessageArea, _ session: SchemeSession) -> Answer {
    let operation = area.record.operation
    guard
      operation == SchemeOperation.call.rawValue || operation == SchemeOperation.read.rawValue
        || operation == SchemeOperation.write.rawValue
    else { return dispatchOthers(area, session) }
    var request = Request(area)
    var answer = Answer()
    answer.tag = area.record.tag
    do throws(SystemError) {
      try run(operation, area, &request, &answer)
    } catch {
      answer.result = CallResult(error).rawValue
      answer.data = UserSpan()
    }
    if request.isPostponed { answer.tag = 0 }
    return answer
  }

  @inline(__always)
  private mutating func run(
    _ operation: UInt8, _ area: MessageArea, _ request: inout Request, _ answer: inout Answer
  ) throws(SystemError) {
    if request.isRepeated, let result = resultOfRepeated(request) {
      answer.result = result
      return
    }
    let file = try file(area)
    switch operation {
    case SchemeOperation.read.rawValue:
      let count = try area.withOutput { (output) throws(SystemError) in
        try read(file, into: &output, at: area.record.first, for: &request)
      }
      answer.data = request.lent ?? area.answer(count)
      answer.result = answer.data.count
    case SchemeOperation.write.rawValue:
      answer.result = try area.withInput { (input) throws(SystemError) in
        UInt(
          truncatingIfNeeded:
            try write(file, from: input, at: area.record.first, for: &request))
      }
    default:
      var result: UInt = 0
      let count = try area.withOutput { (output) throws(SystemError) in
        try area.withInput { (input) throws(SystemError) in
          result = try call(file, area.record.code, input, into: &output, for: &request)
        }
      }
      answer.data = request.lent ?? area.answer(count)
      answer.result = result
    }
  }

  /// The file that the request is on.
  @inline(__always)
  private func file(_ area: MessageArea) throws(SystemError) -> File {
    guard let file = File(word: area.record.word) else { throw .gone }
    return file
  }
}

// What is asked less often, out of the way of the loop.
extension SchemeServer where Self: ~Copyable {
  @inline(never)
  private mutating func dispatchOthers(_ area: MessageArea, _ session: SchemeSession) -> Answer {
    var request = Request(area)
    var answer = Answer()
    answer.tag = area.record.tag
    do throws(SystemError) {
      if request.isRepeated, let result = resultOfRepeated(request) {
        answer.result = result
        closePassed(area.record, session)
      } else {
        guard let operation = area.operation else { throw SystemError.noSystemCall }
        try runOthers(operation, area, session, &request, &answer)
      }
    } catch {
      answer.result = CallResult(error).rawValue
      answer.data = UserSpan()
      answer.flags = AnswerFlags()
      closePassed(area.record, session)
    }
    if request.isPostponed { answer.tag = 0 }
    return answer
  }

  /// Closes the handle that came with a request and that the server did not take: else clients could
  /// fill its table.
  private func closePassed(_ record: SchemeRequest, _ session: SchemeSession) {
    guard record.flags & SchemeRequest.hasHandle != 0 else { return }
    session.close(Handle(rawValue: UInt32(truncatingIfNeeded: record.third)))
  }

  private mutating func runOthers(
    _ operation: SchemeOperation, _ area: MessageArea, _ session: SchemeSession,
    _ request: inout Request, _ answer: inout Answer
  ) throws(SystemError) {
    let record = area.record
    // A page request names a memory object, not a file.
    if operation == .supply {
      return supply(record.word, offset: record.first, length: record.second, for: &request)
    }
    if record.word == SchemeSession.alarmWord {
      if operation == .synchronise, session.takeAlarm() { wake() }
      return
    }
    let file = try file(area)
    switch operation {
    case .open:
      let opened = try area.withInput { (input) throws(SystemError) in
        try open(RequestPath(input), below: file, for: &request)
      }
      answer.result = UInt(truncatingIfNeeded: opened.word)
      answer.flags = request.isStream ? .opened | .stream : .opened
    case .close:
      close(file, for: &request)
    case .size:
      answer.result = UInt(truncatingIfNeeded: try size(file, for: &request))
    case .status, .statusAt:
      var found = try status(operation, file, area, &request)
      if found.device == 0 { found.device = Self.device(of: session.name) }
      answer.data = area.answer(area.writeAnswer(found))
      answer.result = answer.data.count
    case .fileSystemStatus:
      answer.data = area.answer(area.writeAnswer(try fileSystemStatus(file, for: &request)))
      answer.result = answer.data.count
    case .path:
      answer.data = area.answer(
        try area.withOutput { (output) throws(SystemError) in
          output.put(prefix(of: session.name))
          try path(file, into: &output, for: &request)
        })
      answer.result = answer.data.count
    case .readDirectory:
      answer.data = area.answer(try list(file, area, &request))
      answer.result = answer.data.count
    case .truncate:
      try truncate(file, to: record.first, for: &request)
    case .synchronise:
      try synchronise(file, for: &request)
    case .setAttributes:
      guard let attributes = area.readInput(as: FileAttributes.self) else {
        throw .invalidArgument
      }
      try setAttributes(file, attributes, for: &request)
    case .unlink, .link, .rename:
      try changeNames(operation, file, area, &request)
    case .sendHandle, .receiveHandle, .map:
      try passHandle(operation, file, area, &request, &answer)
    case .cancel:
      cancel(RequestTag(rawValue: UInt(truncatingIfNeeded: record.first)), on: file, for: &request)
    case .watch:
      watch(
        file, EventSet(rawValue: UInt32(truncatingIfNeeded: record.first)), for: &request)
    case .lock:
      answer.data = try lock(file, area, &request)
      answer.result = answer.data.count
    case .allocate:
      try allocate(
        file, from: record.first, byteCount: record.second,
        AllocationFlags(rawValue: record.code & AllocationFlags.all), for: &request)
    case .read, .write, .call, .supply:
      throw .noSystemCall
    }
  }

  @inline(__always)
  private mutating func status(
    _ operation: SchemeOperation, _ file: File, _ area: MessageArea, _ request: inout Request
  ) throws(SystemError) -> FileStatus {
    if operation == .status { return try status(file, for: &request) }
    let flags = OpenFlags(rawValue: UInt32(truncatingIfNeeded: area.record.first))
    return try area.withInput { (input) throws(SystemError) in
      try status(RequestPath(input), below: file, flags, for: &request)
    }
  }

  private mutating func lock(
    _ file: File, _ area: MessageArea, _ request: inout Request
  ) throws(SystemError) -> UserSpan {
    guard let operation = LockOperation(rawValue: area.record.code) else {
      throw .invalidArgument
    }
    let asks = operation == .findShared || operation == .findExclusive
    guard !asks || request.outputCount >= MemoryLayout<FileLockRecord>.size else {
      throw .invalidArgument
    }
    let found = try lock(
      file, operation, start: area.record.first, length: area.record.second, for: &request)
    guard let found else { return UserSpan() }
    return area.answer(area.writeAnswer(found))
  }

  /// What stands before paths of the scheme `name`.
  /// What tells the files of this scheme from those of others: the same as long as the scheme has its
  /// name, whoever serves it.
  private static func device(of name: Text) -> UInt64 {
    var hash: UInt32 = 2_166_136_261
    for byte in name.bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return UInt64(hash >> 8 | 1)
  }

  private func prefix(of name: Text) -> Text {
    if name == "file" { return "/" }
    // A server of several schemes says itself which it is.
    return name.isEmpty ? "/scheme/" : "/scheme/" + name + "/"
  }

  private mutating func list(
    _ file: File, _ area: MessageArea, _ request: inout Request
  ) throws(SystemError) -> Int {
    var isFull = false
    let count = try area.withOutput { (output) throws(SystemError) in
      var list = DirectoryList(output)
      do throws(SystemError) {
        try readDirectory(file, after: area.record.first, into: &list, for: &request)
      } catch {
        output = list.finish()
        throw error
      }
      isFull = list.isFull
      output = list.finish()
    }
    // Not even one entry fits.
    if count == 0, isFull { throw .invalidArgument }
    return count
  }

  private mutating func changeNames(
    _ operation: SchemeOperation, _ file: File, _ area: MessageArea, _ request: inout Request
  ) throws(SystemError) {
    let record = area.record
    try area.withInput { (input) throws(SystemError) in
      switch operation {
      case .unlink:
        try unlink(
          RequestPath(input), below: file,
          OpenFlags(rawValue: UInt32(truncatingIfNeeded: record.first)), for: &request)
      case .link:
        guard let linked = File(word: record.first) else { throw SystemError.gone }
        try link(linked, as: RequestPath(input), below: file, for: &request)
      default:
        guard let newDirectory = File(word: record.first) else { throw SystemError.gone }
        guard record.second <= UInt64(input.count) else { throw SystemError.invalidArgument }
        let middle = Int(truncatingIfNeeded: record.second)
        try rename(
          RequestPath(input.extracting(0..<middle)), below: file,
          to: RequestPath(input.extracting(middle..<input.count)), below: newDirectory,
          for: &request)
      }
    }
  }

  private mutating func passHandle(
    _ operation: SchemeOperation, _ file: File, _ area: MessageArea, _ request: inout Request,
    _ answer: inout Answer
  ) throws(SystemError) {
    let record = area.record
    switch operation {
    case .sendHandle:
      guard record.flags & SchemeRequest.hasHandle != 0 else { throw .badHandle }
      let passed = Handle(rawValue: UInt32(truncatingIfNeeded: record.third))
      answer.result = try receive(passed, on: file, record.code, record.first, for: &request)
    case .receiveHandle:
      answer.result = try handle(for: file, record.code, record.first, for: &request).word
      answer.flags = .passHandle
    default:
      answer.result = try map(
        file, offset: record.first, length: record.second,
        MapFlags(rawValue: record.code & MapFlags.all), for: &request
      ).word
      answer.flags = .passHandle
      answer.data = request.lent ?? UserSpan()
    }
  }
}
