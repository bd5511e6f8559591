// SPDX-License-Identifier: MIT
import Testing

@testable import Core

private func written<let capacity: Int>(_ text: FixedText<capacity>) -> String {
  String(decoding: (0..<text.count).map { text.bytes[$0] }, as: UTF8.self)
}

@Suite("Text without allocation")
struct TextTests {
  @Test func bytesCompareWithLiterals() {
    let name = Array("scheme".utf8)
    check(name.span.equals("scheme"))
    check(!name.span.equals("schema"))
    check(!name.span.equals("schemes"))
    check(name.span.starts(with: "sch"))
    check(name.span.starts(with: ""))
    check(!name.span.starts(with: "schemes"))
    check(("Grüße" as StaticString).bytes.count == 7)
  }

  @Test(arguments: [
    ("", "", false), ("", "a", true), ("a", "", false), ("a", "a", false), ("a", "b", true),
    ("a", "ab", true), ("ab", "b", true), ("b", "ab", false),
  ])
  func bytesAreOrdered(_ left: String, _ right: String, _ precedes: Bool) {
    let (first, second) = (Array(left.utf8), Array(right.utf8))
    check(first.span.precedes(second.span) == precedes)
    check((first.span.order(to: second.span) < 0) == precedes)
    check((first.span.order(to: second.span) == 0) == (left == right))
  }

  @Test func aByteIsFoundFromBothEnds() {
    let path = Array("a/b/c".utf8)
    check(path.span.firstIndex(of: 0x2F) == 1)
    check(path.span.firstIndex(of: 0x2F, from: 2) == 3)
    check(path.span.firstIndex(of: 0x2F, from: 9) == nil)
    check(path.span.firstIndex(of: 0x2F, from: -9) == 1)
    check(path.span.lastIndex(of: 0x2F) == 3)
    check(path.span.lastIndex(of: 0x78) == nil)
  }

  /// Eight bytes are looked at together: every place in a word, neighbours that differ in one bit.
  @Test func bytesAreFoundAndCountedAtEveryPlace() {
    for length in 0..<20 {
      for place in 0..<length {
        var bytes = [UInt8](repeating: 0x0B, count: length)
        for other in bytes.indices where other % 3 == 0 { bytes[other] = 0x8A }
        bytes[place] = 0x0A
        for start in 0...(length + 1) {
          check(bytes.span.firstIndex(of: 0x0A, from: start) == (start <= place ? place : nil))
        }
        check(bytes.span.firstIndex(of: 0x0A, from: Int.max) == nil)
        check(bytes.span.count(of: 0x0A) == 1)
        check(bytes.span.count(of: 0x8A) == bytes.filter { $0 == 0x8A }.count)
        check(bytes.span.count(of: 0) == 0)
      }
    }
  }

  @Test(
    arguments: [
      ("0", 0), ("7", 7), ("255", 255), ("0000255", 255),
    ] as [(String, UInt8)])
  func decimalNumbersAreRead(_ text: String, _ value: UInt8) throws {
    try check(UInt8(decimal: Array(text.utf8).span) == value)
  }

  @Test(
    arguments: [
      ("", .empty), ("-1", .notADigit(index: 0)), ("1 ", .notADigit(index: 1)),
      ("12a", .notADigit(index: 2)), ("256", .overflow), ("99999999999999999999", .overflow),
    ] as [(String, NumberError)])
  func wrongNumbersSayWhy(_ text: String, _ reason: NumberError) {
    #expect(throws: reason) { _ = try UInt8(decimal: Array(text.utf8).span) }
  }

  @Test func otherBasesAreRead() throws {
    try check(UInt64(hexadecimal: Array("fFfFFFFFffffffff".utf8).span) == .max)
    #expect(throws: NumberError.overflow) {
      _ = try UInt64(hexadecimal: Array("10000000000000000".utf8).span)
    }
    #expect(throws: NumberError.notADigit(index: 0)) {
      _ = try UInt64(hexadecimal: Array("g".utf8).span)
    }
    try check(UInt32(octal: Array("1777".utf8).span) == 0o1777)
    #expect(throws: NumberError.notADigit(index: 0)) { _ = try UInt32(octal: Array("8".utf8).span) }
  }

  @Test func numbersAreWritten() {
    var text = FixedText<128>()
    text.put(decimal: UInt64.max)
    text.put(" ")
    text.put(decimal: Int64.min)
    text.put(" ")
    text.put(decimal: UInt64(7), width: 3)
    text.put(decimal: UInt64(7), width: 3, fill: 0x30)
    text.put(" 0x")
    text.put(hexadecimal: 0xBEEF, digits: 8)
    text.put(" ")
    text.put(octal: .max)
    text.put(" ")
    text.put(octal: 0o17, digits: 4)
    #expect(
      written(text)
        == "18446744073709551615 -9223372036854775808   7007 0x0000beef 1777777777777777777777 0017"
    )
    #expect(!text.isTruncated)
  }

  @Test func everyNumberReadsBackAsItself() throws {
    var number: UInt64 = 1
    for _ in 0..<200 {
      number = number &* 6_364_136_223_846_793_005 &+ 1
      var text = FixedText<80>()
      let value = number >> (number & 63)
      text.put(decimal: value)
      try check(UInt64(decimal: text.bytes) == value)
      text.removeAll()
      text.put(hexadecimal: value)
      try check(UInt64(hexadecimal: text.bytes) == value)
    }
  }

  @Test func aFullTextSaysThatItIsCut() {
    var text = FixedText<4>()
    text.put("12345")
    #expect(written(text) == "1234")
    #expect(text.isTruncated)
  }

  @Test func anOutputSpanDropsWhatDoesNotFit() {
    let bytes = [UInt8](capacity: 3) { span in span.put("abcdef") }
    #expect(bytes == Array("abc".utf8))
  }
}
