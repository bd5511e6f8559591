// SPDX-License-Identifier: MIT
import Base
import Core
import Testing

/// Tests write `String`, which prints well when they fail.
extension Text {
  init(_ string: String) { self.init(Array(string.utf8)) }
  var string: String { String(decoding: bytes, as: UTF8.self) }
}

@Suite("Text")
struct TextTests {
  @Test func literalsAreTexts() {
    let text: Text = "Grüße"
    #expect(text.count == 7)
    #expect(text.columnCount == 5)
    #expect(text == "Grüße")
    #expect(text != "Grusse")
    switch text {
    case "other": Issue.record("another literal matches")
    case "Grüße": break
    default: Issue.record("its own literal does not match")
    }
  }

  @Test(arguments: [0, 9, 10, -1, -10, 99, 100, 1 << 40, Int64.max, Int64.min])
  func numbersAreWrittenInDecimal(_ number: Int64) {
    #expect(Text(decimal: number).string == "\(number)")
  }

  @Test func textsAreBuilt() {
    var text = Text { $0.put("pid ") }
    text.put(decimal: UInt64(42))
    text.put(text)
    text += "!"
    #expect((text + "?").string == "pid 42pid 42!?")
    #expect(text[4..<6] == "42")
    #expect(text[12...] == "!")
  }

  @Test func textsAreOrderedBytewise() {
    #expect(("a" as Text) < "b")
    #expect(("a" as Text) < "aa")
    #expect(!(("b" as Text) < "aa"))
    #expect(
      ["b", "ä", "", "a/b", "a"].map { Text($0) }.sorted().map(\.string)
        == ["", "a", "a/b", "b", "ä"])
  }

  @Test(arguments: [
    ("", [""]), ("a", ["a"]), (":", ["", ""]), ("a:b::c", ["a", "b", "", "c"]),
  ])
  func splittingKeepsEmptyParts(_ text: String, _ parts: [String]) {
    let split = Text(text).split(at: 0x3A)
    #expect(split.map(\.string) == parts)
    #expect(split.joined(by: ":").string == text)
  }

  @Test(arguments: [
    (1, ["a=b=c"]), (2, ["a", "b=c"]), (3, ["a", "b", "c"]), (9, ["a", "b", "c"]),
  ])
  func splittingHasALimit(_ limit: Int, _ parts: [String]) {
    #expect(Text("a=b=c").split(at: 0x3D, limit: limit).map(\.string) == parts)
  }

  @Test func wordsAndLines() {
    #expect(Text("  a\tb \n c").words().map(\.string) == ["a", "b", "c"])
    #expect(Text(" ").words().isEmpty)
    #expect(Text("a\n\nb\n").lines().map(\.string) == ["a", "", "b"])
    #expect(Text("a\nb").lines().map(\.string) == ["a", "b"])
    #expect(Text().lines().isEmpty)
    #expect(Text("\t a b \n").trimmed() == "a b")
    #expect(Text(" \n").trimmed().isEmpty)
  }

  @Test func partsAreFound() {
    let text = Text("abcabc")
    #expect(text.firstIndex(of: "ca" as Text) == 2)
    #expect(text.firstIndex(of: "abc" as Text, from: 1) == 3)
    #expect(text.firstIndex(of: "abcd" as Text) == nil)
    #expect(text.firstIndex(of: "" as Text, from: 6) == 6)
    #expect(text.hasPrefix("abc") && !text.hasPrefix("bc") && !text.hasPrefix("abcabca"))
    #expect(text.hasSuffix("cabc") && !text.hasSuffix("ab") && text.hasSuffix(""))
    #expect(text.replacing("bc", with: "-").string == "a-a-")
    #expect(text.replacing("", with: "-") == text)
    #expect(text.lastIndex(of: 0x61) == 3)
    #expect(!text.contains(0x7A))
  }

  @Test(arguments: [
    ("0", 0), ("-1", -1), ("+7", 7), ("9223372036854775807", Int.max),
    ("-9223372036854775808", Int.min),
  ])
  func signedNumbersAreRead(_ text: String, _ value: Int) throws {
    #expect(try Int(decimal: Text(text)) == value)
  }

  @Test(
    arguments: [
      ("", .empty), ("-", .empty), ("--1", .notADigit(index: 1)), ("1-", .notADigit(index: 1)),
      ("9223372036854775808", .overflow), ("-9223372036854775809", .overflow),
    ] as [(String, NumberError)])
  func wrongNumbersSayWhy(_ text: String, _ reason: NumberError) {
    #expect(throws: reason) { _ = try Int(decimal: Text(text)) }
  }

  @Test(
    arguments: [
      (0, "0"), (1023, "1023"), (1024, "1.0K"), (1536, "1.5K"), (10_239, "9.9K"), (10_240, "10K"),
      (1_048_575, "1023K"), (1_048_576, "1.0M"), (.max, "15E"),
    ] as [(UInt64, String)])
  func amountsOfBytesAreShort(_ amount: UInt64, _ expected: String) {
    #expect(Text { $0.put(byteSize: amount) }.string == expected)
  }

  @Test(
    arguments: [
      (1023, "1023"), (1024, "1.0K"), (1025, "1.1K"), (10_189, "10K"), (10_190, "10K"),
      (10_241, "11K"), (12_288_000, "12M"), (1_048_575, "1.0M"), (UInt64.max, "16E"),
      ((1 << 60) + 1, "1.1E"), (3 << 50, "3.0P"),
    ] as [(UInt64, String)])
  func spaceIsRoundedUp(amount: UInt64, expected: String) {
    #expect(Text { $0.put(byteSize: amount, isRoundedUp: true) }.string == expected)
  }

  @Test func columnsAreFilledUp() {
    #expect(Text { $0.put("ä" as Text, width: 3) }.string == "ä  ")
    #expect(Text { $0.put("ab" as Text, width: 3, alignment: .right) }.string == " ab")
    #expect(Text { $0.put("abcd" as Text, width: 3) }.string == "abcd")
  }

  @Test(arguments: [
    ("plain-1.0/x", "'plain-1.0/x'", "plain-1.0/x"), ("", "''", "''"),
    ("two words", "'two words'", "'two words'"), ("it's", "'it\\x27s'", "'it'\\''s'"),
    ("a\nb", "'a\\x0ab'", "'a\nb'"), ("\u{1B}[2J", "'\\x1b[2J'", "'\u{1B}[2J'"),
    ("größe", "'größe'", "größe"), ("a\\b", "'a\\x5cb'", "'a\\b'"), ("$HOME", "'$HOME'", "'$HOME'"),
  ])
  func textsAreQuoted(_ text: String, _ forMessage: String, _ forShell: String) {
    #expect(Text(text).quotedForMessage.string == forMessage)
    #expect(Text(text).quotedForShell.string == forShell)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 4096])
  func arraysGrowByManyBytes(_ count: Int) {
    let bytes = [UInt8]((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    var array: [UInt8] = [7]
    array.append(copyOf: bytes.span)
    #expect(array == [7] + bytes)
    array.append(zeros: count)
    #expect(array == [7] + bytes + [UInt8](repeating: 0, count: count))
  }
}
