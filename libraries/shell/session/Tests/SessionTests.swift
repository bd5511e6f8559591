// SPDX-License-Identifier: MIT
import Base
import ShellEvaluator
import Testing

@testable import ShellSession

@Suite("Session")
struct SessionTests {
  private static let historyPath: Text = "/home/.local/share/ion/history"

  @discardableResult
  private func run(_ system: ScriptedSystem) -> Int {
    let status = Session(system, Shell(system, arguments: ["ion"])).run()
    #expect(!system.isRaw)
    #expect(system.rawOutputs == 0)
    return status
  }

  private func output(_ system: ScriptedSystem) -> String {
    String(decoding: system.output, as: UTF8.self)
  }

  private func history(_ system: ScriptedSystem) -> String {
    String(decoding: system.files[Self.historyPath] ?? [], as: UTF8.self)
  }

  @Test func commandsRunAsTheyAreEntered() {
    let system = ScriptedSystem("echo one\recho two\u{15}echo three\rexit 3\recho never\r")
    #expect(run(system) == 3)
    #expect(output(system) == "one\nthree\n")
  }

  @Test func statementsMayTakeLines() {
    let system = ScriptedSystem("for i in 1..3\recho $i\rend\recho 'a\rb'\recho c \\\rd\r")
    run(system)
    #expect(output(system) == "1\n2\na\nb\nc d\n")
    #expect(history(system) == "for i in 1..3\\\necho $i\\\nend\necho 'a\\\nb'\necho c \\\\\\\nd\n")
  }

  @Test func interruptDropsTheLine() {
    let system = ScriptedSystem(
      "echo one\u{03}echo two\rif true\r\u{03}echo three\r\u{04}echo four\r")
    run(system)
    #expect(output(system) == "two\nthree\n")
  }

  @Test func historyIsKeptInItsFile() {
    let system = ScriptedSystem("true\r false\rtrue\recho x\rnosuch\r\u{10}\u{10}\r")
    run(system)
    // What was written stays; what is read counts once.
    #expect(history(system) == "true\necho x\ntrue\n")
    system.typed = Array("history\r".utf8)
    system.output = []
    run(system)
    #expect(output(system) == "echo x\ntrue\n")
  }

  @Test func variablesRuleTheHistory() {
    let system = ScriptedSystem("let HISTORY_TIMESTAMP = 1\rlet HISTFILE_ENABLED = 0\rtrue\r")
    run(system)
    #expect(history(system) == "#17\nlet HISTORY_TIMESTAMP = 1\n")
    system.files["/home/.config/ion/initrc"] = Array("let HISTFILE_SIZE = 2".utf8)
    system.directories.append("/home/.config/ion")
    system.files[Self.historyPath] = Array("a\nb\n#3\nc\nd\n".utf8)
    system.typed = []
    run(system)
    #expect(history(system) == "#3\nc\nd\n")
  }

  @Test func wordsOfTheCommandBeforeCanBeNamed() {
    let system = ScriptedSystem("echo one two\recho !$ !^\r!!\r")
    run(system)
    #expect(output(system) == "one two\ntwo one\ntwo one\n")
    #expect(history(system) == "echo one two\necho two one\n")
  }

  @Test func promptIsTheUsers() {
    let system = ScriptedSystem("fn PROMPT; echo -n 'mine> '; end\r\rlet x = 1\r")
    system.environment.append(("USER", "me"))
    run(system)
    let written = String(decoding: system.written, as: UTF8.self)
    #expect(written.contains("me"))
    #expect(written.contains("mine> "))
    let other = ScriptedSystem("let PROMPT = '${PWD}@ '\r\r")
    run(other)
    #expect(String(decoding: other.written, as: UTF8.self).contains("/home@ "))
  }

  @Test func namesAreCompleted() {
    let system = ScriptedSystem(
      "ech\tal\t\rlet variable = 7\recho $vari\t\rfn funny; echo fun; end\rfunn\t\r")
    system.files["/home/alpha"] = []
    run(system)
    #expect(output(system).hasPrefix("alpha\n"))
    #expect(output(system).hasSuffix("7\nfun\n"))
  }

  @Test func inputFromAPipeIsTakenLineByLine() {
    let system = ScriptedSystem("echo one\nif true\necho two\nend\necho three")
    system.hasTerminal = false
    run(system)
    #expect(output(system) == "one\ntwo\nthree\n")
    #expect(history(system) == "")
  }

  @Test func keysAreTheUsersChoice() {
    let system = ScriptedSystem("keybindings vi\recho one two\u{1B}bcwx\r")
    run(system)
    #expect(output(system) == "one x\n")
    let wrong = ScriptedSystem("keybindings ed\recho $?\r")
    run(wrong)
    #expect(output(wrong) == "1\n")
  }

  @Test func longLinesRun() {
    let long = String(repeating: "x", count: 1 << 18)
    let system = ScriptedSystem("\u{1B}[200~echo \(long)\u{1B}[201~\r")
    run(system)
    #expect(system.output.count == 1 << 18 + 1)
  }
}
