// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import Testing

@testable import TOML

/// A document as one line: tables in braces, arrays in brackets.
func picture(_ text: String) throws -> String {
  picture(try TOMLDocument(parsing: Array(text.utf8)).root)
}

private func picture(_ item: TOMLItem) -> String {
  switch item.value {
  case .string(let text): return "\"" + String(decoding: text.bytes, as: UTF8.self) + "\""
  case .integer(let number): return "\(number)"
  case .float(let number): return "\(number)"
  case .boolean(let truth): return "\(truth)"
  case .dateTime(let moment):
    let text = Text { moment.put(to: &$0) }
    return String(decoding: text.bytes, as: UTF8.self)
  case .array: return "[" + item.items.map { picture($0) }.joined(separator: " ") + "]"
  case .table:
    let rows = item.items.map {
      String(decoding: $0.key.bytes, as: UTF8.self) + "=" + picture($0)
    }
    return "{" + rows.joined(separator: " ") + "}"
  }
}

/// `LINE:COLUMN cause` of the error in a document.
func failure(_ text: String) -> String {
  do throws(TOMLError) {
    _ = try TOMLDocument(parsing: Array(text.utf8))
    return "none"
  } catch { return "\(error.place.line):\(error.place.column) \(error.cause)" }
}

@Suite struct TOMLTests {
  static let documents: [(String, String)] = [
    ("", "{}"),
    ("\u{FEFF}a = 1", "{a=1}"),
    ("# only\r\n\r\n  # comments", "{}"),
    ("a=1#x\r\nb = true\n", "{a=1 b=true}"),
    ("\"\" = 1\n'a b' = 2\n3 = 4\n-_ = 5", "{=1 a b=2 3=4 -_=5}"),
    ("a . \"b.c\" .d = 1\na.e=2", "{a={b.c={d=1} e=2}}"),
    ("[x]\na=1\n[ y . z ]\nb=2\n[y]\nc=3", "{x={a=1} y={z={b=2} c=3}}"),
    ("[[a]]\nx=1\n[a.b]\ny=2\n[[a]]\n[[a.c]]\n[[a.c]]", "{a=[{x=1 b={y=2}} {c=[{} {}]}]}"),
    ("[a]\nb.c=1\n[a.b.d]\ne=2", "{a={b={c=1 d={e=2}}}}"),
    ("a = [ 1, # one\n\n 2,\n] \nb=[[],['x', {y=1}]]", "{a=[1 2] b=[[] [\"x\" {y=1}]]}"),
    ("a = { b.c = 1, b.d=2 , e = {} }", "{a={b={c=1 d=2} e={}}}"),
    ("a = \"x\\t\\\"\\\\\\u00e9\\U0001F600\"", "{a=\"x\t\"\\é😀\"}"),
    ("a = 'c:\\d'", "{a=\"c:\\d\"}"),
    ("a = \"\"\"\r\nx\r\n  y \\  \n\n   z\"\"\"", "{a=\"x\n  y z\"}"),
    ("a = \"\"\"\"\"x\"\"y\"\"\"\"\"\nb=''''''", "{a=\"\"\"x\"\"y\"\"\" b=\"\"}"),
    ("a = '''\n'x''y'''''", "{a=\"'x''y''\"}"),
    ("a = [+1, -0, 1_000, 0xDEAD_beef, 0o17, 0b1_0]", "{a=[1 0 1000 3735928559 15 2]}"),
    (
      "a = [9223372036854775807, -9223372036854775808, 0x7fffffffffffffff]",
      "{a=[9223372036854775807 -9223372036854775808 9223372036854775807]}"
    ),
    (
      "a = [1.5, -0.0, 1e3, 1E-2, 6.02_2e+2_3, inf, -inf, +inf]",
      "{a=[1.5 -0.0 1000.0 0.01 6.022e+23 inf -inf inf]}"
    ),
    ("a = [nan, -nan, 1e06]", "{a=[nan nan 1000000.0]}"),
    (
      "a = 1979-05-27T07:32:00Z\nb=1979-05-27 00:32:00.9990-07:30",
      "{a=1979-05-27T07:32:00Z b=1979-05-27T00:32:00.999-07:30}"
    ),
    (
      "a = [2000-02-29, 07:32:59.000000001, 0000-01-01t00:00:60]",
      "{a=[2000-02-29 07:32:59.000000001 0000-01-01T00:00:60]}"
    ),
    ("a = 07:32:00.1234567899", "{a=07:32:00.123456789}"),
  ]

  @Test(arguments: documents)
  func documentsAreRead(_ text: String, _ expected: String) throws {
    #expect(try picture(text) == expected)
  }

  static let failures: [(String, String)] = [
    ("a = 1 b = 2", "1:7 lineEndMissing"),
    ("a", "1:2 equalsMissing"),
    ("a =\n1", "1:4 valueMissing"),
    ("= 1", "1:1 keyMissing"),
    ("a. = 1", "1:4 keyMissing"),
    ("é = 1", "1:1 keyMissing"),
    ("x = 'é' y", "1:9 lineEndMissing"),
    ("[a", "1:3 headerNotClosed"),
    ("[[a]\nb=1", "1:5 headerNotClosed"),
    ("[]", "1:2 keyMissing"),
    ("a = yes", "1:5 valueMissing"),
    ("a = 1\na = 2", "2:1 defined"),
    ("a.b = 1\na.b.c = 2", "2:3 notATable"),
    ("a = 1\na.b = 2", "2:1 notATable"),
    ("[a]\n[a]", "2:2 defined"),
    ("[a.b]\n[a]\nb.c = 1", "3:1 tableClosed"),
    ("[a]\nb.c=1\n[a.b]", "3:4 defined"),
    ("a = {}\n[a.b]", "2:2 tableClosed"),
    ("a = {b={}}\na.b.c = 1", "2:1 tableClosed"),
    ("a = []\n[[a]]", "2:3 notAnArrayOfTables"),
    ("a = [{}]\n[a.b]", "2:2 tableClosed"),
    ("[a]\n[[a]]", "2:3 notAnArrayOfTables"),
    ("[[a]]\n[a]", "2:2 defined"),
    ("a = [1 2]", "1:8 arrayNotClosed"),
    ("a = [1,,2]", "1:8 valueMissing"),
    ("a = {b=1,}", "1:10 keyMissing"),
    ("a = {b=1\n}", "1:9 inlineTableNotClosed"),
    ("a = {b=1, b=2}", "1:11 defined"),
    ("a = 'x\n'", "1:5 stringNotClosed"),
    ("a = \"x", "1:5 stringNotClosed"),
    ("a = \"\"\"x\"\"", "1:5 stringNotClosed"),
    ("a = \"\"\"x\"\"\"\"\"\"", "1:14 lineEndMissing"),
    ("a = \"\\x41\"", "1:6 invalidEscape"),
    ("a = \"\\u12g4\"", "1:6 invalidEscape"),
    ("a = \"\\ud800\"", "1:6 invalidCharacterNumber"),
    ("a = \"\\U00110000\"", "1:6 invalidCharacterNumber"),
    ("a = \"\u{7}\"", "1:6 controlCharacter"),
    ("# \u{1}", "1:3 controlCharacter"),
    ("a = 1\rb = 2", "1:6 lineEndMissing"),
    ("a = 01", "1:5 invalidNumber"),
    ("a = 1__0", "1:5 invalidNumber"),
    ("a = _1", "1:5 valueMissing"),
    ("a = 1_", "1:5 invalidNumber"),
    ("a = +0x1", "1:5 invalidNumber"),
    ("a = 0xg", "1:5 invalidNumber"),
    ("a = 0x", "1:5 invalidNumber"),
    ("a = 1.", "1:5 invalidNumber"),
    ("a = .5", "1:5 valueMissing"),
    ("a = 1.e5", "1:5 invalidNumber"),
    ("a = 1e", "1:5 invalidNumber"),
    ("a = 1e5.5", "1:5 invalidNumber"),
    ("a = 1.2.3", "1:5 invalidNumber"),
    ("a = 9223372036854775808", "1:5 integerOutOfRange"),
    ("a = -9223372036854775809", "1:5 integerOutOfRange"),
    ("a = 0xFFFFFFFFFFFFFFFF", "1:5 integerOutOfRange"),
    ("a = 1e309", "1:5 floatOutOfRange"),
    ("a = 1979-5-27", "1:5 invalidDate"),
    ("a = 1979-05-27x", "1:5 invalidDate"),
    ("a = 1979-02-29", "1:5 dateOutOfRange"),
    ("a = 1979-13-01", "1:5 dateOutOfRange"),
    ("a = 24:00:00", "1:5 dateOutOfRange"),
    ("a = 12:00", "1:5 invalidDate"),
    ("a = 12:00:00.", "1:5 invalidDate"),
    ("a = 1979-05-27T12:00:00+24:00", "1:5 dateOutOfRange"),
    ("a = 12:00:00Z", "1:5 invalidDate"),
  ]

  @Test(arguments: failures)
  func errorsSayWhereAndWhy(_ text: String, _ expected: String) {
    #expect(failure(text) == expected)
  }

  @Test func whatIsNoTextIsRefused() {
    for (bytes, column) in [
      ([0x61, 0xFF], 2), ([0x23, 0xC0, 0x80], 2), ([0x23, 0xED, 0xA0, 0x80], 2),
      ([0x23, 0xC3, 0xA9, 0xF4, 0x90, 0x80, 0x80], 3), ([0x23, 0xE2, 0x82], 2),
    ] as [([UInt8], Int)] {
      #expect(
        throws: TOMLError(place: TOMLPlace(line: 1, column: column), cause: .notUTF8)
      ) { try TOMLDocument(parsing: bytes) }
    }
  }

  @Test func limitsHold() {
    let deep = String(repeating: "[", count: 100)
    #expect(failure("a=" + deep).hasSuffix("tooDeep"))
    #expect(failure("a=" + String(repeating: "{a=", count: 100)).hasSuffix("tooDeep"))
    #expect(
      failure(Array(repeating: "a", count: 100).joined(separator: ".") + "=1")
        .hasSuffix("tooDeep"))
    #expect(
      failure("[" + Array(repeating: "a", count: 100).joined(separator: ".") + "]")
        .hasSuffix("tooDeep"))
    #expect(failure(String(repeating: "\n", count: 1 << 20 + 1)) == "1:1 documentTooLong")
  }

  @Test func manyKeysAreFound() throws {
    var text = ""
    for index in 0..<20_000 { text += "k\(index) = \(index)\n" }
    let document = try TOMLDocument(parsing: Array(text.utf8))
    for index in stride(from: 0, to: 20_000, by: 97) {
      let key = Text(Array("k\(index)".utf8))
      #expect(document.root[key]?.value == .integer(Int64(index)))
    }
    #expect(document.root["k20000"] == nil)
    #expect(failure(text + "k77 = 0") == "20001:1 defined")
  }

  @Test func placesAreThoseOfKeys() throws {
    let document = try TOMLDocument(parsing: Array("[a]\n  'é'.b = 1\n  c = [\n 'x' ]".utf8))
    #expect(document.root["a"]?.place == TOMLPlace(line: 1, column: 2))
    #expect(document.root["a"]?["é"]?["b"]?.place == TOMLPlace(line: 2, column: 7))
    #expect(document.root["a"]?["c"]?.items.first?.place == TOMLPlace(line: 4, column: 2))
    #expect(document.root["a"]?["c"]?["x"] == nil)
    #expect(document.root["a"]?["c"]?.items.first?.value == .string("x"))
  }
}

// What is read can be written anew, all inline, and is then read as the same.
@Test(arguments: [1, 2, 3] as [UInt64])
func documentsMeanTheSameWrittenAnew(seed: UInt64) throws {
  var mutator = Mutator(
    examples: TOMLTests.documents.map { Array($0.0.utf8) }
      + TOMLTests.failures.map { Array($0.0.utf8) }, seed: seed)
  var accepted = 0
  for _ in 0..<20_000 {
    let bytes = mutator.mutate()
    do throws(TOMLError) {
      let document = try TOMLDocument(parsing: bytes)
      accepted += 1
      let again = Text { text in
        for item in document.root.items {
          text.put(item)
          text.put("\n")
        }
      }
      let copy = try TOMLDocument(parsing: again.bytes)
      #expect(picture(copy.root) == picture(document.root))
    } catch {
      let lines = Text(bytes).split(at: 0x0A)
      #expect(error.place.line >= 1 && error.place.line <= lines.count)
      #expect(error.place.column >= 1)
      if error.place.line <= lines.count {
        #expect(error.place.column <= lines[error.place.line - 1].count + 1)
      }
    }
  }
  #expect(accepted > 100)
}

extension Text {
  /// A pair, whose value stands in one piece.
  fileprivate mutating func put(_ item: TOMLItem) {
    put(quoted: item.key)
    put("=")
    put(value: item)
  }

  private mutating func put(value item: TOMLItem) {
    switch item.value {
    case .string(let text): put(quoted: text)
    case .integer(let number): put(Text(Array("\(number)".utf8)))
    case .float(let number): put(Text(Array("\(number)".utf8)))
    case .boolean(let truth): put(truth ? "true" : "false")
    case .dateTime(let moment): moment.put(to: &self)
    case .array:
      put("[")
      for item in item.items {
        put(value: item)
        put(",")
      }
      put("]")
    case .table:
      put("{")
      for (index, item) in item.items.enumerated() {
        if index > 0 { put(",") }
        put(item)
      }
      put("}")
    }
  }

  private mutating func put(quoted text: Text) {
    put("\"")
    for byte in text.bytes {
      if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F {
        let digits = Array("0123456789abcdef".utf8)
        put("\\u00")
        put(digits[Int(byte >> 4)])
        put(digits[Int(byte & 15)])
      } else {
        put(byte)
      }
    }
    put("\"")
  }
}

@Suite struct DecimalTests {
  /// The host's own reading of the same text is the judge.
  @Test func floatsAreTheNearest() throws {
    var generator = SeededGenerator(seed: 7)
    for round in 0..<3000 {
      var text: String
      if round % 2 == 0 {
        let number = Double(bitPattern: UInt64.random(in: 0..<0x7FF << 52, using: &generator))
        text = "\(number)"
      } else {
        let count = Int.random(in: 1...40, using: &generator)
        let digits = (0..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }
        text = "1" + digits.joined() + "." + digits.reversed().joined()
        text += "e\(Int.random(in: -350...250, using: &generator))"
      }
      try check(text)
    }
  }

  @Test(arguments: [
    "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072014e-308",
    "2.2250738585072011e-308", "1.7976931348623157e308", "9007199254740993.0",
    "9007199254740992.99999999999999999999999999999999", "9007199254740993.00000000000000000001",
    "0.1", "0e9999999999", "1e-9999999999", "5e-325", "123456789012345678901234567890.0",
    "1.00000000000000011102230246251565404236316680908203125",
  ])
  func edges(_ text: String) throws { try check(text) }

  @Test func aMillionDigitsAreRead() throws {
    // Half between two neighbours, and then one digit far away that decides.
    let half = "9007199254740993." + String(repeating: "0", count: 100_000)
    #expect(try value(half) == 9_007_199_254_740_992)
    #expect(try value(half + "1") == 9_007_199_254_740_994)
    #expect(try value(String(repeating: "9", count: 200_000) + "e-200000") == 1)
  }

  private func check(_ text: String) throws {
    #expect(try value(text).bitPattern == Double(text)?.bitPattern, "\(text)")
  }

  private func value(_ text: String) throws -> Double {
    let document = try TOMLDocument(parsing: Array("a=\(text)".utf8))
    guard case .float(let number) = document.root["a"]?.value else { return .nan }
    return number
  }
}
