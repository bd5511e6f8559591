// SPDX-License-Identifier: MIT
import Base
import Testing
import UtilityFrame
import UtilityModel

@testable import TextUtilities

struct FindTests {
  static func system() -> ModelSystem {
    let system = ModelSystem()
    system.put("/t/a.txt", "hello\n")
    system.put("/t/b.TXT", "", mode: 0o600)
    system.put("/t/sub/c.c", String(repeating: "x", count: 3000), mode: 0o755)
    system.put("/t/sub/deep/d", "y")
    system.putDirectory("/t/empty")
    system.putLink("/t/link", to: "a.txt")
    system.put("/bin/run", "", mode: 0o755)
    system.put("/bin/echo", "", mode: 0o755)
    system.variables = ["PATH=/bin"]
    return system
  }

  @Test(arguments: [
    ("/t", "/t /t/a.txt /t/b.TXT /t/empty /t/link /t/sub /t/sub/c.c /t/sub/deep /t/sub/deep/d"),
    ("/t -name *.txt", "/t/a.txt"), ("/t -iname *.txt", "/t/a.txt /t/b.TXT"),
    ("/t -type d", "/t /t/empty /t/sub /t/sub/deep"),
    ("/t -xdev -type l", "/t/link"), ("/t -type l", "/t/link"),
    ("-L /t -type f -name link", "/t/link"),
    ("/t -type f -size +1k", "/t/sub/c.c"),
    ("/t -size 6c", "/t/a.txt"), ("/t -empty", "/t/b.TXT /t/empty"),
    ("/t -maxdepth 1 -type d", "/t /t/empty /t/sub"),
    ("/t -mindepth 3", "/t/sub/deep/d"),
    ("/t -path */sub/*", "/t/sub/c.c /t/sub/deep /t/sub/deep/d"),
    ("/t -name sub -prune -o -type f -print", "/t/a.txt /t/b.TXT"),
    ("/t -type f ! -name *.c", "/t/a.txt /t/b.TXT /t/sub/deep/d"),
    ("/t ( -name a* -o -name d ) -type f", "/t/a.txt /t/sub/deep/d"),
    ("/t -perm 755 -type f", "/t/sub/c.c"),
    ("/t -perm -u+x -type f", "/t/sub/c.c"),
    ("/t -perm /077 -type f", "/t/a.txt /t/sub/c.c /t/sub/deep/d"),
    ("/t -depth -name d*", "/t/sub/deep/d /t/sub/deep"), ("/t/a.txt", "/t/a.txt"),
    ("/t -false", ""),
    ("/t -name [ab].*", "/t/a.txt /t/b.TXT"),
    ("/t -type f,l -maxdepth 1", "/t/a.txt /t/b.TXT /t/link"),
    ("/t -name a.txt -print -o -name d", "/t/a.txt"), ("/t -lname a*", "/t/link"),
    ("/t -newer /t/a.txt", ""),
    ("/t -maxdepth 0", "/t"), ("/t -mtime -1 -name d", "/t/sub/deep/d"), ("/t -mtime +1", ""),
    ("/t -mmin 0 -name d", "/t/sub/deep/d"),
  ])
  func trees(line: String, expected: String) {
    let run = Self.system().run(table, "find " + line)
    let isOrdered = line.contains("-depth")
    let paths = run.output.split(separator: "\n").map(String.init)
    #expect((isOrdered ? paths : paths.sorted()) == expected.split(separator: " ").map(String.init))
    #expect(run.status == 0 && run.errors.isEmpty)
  }

  @Test(arguments: [
    ("/t -frob", "unknown predicate '-frob'"), ("/t -name", "missing argument to '-name'"),
    ("/t (", "an expression is missing at the end"),
    ("/t )", "unknown predicate ')'"), ("/t -name a )", "there is a ) without a ("),
    ("/t -size x", "invalid argument 'x' to '-size'"),
    ("/t -type q", "invalid argument 'q' to '-type'"),
    ("/t -exec a", "missing ; or {} + after '-exec'"),
    ("/t -perm x", "invalid argument 'x' to '-perm'"),
    ("/t !", "an expression is missing at the end"), ("/t ( -name a", "a ) is missing"),
  ])
  func wrongExpressionsAreRefused(line: String, message: String) {
    let run = Self.system().run(table, "find " + line)
    #expect(run.errors == "find: \(message)\nTry 'find --help'.\n")
    #expect(run.status == 1)
  }

  @Test func whatIsMissingIsToldAndTheRestFound() {
    let run = Self.system().run(table, "find nope /t/a.txt")
    #expect(run.output == "/t/a.txt\n" && run.status == 1)
    #expect(run.errors == "find: nope: no such file or directory\n")
  }

  @Test func filesAreRemovedFromBelow() {
    let system = Self.system()
    #expect(system.run(table, "find /t/sub -delete").status == 0)
    #expect(!system.exists("/t/sub") && system.exists("/t/a.txt"))
  }

  @Test func commandsRunForEachOrForMany() {
    let system = Self.system()
    system.program = { start in ChildEnd(.exited, start.arguments[1] == "/t/a.txt" ? 0 : 1) }
    let each = system.run(table, "find /t -type f -exec run {} x{}y ; -print")
    #expect(each.output == "/t/a.txt\n" && each.status == 0)
    #expect(system.started.count == 4)
    #expect(system.started.contains { $0.arguments == ["run", "/t/a.txt", "x/t/a.txty"] })
    let many = Self.system()
    #expect(many.run(table, "find /t -type f -exec run {} +").status == 0)
    #expect(many.started.map { $0.arguments.count } == [5])
    let missing = many.run(table, "find /t/a.txt -exec nope {} ;")
    #expect(missing.errors.hasPrefix("find: nope: no such file"))
  }

  @Test func deepExpressionsAreRefusedAndLongOnesNot() {
    let system = Self.system()
    #expect(system.run(table, ["find"] + Array(repeating: "(", count: 100_000)).status == 1)
    let long = ["find", "/t/a.txt"] + Array(repeating: "-true", count: 50_000)
    #expect(system.run(table, long).output == "/t/a.txt\n")
  }
}

struct XargsTests {
  static func started(_ line: String, _ input: String, statuses: [UInt32] = []) -> (
    [[String]], ModelRun
  ) {
    let system = FindTests.system()
    system.input = Array(input.utf8)
    var left = statuses
    system.program = { _ in ChildEnd(.exited, left.isEmpty ? 0 : left.removeFirst()) }
    let run = system.run(table, line)
    let words = system.started.map {
      $0.arguments.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
    return (words, run)
  }

  @Test(arguments: [
    ("xargs", "a b\nc", [["echo", "a", "b", "c"]]),
    ("xargs -n 2 run x", "a b c", [["run", "x", "a", "b"], ["run", "x", "c"]]),
    ("xargs", "'a b' \"c'd\" e\\ f", [["echo", "a b", "c'd", "e f"]]),
    ("xargs -0", "a b\u{0}c\n\u{0}", [["echo", "a b", "c\n"]]),
    ("xargs -d , ", "a,b c,d", [["echo", "a", "b c", "d"]]),
    ("xargs -I {} run {} -{}-", " a b\nc\n", [["run", "a b", "-a b-"], ["run", "c", "-c-"]]),
    ("xargs -L 2", "a\nb c\n\nd\n", [["echo", "a", "b", "c"], ["echo", "d"]]),
    ("xargs", "", [["echo"]]), ("xargs -r", "\n", []),
    ("xargs -n1 -P4", "a b", [["echo", "a"], ["echo", "b"]]),
    ("xargs", "'' x", [["echo", "", "x"]]),
    ("xargs -s 12", "aaa bbb ccc", [["echo", "aaa"], ["echo", "bbb"], ["echo", "ccc"]]),
    ("xargs run -n", "a", [["run", "-n", "a"]]),
  ])
  func commands(line: String, input: String, expected: [[String]]) {
    let (words, run) = Self.started(line, input)
    #expect(words == expected)
    #expect(run.status == 0 && run.errors.isEmpty)
  }

  @Test func statuses() {
    #expect(Self.started("xargs -n1", "a b", statuses: [1, 0]).1.status == 123)
    let aborted = Self.started("xargs -n1", "a b", statuses: [255, 0])
    #expect(aborted.1.status == 124 && aborted.0.count == 1)
    #expect(Self.started("xargs nope", "a").1.status == 127)
    #expect(Self.started("xargs /t/a.txt", "a").1.status == 126)
    let quote = Self.started("xargs", "a 'b")
    #expect(quote.1.status == 1 && quote.1.errors.hasPrefix("xargs: unmatched single quote"))
    #expect(Self.started("xargs -n x", "").1.status == 1)
    let verbose = Self.started("xargs -t", "'a b'")
    #expect(verbose.1.errors == "echo 'a b'\n")
  }

  @Test func manyArgumentsAreSpread() {
    let input = (0..<100_000).map { "argument\($0)\n" }.joined()
    let (words, run) = Self.started("xargs run", input)
    #expect(run.status == 0 && words.count > 5)
    #expect(words.reduce(0) { $0 + $1.count - 1 } == 100_000)
    #expect(words.allSatisfy { $0.reduce(0) { $0 + $1.utf8.count + 1 } <= 128 << 10 })
  }
}
