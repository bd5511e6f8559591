// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import Testing

@testable import ShellEditor

@Suite("History")
struct HistoryTests {
  /// What is typed after `echo one`, `ls`, `echo two`, `cd "a b"`, and the line.
  @Test(arguments: [
    ("\u{10}", "cd \"a b\"|"), ("\u{10}\u{10}", "echo two|"),
    ("\u{1B}[A\u{1B}[A\u{1B}[B", "cd \"a b\"|"),
    ("x\u{10}", "x|"), ("e\u{10}", "echo two|"), ("e\u{10}\u{10}", "echo one|"),
    ("e\u{10}\u{10}\u{10}", "echo one|"), ("e\u{10}\u{10}\u{0E}", "echo two|"),
    ("e\u{10}\u{0E}", "e|"), ("\u{1B}<", "echo one|"), ("\u{1B}<\u{1B}>", "|"),
    ("\u{12}l", "|ls"), ("\u{12}o", "ech|o two"), ("\u{12}o\u{12}", "ech|o one"),
    ("\u{12}on", "echo |one"), ("\u{12}echo\u{12}\u{13}", "|echo two"),
    ("ab\u{12}one\u{07}", "ab|"), ("\u{12}onx\u{7F}\u{1B}", "echo |one"),
    ("\u{12}ls\u{05}", "ls|"), ("\u{12}echo\u{01}\u{10}", "ls|"),
    ("\u{1B}.", "\"a b\"|"), ("x \u{1B}.\u{1B}.", "x two|"), ("\u{1B}.\u{1B}.\u{1B}.", "ls|"),
    ("ech\u{06}", "echo two|"), ("ech\u{05}", "ech|"), ("ech\u{1B}[F", "echo two|"),
    ("ec\u{1B}f", "echo|"), ("echo tw\u{1B}[C", "echo two|"),
  ])
  func keysWalk(typed: String, line: String) {
    var typist = Typist(columns: 40, history: ["echo one", "ls", "echo two", "cd \"a b\""])
    typist.begin()
    typist.type(typed)
    #expect(typist.marked == line)
  }

  @Test(arguments: [
    ("!!", "cp 'a b' c"), ("x !$", "x c"), ("!0 z", "cp z"), ("ls !^", "ls 'a b'"),
    ("ls !* -l", "ls 'a b' c -l"), ("'!!'", "'!!'"), ("\\!!", "\\!!"), ("! true", "! true"),
    ("\"!$\"", "\"c\""), ("a!", "a!"), ("not!=", "not!="),
  ])
  func designatorsAreReplaced(command: String, result: String) {
    #expect(
      CommandWords.replacingDesignators(in: Text(command), by: "cp 'a b' c").string == result)
    #expect(CommandWords.replacingDesignators(in: Text(command), by: "").string == command)
  }

  @Test func searchShowsItself() {
    var typist = Typist(columns: 40, history: ["make all"])
    typist.begin()
    typist.type("\u{12}all")
    #expect(typist.terminal.text == ["(reverse-i-search)'all': make all"])
    typist.type("x")
    #expect(typist.terminal.text == ["(failed reverse-i-search)'allx': make al", "l"])
    typist.type("\r")
    #expect(typist.results == ["make all"])
  }

  @Test func proposalIsShownAndTakenAway() {
    var typist = Typist(columns: 40, history: ["make all"])
    typist.begin()
    typist.type("ma")
    #expect(typist.terminal.text == ["$ make all"])
    #expect(typist.terminal.column == 4)
    typist.type("\r")
    #expect(typist.results == ["ma"])
    #expect(typist.terminal.text == ["$ ma", "$"])
  }

  @Test func entriesAreKeptOnceAndUpToTheLimit() {
    var history = History()
    history.limit = 3
    for text in ["a", "b", "a", "c", "d"] as [Text] { history.add(text, isUnique: true) }
    #expect(history.entries == ["a", "c", "d"])
    for _ in 0..<2 { history.add("e", isUnique: false) }
    #expect(history.entries == ["d", "e", "e"])
    history.limit = 0
    #expect(history.entries.isEmpty)
    #expect(History.newest(["a", "b", "a", "c"], 2, isUnique: true) == ["a", "c"])
    #expect(History.newest(["a", "b", "a", "c"], 9, isUnique: true) == ["b", "a", "c"])
    #expect(History.newest(["a", "a", "a"], 2, isUnique: false) == ["a", "a"])
  }

  @Test(arguments: [
    (["no_such_command"], "true", 0, true), (["no_such_command"], " true", 0, true),
    (["no_such_command"], "trulse", 127, false), (["whitespace"], " true", 0, false),
    (["regex:.*"], "true", 0, false), (["regex:#ignore$"], "true #ignore", 0, false),
    (["regex:#ignore$"], "true", 0, true), (["regex:["], "true", 0, true),
    (["all"], "let HISTORY_IGNORE = [ all ]", 0, true),
    (["whitespace"], " let HISTORY_IGNORE = [ whitespace ]", 0, false), ([], " x", 127, true),
    (["all"], "true", 0, false), (["nonsense"], "true", 0, true),
  ])
  func rulesIgnore(rules: [String], command: String, status: Int, isKept: Bool) {
    let rules = HistoryRules(rules.map { Text($0) })
    #expect(rules.keeps(Text(command), status: status) == isKept)
  }

  @Test(arguments: [
    ("a", "a\n"), ("a\nb", "a\\\nb\n"), ("a\\\nb", "a\\\\\\\nb\n"), ("a\\", "a\\\\\n"),
    ("\n", "\\\n\n"), ("a\\\\", "a\\\\\\\\\n"),
  ])
  func filesHoldCommands(command: String, file: String) {
    #expect(HistoryFile.record(Text(command), time: nil) == Array(file.utf8))
    #expect(HistoryFile.entries(in: Array(file.utf8)).map { $0.text.string } == [command])
  }

  @Test func filesOfOthersAreRead() {
    let file = "#1700000000\nls\n\n# a comment\ncd x\\\nend"
    let entries = HistoryFile.entries(in: Array(file.utf8))
    #expect(entries.map { $0.text.string } == ["ls", "# a comment", "cd x\nend"])
    #expect(HistoryFile.record("ls", time: 17) == Array("#17\nls\n".utf8))
    // A command and its time go together.
    #expect(entries[0].start == 0)
    #expect(HistoryFile.entries(in: Array("a\\".utf8)).map { $0.text.string } == ["a\\"])
  }

  @Test func anyCommandsComeBackFromTheFile() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      var file: [UInt8] = []
      var commands: [Text] = []
      for _ in 0..<3 {
        var bytes = random.bytes(Int(random.next() % 12)).map { byte in
          byte < 100 ? 0x5C as UInt8 : byte < 150 ? 0x0A : byte
        }
        bytes.append(0x78)
        if random.next() % 2 == 0 { bytes.append(0x5C) }
        commands.append(Text(bytes))
        file += HistoryFile.record(Text(bytes), time: random.next() % 2 == 0 ? 1 : nil)
      }
      #expect(HistoryFile.entries(in: file).map { $0.text } == commands)
    }
  }

  @Test func anyFileIsRead() {
    var random = SeededGenerator(seed: 6)
    for _ in 0..<500 { _ = HistoryFile.entries(in: random.bytes(Int(random.next() % 40))) }
  }
}
