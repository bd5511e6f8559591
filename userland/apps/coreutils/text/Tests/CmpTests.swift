// SPDX-License-Identifier: MIT
import Testing
import UtilityModel

@testable import TextUtilities

struct CmpTests {
  static let files = [
    "/a": "one\ntwo\nthree\n", "/b": "one\ntwo\nthree\n", "/c": "one\ntwx\nthree\n",
    "/short": "one\ntw", "/lines": "one\ntwo\n", "/empty": "", "/control": "one\u{1}two\nthreé",
  ]

  @Test(arguments: [
    ("cmp /a /b", ""), ("cmp /a /a", ""), ("cmp - -", ""),
    ("cmp /a /c", "/a /c differ: byte 7, line 2\n[1] "),
    ("cmp -b /a /c", "/a /c differ: byte 7, line 2 is 157 o 170 x\n[1] "),
    ("cmp -s /a /c", "[1] "), ("cmp -s /a /short", "[1] "), ("cmp -s -n 6 /a /short", ""),
    ("cmp -n 6 /a /c", ""), ("cmp -n 7 /a /c", "/a /c differ: byte 7, line 2\n[1] "),
    ("cmp /a /short", "[1] cmp: EOF on /short after byte 6, in line 2\n"),
    ("cmp /lines /a", "[1] cmp: EOF on /lines after byte 8, line 2\n"),
    ("cmp /empty /a", "[1] cmp: EOF on /empty which is empty\n"),
    ("cmp -l /a /c", " 7 157 170\n[1] "),
    ("cmp -l /short /c", "[1] cmp: EOF on /short after byte 6\n"),
    (
      "cmp -bl /c /control",
      " 4  12 ^J     1 ^A\n 7 170 x    157 o\n13 145 e    303 M-C\n"
        + "14  12 ^J   251 M-)\n[1] "
    ),
    ("cmp -i 4 /a /c", "/a /c differ: byte 3, line 1\n[1] "),
    ("cmp -i 7:0 /a /c", "/a /c differ: byte 1, line 1\n[1] "),
    ("cmp /a /c 7 7", ""), ("cmp -i 7 /a /c 1", ""), ("cmp /a /b 100 100", ""),
    ("cmp /a /nope", "[2] cmp: /nope: no such file or directory\n"),
    ("cmp -s /a /nope", "[2] "), ("cmp /", "[2] cmp: /: is a directory\n"),
    ("cmp -ls /a /b", "[2] cmp: -l and -s exclude each other\nTry 'cmp --help'.\n"),
    ("cmp", "[2] cmp: a file to compare is missing\nTry 'cmp --help'.\n"),
    ("cmp -n x /a /b", "[2] cmp: invalid number of bytes: 'x'\nTry 'cmp --help'.\n"),
    ("cmp /a /b 1 2 3", "[2] cmp: extra operand '3'\nTry 'cmp --help'.\n"),
  ])
  func files(line: String, expected: String) {
    #expect(output(line, "", Self.files) == expected)
  }

  @Test func standardInputIsOneOfThem() {
    #expect(output("cmp /a", "one\ntwo\nthree\n", Self.files) == "")
    #expect(
      output("cmp - /a 4", "xxxxone", Self.files) == "[1] cmp: EOF on - after byte 3, in line 1\n")
  }

  /// Pieces of the two files end at different places.
  @Test func longFilesDifferInTheirLastByte() {
    let line = String(repeating: "0123456789\n", count: 30_000)
    let files = ["/x": "y" + line + "a", "/y": line + "b"]
    #expect(output("cmp /x /y 1", "", files) == "/x /y differ: byte 330001, line 30001\n[1] ")
    #expect(output("cmp /x - 1", line + "a", files) == "")
  }
}
