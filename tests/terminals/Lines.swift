// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Bytes through a terminal, both sides of which are this program's.
enum Lines {
  /// Both sides of a new terminal.
  struct Ends: ~Copyable {
    let master: PseudoTerminal
    let terminal: OwnedHandle

    init() throws(SystemError) {
      let made = try PseudoTerminal()
      let opened = try made.open()
      master = consume made
      terminal = consume opened
    }

    func makeRaw(minimum: UInt8 = 1, time: UInt8 = 0) throws(SystemError) {
      var settings = TerminalSettings()
      settings[.minimum] = minimum
      settings[.time] = time
      try Terminal(terminal.handle).set(settings)
    }
  }

  static func read(_ handle: Handle, _ limit: Int = 256) throws(SystemError) -> Text {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = try handle.read(into: buffer.mutableSpan)
    return Text(buffer.span.extracting(first: count))
  }

  static func areEdited() throws(TestFailure) {
    let (line, shown, end) = try succeed("a line") {
      () throws(SystemError) -> (Text, Text, Text) in
      let ends = try Ends()
      try ends.master.handle.writeAll("abx\u{7F}c\rd\u{4}")
      let line = try read(ends.terminal.handle)
      let shown = try read(ends.master.handle)
      return (line, shown, try read(ends.terminal.handle))
    }
    try expect(line == "abc\n", "the line as corrected")
    try expect(shown == "abx\u{8} \u{8}c\r\nd", "what was typed, and how it was corrected")
    try expect(end == "d", "an unfinished line that is handed over")
  }

  static func passRaw() throws(TestFailure) {
    try succeed("raw bytes") { () throws(SystemError) in
      let ends = try Ends()
      try ends.makeRaw()
      try ends.master.handle.writeAll("\u{3}\r\n\u{7F}\u{1A}")
      guard try read(ends.terminal.handle) == "\u{3}\r\n\u{7F}\u{1A}" else {
        throw SystemError.protocolError
      }
      try ends.terminal.handle.writeAll("a\nb\r")
      guard try read(ends.master.handle) == "a\nb\r" else { throw SystemError.protocolError }
    }
  }

  static func endAfterPause() throws(TestFailure) {
    let (nothing, some) = try succeed("pauses") { () throws(SystemError) -> (Text, Text) in
      let ends = try Ends()
      try ends.makeRaw(minimum: 0, time: 1)
      let nothing = try read(ends.terminal.handle)
      try ends.makeRaw(minimum: 5, time: 1)
      try ends.master.handle.writeAll("ab")
      return (nothing, try read(ends.terminal.handle))
    }
    try expect(nothing.isEmpty, "nothing after a pause")
    try expect(some == "ab", "what there was after a pause")
  }

  static func wouldWait() throws(TestFailure) {
    let master = try succeed("a terminal") { () throws(SystemError) in
      try PseudoTerminal(.nonBlocking)
    }
    let terminal = try succeed("its other side") { () throws(SystemError) in
      try master.open(.readWrite | .nonBlocking)
    }
    try fail(with: .wouldBlock, "a read of nothing") { () throws(SystemError) in
      try read(terminal.handle)
    }
    try fail(with: .wouldBlock, "a master's read of nothing") { () throws(SystemError) in
      try read(master.handle)
    }
    let bytes = [UInt8](repeating: 0x61, count: 4096)
    var written = 0
    do throws(SystemError) {
      for _ in 0..<8 { written += try terminal.handle.write(bytes.span) }
    } catch {
      try expect(error == .wouldBlock, "a write that would wait")
    }
    try expect(written > 1000 && written < 8 * 4096, "as much as there is room for")
  }

  /// A read that waits when the master closes.
  static func endWithMaster() throws(TestFailure) {
    let text = try succeed("hanging up") { () throws(SystemError) -> Text in
      let master = try PseudoTerminal()
      let terminal = try master.open()
      let number = master.release()
      _ = try Thread {
        Clock.sleep(.milliseconds(20))
        _ = OwnedHandle(number)
      }
      return try read(terminal.handle)
    }
    try expect(text.isEmpty, "the end of the file")
  }

  /// The handle closes when this returns.
  private static func sayGoodbye(on terminal: consuming OwnedHandle) throws(SystemError) {
    let terminal = terminal
    try terminal.handle.writeAll("bye")
  }

  static func endWithTerminal() throws(TestFailure) {
    let (last, end) = try succeed("the end") { () throws(SystemError) -> (Text, Text) in
      let master = try PseudoTerminal()
      try sayGoodbye(on: try master.open())
      return (try read(master.handle), try read(master.handle))
    }
    try expect(last == "bye", "what was written last")
    try expect(end.isEmpty, "then the end")
  }
}
