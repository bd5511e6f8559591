// SPDX-License-Identifier: MIT
import ABI
import Testing
import UtilityFrame
import UtilityModel

@testable import TextUtilities

/// Utilities that print parts of what they read.
struct PartsTests {
  static let lines = (1...20).map { "\($0)\n" }.joined()

  @Test(arguments: [
    ("head -n 2", "1\n2\n"), ("head -3", "1\n2\n3\n"), ("head -c 4", "1\n2\n"), ("head -n 0", ""),
    ("head -n -18", "1\n2\n"), ("head -c -48", "1\n2"), ("head -n -99", ""),
    ("tail -n 2", "19\n20\n"), ("tail -2", "19\n20\n"), ("tail -c 4", "\n20\n"),
    ("tail -n +19", "19\n20\n"), ("tail -c +49", "20\n"), ("tail -n 0", ""), ("tail -n +99", ""),
    (
      "tail -n +0 - nope",
      "==> standard input <==\n" + lines + "[1] tail: nope: no such file or directory\n"
    ),
    ("head -n x", "[2] head: invalid number of lines: 'x'\nTry 'head --help'.\n"),
  ])
  func headAndTail(line: String, expected: String) {
    #expect(output(line, Self.lines) == expected)
  }

  @Test func linesNeedNoEnd() {
    #expect(output("head -n 1", "a") == "a")
    #expect(output("tail -n 1", "a\nb") == "b")
    #expect(output("head -n -1", "a\nb") == "a\n")
    #expect(output("head -n -1", "a\nb\n") == "a\n")
    #expect(output("head -z -n 1", "a\nb\u{0}c") == "a\nb\u{0}")
  }

  @Test func severalFilesHaveHeadings() {
    let files = ["/a": "1\n2\n", "/b": "3\n"]
    #expect(output("head -n 1 a b", "", files) == "==> a <==\n1\n\n==> b <==\n3\n")
    #expect(output("tail -q -n 1 a b", "", files) == "2\n3\n")
    #expect(output("head -v -n 1 b", "", files) == "==> b <==\n3\n")
  }

  @Test func theEndOfALongFileIsFoundFromBehind() {
    let text = (0..<60_000).map { "line \($0)\n" }.joined()
    let files = ["/a": text]
    #expect(output("tail -n 1 a", "", files) == "line 59999\n")
    #expect(output("tail -n 30000 a", "", files).split(separator: "\n").count == 30_000)
    #expect(output("tail -n 99999 a", "", files) == text)
    #expect(output("tail -c 70000 a", "", files) == String(text.suffix(70_000)))
    #expect(output("tail -n +60000 a", "", files) == "line 59999\n")
    #expect(output("head -n -59999 a", "", files) == "line 0\n")
  }

  @Test func whatIsAddedIsFollowed() {
    let system = ModelSystem()
    system.put("/a", "one\n")
    var contents = ["one\ntwo\n", "one\ntwo\n", "three\n"]
    system.meanwhile = { (system) throws(SystemError) in
      guard !contents.isEmpty else { throw .gone }
      system.rewrite("/a", contents.removeFirst())
    }
    let run = system.run(table, "tail -f -n 1 /a")
    #expect(run.output == "one\ntwo\nthree\n")
    #expect(run.errors == "tail: /a: file truncated\ntail: gone\n")
    #expect(run.status == 1 && system.openCount == 0)
  }

  @Test func aNameIsFollowedThroughOtherFiles() {
    let system = ModelSystem()
    system.put("/b", "other\n")
    var steps = 0
    system.meanwhile = { (system) throws(SystemError) in
      steps += 1
      switch steps {
      case 1: system.put("/a", "one\n")
      case 2: try system.remove("/a")
      case 3: try system.rename("/b", to: "/a")
      default: throw .gone
      }
    }
    let run = system.run(table, "tail -F /a")
    #expect(run.output == "one\nother\n")
    #expect(
      run.errors == """
        tail: /a: no such file or directory
        tail: '/a' has appeared; following the new file
        tail: '/a': no such file or directory
        tail: '/a' has appeared; following the new file
        tail: gone

        """)
    #expect(system.openCount == 0)
  }

  @Test(arguments: [
    ("cut -c 2-3", "abcd\nx\n", "bc\n\n"), ("cut -c -2,4-", "abcde\n", "abde\n"),
    ("cut -b 1,3", "abc\n", "ac\n"), ("cut -c 2", "aéb\n", "é\n"),
    ("cut -b 2", "aéb\n", "\u{FFFD}\n"),
    ("cut -f 2", "a\tb\tc\nd\n", "b\nd\n"), ("cut -s -f 2", "a\tb\nd\n", "b\n"),
    ("cut -d: -f 1,3", "a:b:c\n", "a:c\n"), ("cut -d : -f 2-", "a:b:c", "b:c\n"),
    ("cut -d: -f 3,1", "a:b:c\n", "a:c\n"), ("cut -d: -f 5", "a:b\n", "\n"),
    ("cut -d: --complement -f 2", "a:b:c\n", "a:c\n"),
    ("cut -d: -f 1- --output-delimiter=/", "a:b:c\n", "a/b/c\n"),
    ("cut -c 1,3 --output-delimiter=+", "abc\n", "a+c\n"), ("cut -c 1-2,2-3", "abcd\n", "abc\n"),
  ])
  func cutting(line: String, input: String, expected: String) {
    #expect(output(line, input) == expected)
  }

  @Test(arguments: [
    ("cut", "a list of bytes, characters or fields is needed"),
    ("cut -c 0", "fields and positions are numbered from 1"),
    ("cut -c 3-1", "invalid range, its end is before its start: '3-1'"),
    ("cut -c x", "invalid number in a list: 'x'"), ("cut -f 1 -c 1", "only one list may be given"),
    ("cut -c 1 -d x", "-d and -s are for fields (-f)"), ("cut -c 1,,2", "invalid list: '1,,2'"),
    ("cut -d xy -f 1", "the delimiter must be a single byte"),
  ])
  func wrongListsAreRefused(line: String, message: String) {
    #expect(output(line) == "[2] cut: \(message)\nTry 'cut --help'.\n")
  }

  @Test(arguments: [
    ("uniq", "a\na\nb\na\n", "a\nb\na\n"), ("uniq -c", "a\na\nb", "      2 a\n      1 b\n"),
    ("uniq -d", "a\na\nb\n", "a\n"), ("uniq -u", "a\na\nb\n", "b\n"),
    ("uniq -D", "a\na\nb\n", "a\na\n"),
    ("uniq -i", "a\nA\n", "a\n"), ("uniq -f 1", "1 a\n2 a\n3 b\n", "1 a\n3 b\n"),
    ("uniq -s 1", "xa\nya\n", "xa\n"), ("uniq -w 1", "ab\nac\nb\n", "ab\nb\n"), ("uniq", "", ""),
    ("uniq -du", "a\na\nb\n", ""),
  ])
  func uniqueLines(line: String, input: String, expected: String) {
    #expect(output(line, input) == expected)
  }

  @Test func uniqueLinesGoToAFile() {
    let system = ModelSystem()
    system.put("/in", "a\na\n")
    #expect(system.run(table, "uniq -c in out").status == 0)
    #expect(system.text("/out") == "      2 a\n")
    #expect(system.openCount == 0)
  }

  @Test(arguments: [
    ("wc", "one two\nthree\n", "      2       3      14\n"), ("wc -l", "a\nb", "1\n"),
    ("wc -w", " a  b\tc\n", "3\n"), ("wc -m", "é\n", "2\n"), ("wc -c", "é\n", "3\n"),
    ("wc -L", "ab\n\tc\n", "9\n"), ("wc -L", "日本é\u{301}x\n", "6\n"),
    ("wc -lc", "a\n", "      1       2\n"),
  ])
  func counting(line: String, input: String, expected: String) {
    #expect(output(line, input) == expected)
  }

  @Test func countsOfFilesAreAddedUp() {
    let files = ["/a": "x y\n", "/b": "z"]
    #expect(output("wc a b", "", files) == "1 2 4 a\n0 1 1 b\n1 3 5 total\n")
    #expect(output("wc -l a", "", files) == "1 a\n")
    #expect(output("wc a nope", "", files).hasSuffix("[1] wc: nope: no such file or directory\n"))
  }

  @Test func copiesGoToFiles() {
    let system = ModelSystem()
    system.put("/a", "old\n")
    system.putDirectory("/d")
    system.input = Array("new\n".utf8)
    let run = system.run(table, "tee -a a b d")
    #expect(run.status == 1 && run.output == "new\n")
    #expect(system.text("/a") == "old\nnew\n")
    #expect(system.text("/b") == "new\n")
    #expect(run.errors == "tee: d: is a directory\n")
    #expect(system.openCount == 0)
  }

  @Test func aFullDiskIsToldOnceAndTheOthersGoOn() {
    let system = ModelSystem()
    system.files.capacity = 100_000
    system.input = [UInt8](repeating: 0x61, count: 300_000)
    let run = system.run(table, "tee a")
    #expect(run.status == 1 && run.output.count == 300_000)
    #expect(run.errors == "tee: a: no space left on device\n")
  }
}

/// Small ones that change how lines look.
struct LayoutTests {
  @Test(arguments: [
    ("tac", "a\nb\nc\n", "c\nb\na\n"), ("tac", "a\nb", "ba\n"), ("tac", "", ""),
    ("tac", "\n\n", "\n\n"),
    ("rev", "abc\né€\n", "cba\n€é\n"), ("rev", "ab", "ba"),
    ("fold -w 3", "abcdefgh\n", "abc\ndef\ngh\n"),
    ("fold -w 4 -s", "ab cd ef\n", "ab \ncd \nef\n"), ("fold -w 2", "éüö\n", "éü\nö\n"),
    ("fold -b -w 2", "abc", "ab\nc"),
    ("expand", "a\tb\n", "a       b\n"), ("expand -t 4", "\ta\tb\n", "    a   b\n"),
    ("expand -i", "\ta\tb\n", "        a\tb\n"),
    ("nl", "a\n\nb\n", "     1\ta\n       \n     2\tb\n"),
    ("nl -ba -w 2 -s :", "a\n\n", " 1:a\n 2:\n"), ("nl -n rz -w 3", "a\n", "001\ta\n"),
    ("fold -w 0", "", "[2] fold: the number of columns must not be zero\nTry 'fold --help'.\n"),
  ])
  func layout(line: String, input: String, expected: String) {
    #expect(output(line, input) == expected)
  }
}
