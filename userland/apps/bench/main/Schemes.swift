// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes
import System

/// A scheme served by a forked process through the public runtime, and a client of it.
struct SchemeBench: ~Copyable {
  private let file: File
  private let server: UInt32

  /// - Parameter onOtherProcessor: the server runs on processor 1, its client on processor 0.
  init(onOtherProcessor: Bool = false) throws(BenchError) {
    let number = try startServer(onOtherProcessor)
    if onOtherProcessor { pin(to: 0) }
    self.init(server: number, file: try doing("opening the scheme", openServed))
  }

  private init(server: UInt32, file: consuming File) {
    self.server = server
    self.file = file
  }

  deinit {
    _ = try? Process.signal(Int(server), .kill)
    // So that no later wait for a child finds this one.
    _ = try? Process.wait(.process(server))
  }

  /// 32 bytes each way; the server changes every word, and every answer is checked.
  func call(_ turns: Int) throws(BenchError) -> UInt64 {
    let handle = file.handle
    let message = CallMessage()
    func run(_ turns: Int) throws(SystemError) {
      for turn in 0..<turns {
        message.stamp(UInt64(turn))
        let count = try message.send(to: handle)
        guard count == 32, message.isAnswer(to: UInt64(turn)) else { throw .protocolError }
      }
    }
    return try time(turns, run)
  }

  /// 4 KiB whose first and last words differ each turn.
  func read(_ turns: Int) throws(BenchError) -> UInt64 {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let handle = file.handle
    func run(_ turns: Int) throws(SystemError) {
      for turn in 0..<turns {
        let count = try handle.read(into: buffer.mutableSpan, at: UInt64(turn))
        let stamp = UInt8(truncatingIfNeeded: turn)
        guard count == 4096, buffer[0] == stamp, buffer[4095] == ~stamp else {
          throw .protocolError
        }
      }
    }
    return try time(turns, run)
  }

  private func time(
    _ turns: Int, _ run: (Int) throws(SystemError) -> Void
  ) throws(BenchError) -> UInt64 {
    try doing("a warm-up") { () throws(SystemError) in try run(turns / 10) }
    var failure: SystemError?
    let ticks = Measurement.timed {
      do throws(SystemError) { try run(turns) } catch { failure = error }
    }
    if let failure { throw .system("a request", failure) }
    return ticks
  }
}

/// Forks the server. Both processes get a namespace of their own, where the server puts its name.
private func startServer(_ onOtherProcessor: Bool) throws(BenchError) -> UInt32 {
  let namespace = try doing("making a namespace") { () throws(SystemError) in
    // A handle that the forked server gets, too.
    let own = OwnedHandle(try Namespace.current().copy().release())
    return try own.handle.duplicate()
  }
  try doing("using a namespace") { () throws(SystemError) in
    try Process.setProperty(.namespace, namespace.word)
  }
  let child = try doing("forking") { () throws(SystemError) in try Process.fork() }
  if let child { return child }
  if onOtherProcessor { pin(to: 1) }
  let page = try doing("mapping memory") { () throws(SystemError) in
    try Mapping(byteCount: 4096).shared()
  }
  Daemon.serve(BenchServer(page), as: "benchmark", in: namespace)
}

/// The server is ready soon; until then the name does not exist, or is that of one that has ended.
private func openServed() throws(SystemError) -> File {
  for _ in 0..<2_000 {
    do throws(SystemError) { return try File("/scheme/benchmark/file", .readWrite) } catch {
      guard error == .notFound || error == .inputOutput else { throw error }
      Clock.sleep(.milliseconds(1))
    }
  }
  throw .timedOut
}

private func pin(to processor: UInt) {
  performIgnoringErrors(
    ControlThread {
      $0.operation = .affinity
      $0.value = 1 << processor
    })
}

/// Adds one to each word of a call; reads give a page stamped with the offset.
struct BenchServer: SchemeServer, ~Copyable {
  enum File: UInt64, SchemeFile {
    case root = 0
    case file = 1
  }

  private let page: SharedBytes

  init(_ page: SharedBytes) { self.page = page }

  mutating func open(
    _ path: consuming RequestPath, below directory: File, for request: inout Request
  ) throws(SystemError) -> File { .file }

  mutating func read(
    _ file: File, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    let stamp = UInt8(truncatingIfNeeded: offset)
    page.store(stamp, at: 0)
    page.store(~stamp, at: 4095)
    request.answer(with: page)
  }

  mutating func call(
    _ file: File, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    guard code == 7, input.count == 32 else { throw .invalidArgument }
    do throws(WireError) {
      page.store(try input.little(at: 0, as: UInt64.self) &+ 1, at: 0)
      page.store(try input.little(at: 8, as: UInt64.self) &+ 1, at: 8)
      page.store(try input.little(at: 16, as: UInt64.self) &+ 1, at: 16)
      page.store(try input.little(at: 24, as: UInt64.self) &+ 1, at: 24)
    } catch {
      throw .invalidArgument
    }
    request.answer(with: page.extracting(0..<32))
    return 32
  }
}
