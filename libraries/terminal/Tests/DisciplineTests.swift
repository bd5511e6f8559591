// SPDX-License-Identifier: MIT
import ABI
import Core
import LineDiscipline
import Testing

@Suite struct DisciplineTests {
  /// What is typed, what the screen shows, what one read gives afterwards.
  struct Case: CustomTestStringConvertible, Sendable {
    var typed: String
    var shown: String
    var read: String?
    var testDescription: String { typed.debugDescription }
  }

  @Test(arguments: [
    Case(typed: "ls\r", shown: "ls\r\n", read: "ls\n"),
    Case(typed: "ls", shown: "ls", read: nil),
    Case(typed: "abc\u{7F}d\r", shown: "abc\u{8} \u{8}d\r\n", read: "abd\n"),
    Case(typed: "\u{7F}a\r", shown: "a\r\n", read: "a\n"),
    Case(typed: "aé\u{7F}\r", shown: "aé\u{8} \u{8}\r\n", read: "a\n"),
    // Wide: two columns. Combined: one column, two characters.
    Case(typed: "漢\u{7F}\r", shown: "漢\u{8} \u{8}\u{8} \u{8}\r\n", read: "\n"),
    Case(typed: "e\u{301}\u{7F}\r", shown: "e\u{301}\u{8} \u{8}\r\n", read: "\n"),
    Case(typed: "\u{1}\u{7F}\r", shown: "^A\u{8} \u{8}\u{8} \u{8}\r\n", read: "\n"),
    Case(
      typed: "a\t\u{7F}\r", shown: "a\t" + String(repeating: "\u{8} \u{8}", count: 7) + "\r\n",
      read: "a\n"),
    Case(
      typed: "one two\u{17}\r",
      shown: "one two" + String(repeating: "\u{8} \u{8}", count: 3)
        + "\r\n", read: "one \n"),
    Case(
      typed: "one  \u{17}\r",
      shown: "one  " + String(repeating: "\u{8} \u{8}", count: 5)
        + "\r\n", read: "\n"),
    Case(
      typed: "abc\u{15}x\r", shown: "abc" + String(repeating: "\u{8} \u{8}", count: 3) + "x\r\n",
      read: "x\n"),
    Case(typed: "ab\u{12}c\r", shown: "ab^R\r\nabc\r\n", read: "abc\n"),
    Case(typed: "\u{16}\u{3}\r", shown: "^\u{8}^C\r\n", read: "\u{3}\n"),
    Case(typed: "\u{4}", shown: "", read: ""),
    Case(typed: "ab\u{4}", shown: "ab", read: "ab"),
    Case(typed: "a\rb\r", shown: "a\r\nb\r\n", read: "a\n"),
  ])
  func linesAreEdited(_ example: Case) {
    var bench = TerminalBench()
    bench.type(example.typed)
    #expect(bench.shown() == example.shown)
    #expect(bench.read() == example.read)
  }

  @Test func invalidTextIsErasedByteByByte() {
    var bench = TerminalBench()
    bench.type([0xFF, 0x80, 0x7F, 0x0D])
    let line = bench.readBytes()
    #expect(line == [0xFF, 0x0A] || line == [0x0A])
  }

  @Test func aLineIsReadInPieces() {
    var bench = TerminalBench()
    bench.type("abcdef\rx\r")
    #expect(bench.read(4) == "abcd")
    #expect(bench.read(4) == "ef\n")
    #expect(bench.read(4) == "x\n")
    #expect(bench.read(4) == nil)
  }

  @Test func anEndOfFileBehindAFullReadDoesNotEndTheNext() {
    var bench = TerminalBench()
    bench.type("abc\u{4}de\r")
    #expect(bench.read(3) == "abc")
    #expect(bench.read(3) == "de\n")
  }

  @Test func signalsAreOwedAndInputIsFlushed() {
    var bench = TerminalBench()
    bench.type("abc\u{3}")
    #expect(bench.signals() == [2])
    #expect(bench.shown() == "^C")
    bench.type("d\r")
    #expect(bench.read() == "d\n")
    bench.type("\u{1C}\u{1A}")
    #expect(bench.signals() == [3, 20])
    bench.change { $0.local.insert(.noFlush) }
    bench.type("ab\u{3}c\r")
    #expect(bench.read() == "abc\n")
    bench.change { $0.local.remove(.signals) }
    bench.type("\u{3}\r")
    #expect(bench.read() == "\u{3}\n")
    #expect(bench.signals() == [2])
  }

  @Test func outputIsHeldAndReleased() {
    var bench = TerminalBench()
    bench.write("a\n")
    bench.type("\u{13}")
    #expect(bench.shown() == "")
    bench.write("b")
    bench.type("\u{11}")
    #expect(bench.shown() == "a\r\nb")
    bench.type("\u{13}\u{3}")
    #expect(bench.shown() == "^C")
  }

  @Test func signalsGetThroughWhenNothingElseDoes() {
    var bench = TerminalBench()
    bench.makeRaw()
    bench.change { $0.local.insert(.signals) }
    let many = [UInt8](repeating: 0x61, count: 5000)
    #expect(bench.type(many) == 4096)
    let isUrgent = bench.isUrgent([0x61, 3])
    #expect(isUrgent)
    #expect(bench.type([0x61, 3], .drop) == 2)
    #expect(bench.signals() == [2])
  }

  @Test func aLineThatIsTooLongIsCut() {
    var bench = TerminalBench()
    for _ in 0..<600 {
      #expect(bench.type("0123456789") == 10)
      _ = bench.shown()
    }
    #expect(bench.type("\r") == 1)
    #expect(bench.read(8192)?.utf8.count == 4096)
  }

  @Test func linesThatNobodyReadsHoldInputBack() {
    var bench = TerminalBench()
    bench.change { $0.local.remove(.echo) }
    let line = [UInt8](repeating: 0x61, count: 99) + [0x0D]
    var taken = 0
    for _ in 0..<50 { taken += bench.type(line) }
    #expect(taken < 4100)
    var read = 0
    while let text = bench.read() { read += text.utf8.count }
    #expect(read >= 4000)
    #expect(bench.type(line) == 100)
  }

  @Test(arguments: [
    ("a\nb", TerminalOutputFlags.process | .newLineToReturnNewLine, "a\r\nb"),
    ("a\nb", TerminalOutputFlags(), "a\nb"),
    ("a\tb", TerminalOutputFlags.process | .expandTabs, "a       b"),
    ("\ra\r", TerminalOutputFlags.process | .noReturnInFirstColumn, "a\r"),
    ("a\r", TerminalOutputFlags.process | .returnToNewLine, "a\n"),
  ])
  func outputIsProcessed(_ written: String, _ flags: TerminalOutputFlags, _ shown: String) {
    var bench = TerminalBench()
    bench.change { $0.output = flags }
    #expect(bench.write(written) == written.utf8.count)
    #expect(bench.shown() == shown)
  }

  @Test func carriageReturnsBecomeWhatTheSettingsSay() {
    var bench = TerminalBench()
    bench.makeRaw()
    bench.type("\r\n")
    #expect(bench.read() == "\r\n")
    bench.change { $0.input = .newLineToReturn }
    bench.type("\n")
    #expect(bench.read() == "\r")
    bench.change { $0.input = .ignoreReturn | .strip }
    bench.type([0x0D, 0xE1])
    #expect(bench.read() == "a")
  }

  @Test func readsWithoutLinesWaitForBytesAndPauses() {
    var bench = TerminalBench()
    let second: UInt64 = 1_000_000_000
    let start = bench.now
    bench.makeRaw(minimum: 3)
    bench.type("ab")
    #expect(bench.deadline(10, since: start, now: bench.now) == .never)
    // Who can take only two need not wait for a third.
    #expect(bench.deadline(2, since: start, now: bench.now) == nil)
    bench.makeRaw(minimum: 3, time: 10)
    let deadline = Deadline(nanoseconds: start + second)
    #expect(bench.deadline(10, since: start, now: bench.now) == deadline)
    #expect(bench.deadline(10, since: start, now: start + second) == nil)
    #expect(bench.read(2) == "ab")
    #expect(bench.deadline(10, since: start, now: start + second) == .never)
    bench.makeRaw(minimum: 0, time: 5)
    #expect(
      bench.deadline(10, since: start, now: start)
        == Deadline(nanoseconds: start + second / 2))
    #expect(bench.deadline(10, since: start, now: start + second / 2) == nil)
    bench.makeRaw(minimum: 0)
    #expect(bench.read() == "")
  }

  @Test func settingsChangeWithInputUnderWay() {
    var bench = TerminalBench()
    bench.type("ab")
    #expect(bench.read() == nil)
    bench.makeRaw()
    #expect(bench.read() == "ab")
    bench.type("cd")
    bench.state.set(.usual)
    #expect(bench.read() == "cd")
    #expect(bench.read() == nil)
  }

  /// What is typed ahead as lines stays as it was typed when a shell has read some of it without lines.
  @Test func anEndOfFileTypedAheadCountsOnce() {
    var bench = TerminalBench()
    bench.type("wc\rto wc\r\u{4}")
    bench.makeRaw()
    #expect(bench.read(3) == "wc\n")
    bench.state.set(.usual)
    #expect(bench.read() == "to wc\n")
    #expect(bench.read() == "")
    #expect(bench.read() == nil)
    bench.makeRaw()
    #expect(bench.read() == nil)
    bench.type("a")
    #expect(bench.read() == "a")
  }

  private func stop(
    _ state: inout TerminalState, _ use: TerminalUse, session: UInt32, group: UInt32
  ) -> UInt32? { state.stopSignal(use, session: session, group: group) }

  @Test func backgroundGroupsAreStopped() {
    var state = TerminalState()
    #expect(stop(&state, .read, session: 5, group: 9) == nil)
    state.begin(session: 5, group: 5)
    #expect(stop(&state, .read, session: 5, group: 5) == nil)
    #expect(stop(&state, .read, session: 5, group: 9) == 21)
    #expect(stop(&state, .write, session: 5, group: 9) == nil)
    #expect(stop(&state, .change, session: 5, group: 9) == 22)
    #expect(stop(&state, .read, session: 6, group: 9) == nil)
    var settings = state.settings
    settings.local.insert(.stopBackgroundOutput)
    state.set(settings)
    #expect(stop(&state, .write, session: 5, group: 9) == 22)
  }

  @Test func sizesAndHangingUpAreToldToTheForeground() {
    var bench = TerminalBench()
    bench.state.resize(WindowSize(rows: 24, columns: 80))
    #expect(bench.signals() == [])
    bench.state.begin(session: 5, group: 7)
    bench.state.resize(WindowSize(rows: 24, columns: 80))
    #expect(bench.signals() == [])
    bench.state.resize(WindowSize(rows: 25, columns: 80))
    #expect(bench.signals() == [28])
    bench.state.hangUp()
    #expect(bench.state.foreground == 7 && bench.state.owedLeader == 5)
    #expect(bench.signals() == [1, 18])
    #expect(bench.state.foreground == 0 && bench.state.session == 0)
    #expect(bench.read() == "")
  }

  @Test func theSenderIsToldToStopAndStart() {
    var bench = TerminalBench()
    bench.makeRaw()
    bench.change { $0.input = .inputFlowControl }
    bench.type([UInt8](repeating: 0x61, count: 3500))
    #expect(bench.shown() == "\u{13}")
    _ = bench.read()
    #expect(bench.shown() == "\u{11}")
  }
}
