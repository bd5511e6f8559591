// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import TextUtilities

/// Utilities that print what their arguments say.
struct PrintingTests {
  @Test(arguments: [
    ("echo a b", "a b\n"), ("echo -n a", "a"), ("echo -e a\\tb\\0101\\x42", "a\tbAB\n"),
    ("echo a\\tb", "a\\tb\n"), ("echo -ne a\\cb", "a"), ("echo -x", "-x\n"),
    ("echo -eE a\\n", "a\\n\n"),
    ("echo -e \\u20ac\\q", "€\\q\n"), ("echo", "\n"), ("echo --", "--\n"),
  ])
  func echoing(line: String, expected: String) {
    #expect(output(line) == expected)
  }

  @Test(arguments: [
    ("printf %s\\n a b", "a\nb\n"), ("printf a", "a"), ("printf %d,%i 3 -4", "3,-4"),
    ("printf %5d|%-5d|%05d 42 42 42", "   42|42   |00042"), ("printf %+d␣%␣d 5 5", "+5  5"),
    ("printf %x␣%X␣%#x␣%o␣%#o 255 255 255 8 8", "ff FF 0xff 10 010"),
    ("printf %u -1", "18446744073709551615"),
    ("printf %c%c abc def", "ad"), ("printf %.2s|%5.1s| abc abc", "ab|    a|"),
    ("printf %b a\\tb\\cx rest", "a\tb"), ("printf \\101\\x41\\n", "AA\n"), ("printf %%", "%"),
    ("printf %q␣%q a␣b c", "'a b' c"), ("printf %d 0x1F", "31"), ("printf %d 017", "15"),
    ("printf %d 'A", "65"), ("printf %d 'é", "233"), ("printf %*d 5 42", "   42"),
    ("printf %-*d| 4 1", "1   |"),
    ("printf %.3d|%.0d 5 0", "005|"), ("printf %s|%d|", "|0|"), ("printf a\\cb", "a"),
    ("printf %f 1.5", "1.500000"), ("printf %.2f 2.675", "2.67"),
    ("printf %.0f␣%.0f␣%.0f 0.5 1.5 2.5", "0 2 2"),
    ("printf %e 12345.678", "1.234568e+04"),
    ("printf %g␣%g␣%g 100000 1e6 0.0001", "100000 1e+06 0.0001"),
    ("printf %G 1e-10", "1E-10"), ("printf %08.3f -3.14159", "-003.142"), ("printf %#.0f 3", "3."),
    ("printf %.20f 0.1", "0.10000000000000000555"), ("printf %g inf", "inf"),
    ("printf %5.1f|%-7.2f| 9.96 -1", " 10.0|-1.00  |"),
    ("printf %.3g 0.00012345", "0.000123"), ("printf %#g 1", "1.00000"),
    ("printf %e 0", "0.000000e+00"),
  ])
  func formats(line: String, expected: String) {
    #expect(output(line) == expected)
  }

  @Test(arguments: [
    ("printf %d abc", "0[1] printf: 'abc': expected a numeric value\n"),
    ("printf %d 12x", "12[1] printf: '12x': value not completely converted\n"),
    (
      "printf %d 99999999999999999999",
      "9223372036854775807[1] printf: '99999999999999999999': numerical result out of range\n"
    ),
    ("printf %z", "[1] printf: %z: invalid conversion specification\n"),
    ("printf", "[1] printf: missing operand\nTry 'printf --help'.\n"),
    ("printf %99999999d 1", "[1] printf: a width or precision is too large\n"),
  ])
  func formatsThatFail(line: String, expected: String) {
    #expect(output(line) == expected)
  }

  /// The shortest text that names a double names it alone, and every digit is exact.
  @Test func floatingPointIsExactInBothDirections() {
    var state: UInt64 = 1
    for _ in 0..<2_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: state ^ state >> 21)
      guard value.isFinite else { continue }
      let text = Text(Array(value.description.utf8))
      #expect(FloatText.parse(text).value.bitPattern == value.bitPattern)
      let digits = FloatText.text(
        value.magnitude, style: 0x65, precision: 16, keepsPoint: false)
      #expect(FloatText.parse(digits).value == value.magnitude)
    }
    for text in [
      "4.9e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "1e400", "2e-325",
    ] {
      #expect(FloatText.parse(Text(Array(text.utf8))).value == Double(text))
    }
  }

  @Test(arguments: [
    ("seq 3", "1\n2\n3\n"), ("seq 2 4", "2\n3\n4\n"), ("seq 5 -2 1", "5\n3\n1\n"), ("seq 0", ""),
    ("seq 0 0.5 2", "0.0\n0.5\n1.0\n1.5\n2.0\n"), ("seq 0.1 0.1 0.3", "0.1\n0.2\n0.3\n"),
    ("seq -s, 3", "1,2,3\n"), ("seq -w 8 10", "08\n09\n10\n"),
    ("seq -w 8 3 12", "08\n11\n"), ("seq -w 9.5 10", "09.5\n"), ("seq -w -1 1", "-1\n00\n01\n"),
    ("seq -f %03g 2", "001\n002\n"), ("seq -2 0", "-2\n-1\n0\n"), ("seq 1e1 12", "10\n11\n12\n"),
    ("seq 1 1.5", "1\n"), ("seq -0.5 0.5 0.5", "-0.5\n0.0\n0.5\n"),
    ("seq 9223372036854775806 9223372036854775807", "9223372036854775806\n9223372036854775807\n"),
    ("seq x", "[2] seq: invalid number: 'x'\nTry 'seq --help'.\n"),
    ("seq 1 0 3", "[2] seq: the step must not be zero\nTry 'seq --help'.\n"),
    ("seq -f x 3", "[2] seq: the format 'x' needs exactly one % directive\nTry 'seq --help'.\n"),
  ])
  func sequences(line: String, expected: String) {
    #expect(output(line) == expected)
  }

  @Test(arguments: [
    ("hexdump", "hello\nab", "0000000 6568 6c6c 0a6f 6261                    \n0000008\n"),
    (
      "hexdump -C", "hello",
      "00000000  68 65 6c 6c 6f                                    |hello|\n00000005\n"
    ),
    (
      "hexdump -C", "0123456789abcdef\u{1}",
      "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n00000010  01                                                |.|\n00000011\n"
    ),
    (
      "hexdump -c", "hello\nab\u{1}",
      "0000000   h   e   l   l   o  \\n   a   b 001                            \n0000009\n"
    ),
    (
      "hexdump -x", "hello\nab",
      "0000000    6568    6c6c    0a6f    6261                                \n0000008\n"
    ),
    (
      "hexdump -d", "hello\nab",
      "0000000   25960   27756   02671   25185                                \n0000008\n"
    ),
    (
      "hexdump -o", "hello\nab",
      "0000000  062550  066154  005157  061141                                \n0000008\n"
    ),
    (
      "hexdump -C -s 2 -n 2", "hello",
      "00000002  6c 6c                                             |ll|\n00000004\n"
    ),
    ("hexdump", "", ""),
    (
      "hexdump", String(repeating: "a", count: 49),
      "0000000 6161 6161 6161 6161 6161 6161 6161 6161\n*\n0000030 0061                                   \n0000031\n"
    ),
  ])
  func dumps(line: String, input: String, expected: String) {
    #expect(output(line, input) == expected)
  }

  @Test(arguments: [
    ("tr a-c A-C", "abcd", "ABCd"), ("tr -d aeiou", "education", "dctn"),
    ("tr -s a", "baab", "bab"),
    ("tr -s a-z", "aabbcc dd", "abc d"), ("tr -cd 0-9", "a1b2\n", "12"),
    ("tr [:lower:] [:upper:]", "xY", "XY"),
    ("tr abc x", "aabbcc", "xxxxxx"), ("tr -t abc x", "abc", "xbc"),
    ("tr a-c [x*2]y", "abc", "xxy"),
    ("tr -c a-z\\n [_*]", "a1 b\n", "a__b\n"), ("tr \\n\\t ,", "a\nb\tc", "a,b,c"),
    ("tr \\101 b", "A", "b"),
    ("tr -ds a b", "aabbcc", "bcc"), ("tr -s ab xy", "aabb", "xy"), ("tr [=a=] b", "a", "b"),
    ("tr a- xy", "a-", "xy"),
    ("tr a", "", "[2] tr: missing operand after 'a'\nTry 'tr --help'.\n"),
    ("tr c-a x", "", "[2] tr: a range ends before it starts in 'c-a'\nTry 'tr --help'.\n"),
    ("tr [:foo:] x", "", "[2] tr: invalid character class 'foo'\nTry 'tr --help'.\n"),
  ])
  func translations(line: String, input: String, expected: String) {
    #expect(output(line, input) == expected)
  }

  @Test func yesEndsWhenNobodyReads() {
    let run = run("head -c 0")
    #expect(run.status == 0)
  }
}
