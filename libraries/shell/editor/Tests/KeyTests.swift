// SPDX-License-Identifier: MIT
import Testing

@testable import ShellEditor

@Suite("Keys")
struct KeyTests {
  private func keys(_ bytes: [UInt8]) -> [Key] {
    var decoder = KeyDecoder()
    var keys: [Key] = []
    for byte in bytes { decoder.take(byte, into: &keys) }
    decoder.timeOut(into: &keys)
    return keys
  }

  @Test(arguments: [
    ("a", [Key.text([0x61])]), ("ä", [.text([0xC3, 0xA4])]), ("\u{01}", [.control(0x41)]),
    ("\u{1B}", [.named(.escape)]), ("\u{1B}\u{1B}", [.named(.escape, .alt)]),
    ("\u{1B}a", [.alt(0x61)]), ("\u{1B}[A", [.named(.up)]), ("\u{1B}OA", [.named(.up)]),
    ("\u{1B}[1;5C", [.named(.right, .control)]), ("\u{1B}[1;2D", [.named(.left, .shift)]),
    ("\u{1B}[1;3B", [.named(.down, .alt)]), ("\u{1B}\u{1B}[A", [.named(.up, .alt)]),
    ("\u{1B}[H", [.named(.home)]), ("\u{1B}OF", [.named(.end)]), ("\u{1B}[7~", [.named(.home)]),
    ("\u{1B}[3~", [.named(.delete)]), ("\u{1B}[3;5~", [.named(.delete, .control)]),
    ("\u{1B}[Z", [.named(.tab, .shift)]), ("\u{1B}[[A", []), ("\u{1B}[15~", []),
    ("\u{1B}[24;80R", [.cursorReport(row: 24, column: 80)]), ("\u{1B}\r", [.named(.enter, .alt)]),
    ("\u{1B}[", [.alt(0x5B)]), ("\u{1B}O", [.alt(0x4F)]), ("\u{1B}[12", []),
    ("\u{1B}[13;2u", [.named(.enter, .shift)]), ("\u{1B}[97;5u", [.control(0x41)]),
    ("\u{1B}[200~a\u{1B}[A\u{1B}[201~b", [.paste([0x61, 0x1B, 0x5B, 0x41]), .text([0x62])]),
    ("\u{1B}[<0;1;1Mx", [.text([0x78])]), ("\u{1B}[1\u{03}", [.control(0x43)]),
    ("\u{7F}\u{08}", [.named(.backspace), .control(0x48)]),
    ("\t\r\n", [.named(.tab), .named(.enter), .named(.enter)]),
  ])
  func sequencesAreKeys(bytes: String, expected: [Key]) {
    #expect(keys(Array(bytes.utf8)) == expected)
  }

  @Test func bytesThatAreNoTextStayBytes() {
    #expect(keys([0xFF, 0xC3, 0x61]) == [.text([0xFF]), .text([0xC3]), .text([0x61])])
    #expect(keys([0xE2, 0x82]) == [.text([0xE2]), .text([0x82])])
    #expect(keys([0x80]) == [.text([0x80])])
  }

  @Test func viCommands() {
    for (typed, line) in [
      ("one two\u{1B}", "one tw|o"), ("one two\u{1B}0x", "|ne two"), ("one two\u{1B}bD", "one| "),
      ("one two\u{1B}0dw", "|two"), ("one two\u{1B}0cwX", "X| two"), ("one two\u{1B}dd", "|"),
      ("one two\u{1B}0fwx", "one t|o"), ("one two\u{1B}0dtw", "|wo"), ("abc\u{1B}2hix", "x|abc"),
      ("abc\u{1B}0ax", "ax|bc"), ("abc\u{1B}Ix", "x|abc"), ("abc\u{1B}0Ax", "abcx|"),
      ("abc\u{1B}rX", "ab|X"), ("abc\u{1B}0~", "A|bc"), ("one two\u{1B}yyp", "one twoone tw|o"),
      ("one two\u{1B}u", "one| "), ("one two three\u{1B}0d2w", "|three"), ("abc\u{1B}0sX", "X|bc"),
      ("abc\u{1B}ccnew", "new|"), ("abc\u{1B}0$", "ab|c"), ("a.b c\u{1B}0dW", "|c"),
      ("abc def\u{1B}0de", "| def"), ("abc\u{1B}XX", "|c"), ("abcabc\u{1B}0fc;x", "abca|b"),
    ] {
      var typist = Typist(columns: 40)
      typist.editor.bindings = .vi
      typist.begin()
      typist.type(typed)
      #expect(typist.marked == line, "\(typed.debugDescription)")
    }
  }

  @Test func viModeIsShown() {
    var typist = Typist(columns: 40)
    typist.editor.bindings = .vi
    typist.editor.viNormalIndicator = "[=] "
    typist.editor.viInsertIndicator = "[+] "
    typist.begin()
    typist.type("ab")
    #expect(typist.terminal.text == ["[+] $ ab"])
    typist.type("\u{1B}")
    #expect(typist.terminal.text == ["[=] $ ab"])
    #expect(typist.terminal.column == 7)
  }
}
