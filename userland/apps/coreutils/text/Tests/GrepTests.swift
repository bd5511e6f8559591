// SPDX-License-Identifier: MIT
import Testing
import UtilityModel

@testable import TextUtilities

struct GrepTests {
  static let text = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n"

  @Test(arguments: [
    ("grep o", "one\ntwo\nfour\n"), ("grep -v e", "two\nfour\nsix\n"), ("grep -c o", "3\n"),
    ("grep -n ^t", "2:two\n3:three\n10:ten\n"), ("grep -i ONE", "one\n"), ("grep -x ten", "ten\n"),
    ("grep -w t.o", "two\n"), ("grep -o e.", "ee\nev\nen\nei\nen\n"),
    ("grep -on n", "1:n\n7:n\n9:n\n9:n\n10:n\n"),
    ("grep -E t(wo|en)", "two\nten\n"), ("grep -e two -e six", "two\nsix\n"),
    ("grep -F o\nx", "one\ntwo\nfour\nsix\n"),
    ("grep -m 2 o", "one\ntwo\n"), ("grep -l o", "(standard input)\n"), ("grep -q o", ""),
    ("grep -A 1 two", "two\nthree\n"), ("grep -B 1 two", "one\ntwo\n"),
    ("grep -C1 -n five", "4-four\n5:five\n6-six\n"),
    ("grep -A1 two\\|six", "two\nthree\n--\nsix\nseven\n"),
    ("grep -1 -e three -e five", "two\nthree\nfour\nfive\nsix\n"),
    ("grep -vn -A1 n", "2:two\n3:three\n4:four\n5:five\n6:six\n7-seven\n8:eight\n9-nine\n"),
    ("grep -bo i", "20:i\n25:i\n35:i\n41:i\n"), ("grep -H ten", "(standard input):ten\n"),
    ("grep -m1 -A1 t", "two\nthree\n"), ("grep -vc e", "3\n"),
    ("grep -L nope", "(standard input)\n[1] "),
    ("grep nope", "[1] "), ("grep -c nope", "0\n[1] "), ("grep -q nope", "[1] "),
    ("grep -m 0 o", "[1] "),
    ("grep -l nope", "[1] "), ("grep -o nope", "[1] "), ("grep -ov e", ""),
    ("grep", "[2] grep: a pattern is needed\nTry 'grep --help'.\n"),
    ("grep \\(", "[2] grep: invalid regular expression '\\x5c(': unmatched \\(\n"),
    ("grep -A x o", "[2] grep: invalid number of lines: 'x'\nTry 'grep --help'.\n"),
  ])
  func lines(line: String, expected: String) {
    #expect(output(line, Self.text) == expected)
  }

  @Test func colours() {
    let match = "\u{1B}[01;31m\u{1B}[Kw\u{1B}[m\u{1B}[K"
    #expect(output("grep --color=always w", Self.text) == "t\(match)o\n")
    #expect(output("grep --color w", Self.text) == "two\n")
    let system = ModelSystem()
    system.terminalColumns = 80
    system.input = Array("two\n".utf8)
    #expect(system.run(table, "grep --color=auto -n w").output.contains(match))
    #expect(output("grep --color=red w", Self.text).hasPrefix("[2]"))
  }

  static let files = [
    "/d/a.txt": "foo\nbar\n", "/d/b.c": "foo bar\n", "/d/sub/c.txt": "x\nfoo\n", "/p": "foo\nx\n",
  ]

  @Test(arguments: [
    ("grep foo /d/a.txt /d/b.c", "/d/a.txt:foo\n/d/b.c:foo bar\n"),
    ("grep -h foo /d/a.txt /d/b.c", "foo\nfoo bar\n"),
    ("grep -r foo /d", "/d/a.txt:foo\n/d/b.c:foo bar\n/d/sub/c.txt:foo\n"),
    ("grep -rl foo /d", "/d/a.txt\n/d/b.c\n/d/sub/c.txt\n"),
    ("grep -r foo", "d/a.txt:foo\nd/b.c:foo bar\nd/sub/c.txt:foo\np:foo\n"),
    ("grep -rL x /d", "/d/a.txt\n/d/b.c\n"),
    ("grep -rc foo /d/sub", "/d/sub/c.txt:1\n"),
    ("grep -r --include=*.c foo /d", "/d/b.c:foo bar\n"),
    ("grep -r --exclude=*.txt foo /d", "/d/b.c:foo bar\n"),
    ("grep -rh --exclude-dir=sub foo /d", "foo\nfoo bar\n"),
    ("grep -f /p /d/sub/c.txt", "x\nfoo\n"), ("grep -rlZ bar /d", "/d/a.txt\u{0}/d/b.c\u{0}"),
    ("grep foo /d/a.txt nope", "/d/a.txt:foo\n[2] grep: nope: no such file or directory\n"),
    ("grep -s foo /d/a.txt nope", "/d/a.txt:foo\n[2] "), ("grep -q foo nope /d/a.txt", ""),
    ("grep foo /d", "[2] grep: /d: is a directory\n"),
  ])
  func files(line: String, expected: String) {
    let run = run(line, "", Self.files)
    let printed = run.status == 0 ? run.output : run.output + "[\(run.status)] " + run.errors
    #expect(printed == expected)
  }

  @Test func otherBytes() {
    #expect(output("grep a", "x\u{0}a\n") == "grep: (standard input): binary file matches\n")
    #expect(output("grep -a a", "x\u{0}a\n") == "x\u{0}a\n")
    #expect(output("grep -c a", "x\u{0}a\na\n") == "2\n")
    #expect(output("grep -z b", "a\nb\u{0}c\u{0}") == "a\nb\u{0}")
    #expect(output("grep -I a", "x\u{0}a\n") == "[1] ")
    let long = String(repeating: "ab", count: 1 << 19)
    #expect(output("grep -c b$", long + "\n" + long) == "2\n")
    #expect(output("grep -n x", long + "\nx\n" + long) == "2:x\n")
    #expect(output("grep -v ab", long + "\n\n") == "\n")
  }

  /// Lines and context that lie across the pieces in which a file is read.
  @Test func contextReachesAcrossPieces() {
    let text = (1...40_000).map { "line \($0)\n" }.joined()
    for number in [1, 7_000, 7_100, 13_333, 39_999, 40_000] {
      let lines = ((number - 2)...(number + 2)).filter { (1...40_000).contains($0) }
      let expected = lines.map { "\($0)\($0 == number ? ":" : "-")line \($0)\n" }.joined()
      #expect(output("grep -n -C2 -x line␣\(number)", text) == expected)
    }
    #expect(output("grep -c 7", text) == "\((1...40_000).filter { "\($0)".contains("7") }.count)\n")
  }
}
