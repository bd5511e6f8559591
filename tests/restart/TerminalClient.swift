// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Somebody at a terminal, and a program on it that answers with what it is sent.
///
/// The program waits in a read when ptyd dies, and so does whoever waits for its answer; each byte
/// comes back once and in its place. Half of the clients have lines with editing and echo.
struct TerminalClient: CampaignClient, ~Copyable {
  private let master: Handle
  private let terminal: Terminal
  private let hasLines: Bool
  private var random: Random
  private var size = WindowSize(rows: 24, columns: 80)

  init(number: Int, seed: UInt64) throws(TestFailure) {
    let made = try succeed("a terminal") { () throws(SystemError) in try PseudoTerminal() }
    let program = try succeed("its other side") { () throws(SystemError) in
      try made.open(.readWrite | .runtimeHandle)
    }
    let terminal = Terminal(made.handle)
    let hasLines = number % 2 == 0
    if !hasLines {
      try Self.change(terminal, "raw") { settings in
        settings.local = TerminalLocalFlags()
        settings.input = TerminalInputFlags()
        settings.output = TerminalOutputFlags()
      }
    }
    let handle = program.release()
    _ = try succeed("a thread") { () throws(SystemError) in
      try Thread(stackBytes: 65_536) { answer(on: handle) }
    }
    // A value that is not complete cannot be given up, so all that can fail comes before.
    self.terminal = terminal
    self.hasLines = hasLines
    random = Random(seed: seed &+ UInt64(number) &* 31)
    master = made.release()
  }

  private static func change(
    _ terminal: Terminal, _ what: StaticString, _ body: (inout TerminalSettings) -> Void
  ) throws(TestFailure) {
    do throws(SystemError) {
      var settings = try terminal.settings()
      body(&settings)
      try terminal.set(settings)
    } catch { throw TestFailure(reason(what, error)) }
  }

  mutating func step() throws(TestFailure) {
    switch random.below(12) {
    case 0: try resize()
    case 1: try check()
    default: if hasLines { try talkInLines() } else { try talk() }
    }
  }

  private mutating func resize() throws(TestFailure) {
    size = WindowSize(
      rows: UInt16(1 + random.below(200)), columns: UInt16(1 + random.below(300)))
    let size = size
    try succeed("resizing") { () throws(SystemError) in try terminal.setWindowSize(size) }
  }

  /// Bytes of any value come back as they are.
  private mutating func talk() throws(TestFailure) {
    let bytes = random.bytes(1 + random.below(700))
    try send(bytes)
    try receive(bytes)
  }

  /// Lines come back twice: as they are typed, and from the program.
  private mutating func talkInLines() throws(TestFailure) {
    var line: [UInt8] = []
    for _ in 0..<random.below(60) { line.append(UInt8(0x61 + random.below(26))) }
    var typed = line
    let isCorrected = random.oneIn(3)
    if isCorrected { typed += [0x7A, 0x7F] }
    try send(typed + [0x0D])
    var shown = line
    if isCorrected { shown += [0x7A, 0x08, 0x20, 0x08] }
    try receive(shown + [0x0D, 0x0A] + line + [0x0D, 0x0A])
  }

  private func send(_ bytes: [UInt8]) throws(TestFailure) {
    do throws(SystemError) { try master.writeAll(bytes.span) } catch {
      throw TestFailure(reason("typing", error))
    }
  }

  private func receive(_ expected: [UInt8]) throws(TestFailure) {
    var done = 0
    var buffer = [UInt8](repeating: 0, count: 512)
    while done < expected.count {
      let count: Int
      do throws(SystemError) { count = try master.read(into: buffer.mutableSpan) } catch {
        throw TestFailure(reason("looking", error))
      }
      guard count > 0, done + count <= expected.count else {
        throw TestFailure("a byte more than was sent, or the end")
      }
      for index in 0..<count where buffer[index] != expected[done + index] {
        throw TestFailure("a byte is lost, repeated or another")
      }
      done += count
    }
  }

  mutating func check() throws(TestFailure) {
    let (size, settings) = try succeed("asking") {
      () throws(SystemError) -> (WindowSize, TerminalSettings) in
      (try terminal.windowSize(), try terminal.settings())
    }
    if size != WindowSize() { try expect(size == self.size, "the size that was said last") }
    try expect(settings.local.contains(.canonical) == hasLines, "the settings that were made")
  }

  mutating func end() throws(TestFailure) {
    // The program's read ends.
    _ = OwnedHandle(master)
  }
}

/// The program: answers with what it reads until the terminal hangs up.
private func answer(on handle: Handle) {
  var buffer = [UInt8](repeating: 0, count: 300)
  while true {
    do throws(SystemError) {
      let count = try handle.read(into: buffer.mutableSpan)
      if count == 0 { break }
      try handle.writeAll(buffer.span.extracting(first: count))
    } catch {
      guard error == .interrupted else { break }
    }
  }
  _ = OwnedHandle(handle)
}
