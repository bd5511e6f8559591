// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A program that has nothing to do with it and goes on: it reads files through schemes, passes
/// bytes through pipes, looks at the clock, and checks all that it gets.
struct Bystander: ~Copyable {
  private var sandbox: Sandbox
  private let number: UInt32
  private let shared: SharedBoard

  /// Nanoseconds that one of its turns may take.
  private static var longestTurn: UInt64 { 4_000_000_000 }

  init(_ shared: SharedBoard) throws(TestFailure) {
    shared.board.clear()
    var sandbox = try Sandbox(Limits(frames: nil, processes: nil, threads: nil, handles: nil))
    try succeed("keeping something for the bystander") { () throws(SystemError) in
      try sandbox.account.setLimit(.frames, minimum: 600, maximum: 2_000)
      try sandbox.account.setLimit(.processes, minimum: 2, maximum: 4)
      try sandbox.account.setLimit(.threads, minimum: 4, maximum: 8)
      try sandbox.account.setLimit(.handles, minimum: 64, maximum: 128)
    }
    let number = try sandbox.start(.bystander, shared)
    try wait(for: "the bystander's first turns") { () throws(TestFailure) in
      shared.board[.count] > 10
    }
    shared.board[.worst] = 0
    self.sandbox = sandbox
    self.shared = shared
    self.number = number
  }

  /// How many turns it has made.
  var turns: UInt64 { shared.board[.count] }

  /// It has to go on for `turns` more, whatever happens around it.
  func expectProgress(_ more: UInt64 = 20) throws(TestFailure) {
    let target = turns + more
    try wait(for: "the bystander goes on") { () throws(TestFailure) in
      try checkAnswers()
      return turns >= target
    }
  }

  private func checkAnswers() throws(TestFailure) {
    guard shared.board[.failure] != 0 else { return }
    throw TestFailure(
      Text { text in
        text.put("the bystander got a wrong answer or an error: ")
        text.put(decimal: shared.board[.failure])
        text.put(" in step ")
        text.put(decimal: shared.board[.detail])
      })
  }

  consuming func end() throws(TestFailure) {
    shared.board[.stop] = 1
    let status = try awaitEnd(of: number, "waiting for the bystander")
    try checkAnswers()
    try expect(status == .exited(0), "the bystander ends by itself")
    TestRun.remark("bystander: longest turn in microseconds", shared.board[.worst] / 1_000)
    try expect(shared.board[.worst] < Self.longestTurn, "short turns of the bystander")
    try sandbox.end()
  }
}

// MARK: The program

extension Bystander {
  static func run() -> Never {
    let board = Board.own
    var state: State
    do throws(SystemError) { state = try State() } catch {
      board[.failure] = UInt64(error.rawValue)
      exit(1)
    }
    while board[.stop] == 0 {
      let start = Clock.now()
      do throws(SystemError) { try state.turn() } catch {
        board[.detail] = UInt64(state.step)
        board[.failure] = UInt64(error.rawValue)
        exit(1)
      }
      let spent = Clock.now().nanoseconds &- start.nanoseconds
      if spent > board[.worst] { board[.worst] = spent }
      board[.count] += 1
      if board[.count] & 7 == 0 { Clock.sleep(.microseconds(200)) }
    }
    state.end()
    exit(0)
  }

  private struct State: ~Copyable {
    var step = 0
    private let file: Handle
    private let contents: [UInt8]
    private let temporary: Handle
    private let reading: Handle
    private let writing: Handle
    private var buffer = [UInt8](repeating: 0, count: 4096)
    private var random = Random(seed: 1)
    private var latest = Deadline(nanoseconds: 0)
    private var written: UInt8 = 0

    private let path: Text

    init() throws(SystemError) {
      let file = try File(Arguments.executablePath)
      var contents = [UInt8](repeating: 0, count: 16_384)
      _ = try file.read(into: contents.mutableSpan, at: 0)
      let path = Text {
        $0.put("/scheme/tmp/bystander-")
        $0.put(decimal: UInt64(Process.currentNumber))
      }
      let temporary = try File(path, .readWrite | .create | .truncate)
      var pipe = try Pipe()
      reading = pipe.reading.take()?.release() ?? .none
      writing = pipe.writing.take()?.release() ?? .none
      self.file = file.release()
      self.contents = contents
      self.path = path
      self.temporary = temporary.release()
    }

    mutating func turn() throws(SystemError) {
      step = 1
      try lookAtTheClock()
      step = 2
      try readAFile()
      step = 3
      try useATemporaryFile()
      step = 4
      try passBytes()
    }

    private mutating func lookAtTheClock() throws(SystemError) {
      let now = Deadline(nanoseconds: try perform(ReadClock { $0.clock = .monotonic }))
      guard now >= latest else { throw .protocolError }
      latest = now
    }

    private mutating func readAFile() throws(SystemError) {
      let offset = Int(random.next(below: 12_288))
      guard try file.read(into: buffer.mutableSpan, at: UInt64(offset)) == 4096 else {
        throw .protocolError
      }
      for index in stride(from: 0, to: 4096, by: 61)
      where buffer[index] != contents[offset + index] { throw .protocolError }
    }

    private mutating func useATemporaryFile() throws(SystemError) {
      written &+= 1
      for index in stride(from: 0, to: 4096, by: 64) {
        buffer[index] = written &+ UInt8(truncatingIfNeeded: index >> 6)
      }
      guard try temporary.write(buffer.span, at: 100) == 4096 else { throw .protocolError }
      for index in stride(from: 0, to: 4096, by: 64) { buffer[index] = 0 }
      guard try temporary.read(into: buffer.mutableSpan, at: 100) == 4096 else {
        throw .protocolError
      }
      for index in stride(from: 0, to: 4096, by: 64)
      where buffer[index] != written &+ UInt8(truncatingIfNeeded: index >> 6) {
        throw .protocolError
      }
    }

    private mutating func passBytes() throws(SystemError) {
      buffer[0] = written
      guard try writing.write(buffer.span) == 4096 else { throw .protocolError }
      buffer[0] = 0
      guard try reading.read(into: buffer.mutableSpan) == 4096, buffer[0] == written else {
        throw .protocolError
      }
    }

    func end() {
      do throws(SystemError) { try FileSystem.remove(path) } catch { exit(1) }
    }
  }
}
