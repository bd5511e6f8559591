// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import Regular

extension LineMatcher {
  mutating func fits(_ line: [UInt8]) -> Bool { matches(line.span) }
  mutating func places(in line: [UInt8]) throws -> [Range<Int>] { try matches(in: line.span) }
}

/// Patterns of POSIX over lines.
struct LineMatcherTests {
  static func matcher(
    _ patterns: [String], _ syntax: RegularSyntax, ignoresCase: Bool = false,
    words: Bool = false, all: Bool = false
  ) throws -> LineMatcher {
    var options = RegularOptions()
    options.ignoresCase = ignoresCase
    options.matchesWords = words
    options.matchesAll = all
    return try LineMatcher(patterns.map { Text($0) }, syntax, options, terminator: 0x0A)
  }

  static func places(
    _ pattern: String, _ line: String, _ syntax: RegularSyntax = .extended,
    words: Bool = false
  ) throws -> [String] {
    var matcher = try matcher([pattern], syntax, words: words)
    let bytes = Array(line.utf8)
    let found = try matcher.places(in: bytes)
    return found.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  static func lines(_ matcher: inout LineMatcher, _ text: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var place = 0
    while place < text.count,
      let line = matcher.nextLine(in: text.span, from: place, to: text.count)
    {
      found.append(line)
      place = line.upperBound + 1
    }
    return found
  }

  @Test(arguments: [
    ("a*b", "aab", true), ("*a", "*a", true), ("\\(*a\\)", "*a", true), ("^*a", "*a", true),
    ("a\\+", "aa", true), ("a+", "aa", false), ("a+", "a+", true), ("a\\{2\\}", "aa", true),
    ("a{2}", "aa", false), ("a{2}", "a{2}", true), ("\\(ab\\)*c", "ababc", true),
    ("a\\|b", "b", true), ("a|b", "a|b", true), ("a^b", "a^b", true), ("a$b", "a$b", true),
    ("\\(^a\\)", "ba", false), ("a\\(b$\\)", "ab", true), ("[]a]", "]", true),
    ("[\\n]", "\\", true), ("\\.", "x", false), ("a\\?b", "b", true), ("\\<b", "a b", true),
    ("\\<b", "ab", false), ("b\\>", "ab", true), ("\\bb", "ab", false), ("\\w\\W", "a-", true),
  ])
  func basicSyntax(pattern: String, line: String, fits: Bool) throws {
    var matcher = try Self.matcher([pattern], .basic)
    let isFitting = matcher.fits(Array(line.utf8))
    let places = try matcher.places(in: Array(line.utf8))
    #expect(isFitting == fits)
    #expect(places.isEmpty != fits)
  }

  @Test(arguments: [
    ("a+", "aa", true), ("a{2,3}$", "caaa", true), ("^(a|b)+$", "abba", true),
    ("a{,2}c", "c", true), ("x{", "x{", true), ("{a", "{a", true), ("*a", "a", true),
    ("(|a)b", "b", true), ("()", "x", true), ("^.$", "é", true), ("^..$", "é", false),
    ("^[é-ü]$", "ö", true), ("^[^é]$", "a", true), ("^[^é]$", "é", false),
    ("^[à-€]$", "é", true), ("^[à-€]$", "₭", false), ("^é+$", "ééé", true),
    ("[[:digit:]]{3}", "a12", false), ("[[.a.]-c]", "b", true), ("[a-]", "-", true),
    ("^\\w$", "é", true), ("\\Bb", "ab", true), ("a\\{", "a{", true),
  ])
  func extendedSyntax(pattern: String, line: String, fits: Bool) throws {
    var matcher = try Self.matcher([pattern], .extended)
    let isFitting = matcher.fits(Array(line.utf8))
    #expect(isFitting == fits)
    let bytes = Array(("one\n" + line + "\ntwo").utf8)
    let hasLine = Self.lines(&matcher, bytes).contains { $0.lowerBound == 4 }
    #expect(hasLine == fits)
  }

  @Test(arguments: [
    ("(", RegularSyntax.extended), (")", .extended), ("\\(", .basic), ("\\)", .basic),
    ("[a", .extended), ("[b-a]", .extended), ("[[:foo:]]", .extended), ("[:space:]", .basic),
    ("a\\{x\\}", .basic), ("a{2,1}", .extended), ("\\", .basic), ("(a)\\1", .extended),
    ("(((((a{99}){99}){99}){99}){99}){99}", .extended),
    (String(repeating: "(", count: 100_000), .extended),
    ("a" + String(repeating: "*", count: 100_000), .extended),
    (
      String(repeating: "(", count: 60) + "a" + String(repeating: ")*+", count: 60), .extended
    ),
  ])
  func wrongPatternsAreRefused(pattern: String, syntax: RegularSyntax) {
    #expect(throws: RegularExpressionError.self) { try Self.matcher([pattern], syntax) }
  }

  @Test func theLongestLeftmostMatchesAreFound() throws {
    #expect(try Self.places("a|ab|abc", "xabcabx") == ["abc", "ab"])
    #expect(try Self.places("[0-9]+", "a1b22c333") == ["1", "22", "333"])
    #expect(try Self.places("x*", "aaxxa") == ["xx"])
    #expect(try Self.places("a*?b", "aab") == ["aab"])
    #expect(try Self.places("$", "ab") == [])
    #expect(try Self.places("é.", "aéüé") == ["éü"])
    #expect(try Self.places("foo", "foo foo-foobar", words: true) == ["foo", "foo"])
    #expect(try Self.places("a.*b|c", "cab") == ["c", "ab"])
    #expect(try Self.places(".", "aé€😀") == ["a", "é", "€", "😀"])
  }

  @Test func linesAreFoundAmongOthers() throws {
    let text = Array("alpha\nbeta gamma\n\ndelta\nlast beta".utf8)
    var literal = try Self.matcher(["beta"], .basic)
    let literalLines = Self.lines(&literal, text)
    #expect(literalLines == [6..<16, 24..<33])
    var empty = try Self.matcher(["^$"], .basic)
    let emptyLines = Self.lines(&empty, text)
    #expect(emptyLines == [17..<17])
    var all = try Self.matcher([""], .basic)
    let allLines = Self.lines(&all, text).count
    #expect(allLines == 5)
    var end = try Self.matcher(["a$"], .basic)
    let endLines = Self.lines(&end, text).count
    #expect(endLines == 4)
    var whole = try Self.matcher(["delta", "alph"], .literal, all: true)
    let wholeLines = Self.lines(&whole, text)
    #expect(wholeLines == [18..<23])
    var cased = try Self.matcher(["BETA"], .literal, ignoresCase: true)
    let casedLines = Self.lines(&cased, text).count
    #expect(casedLines == 2)
    var none = try Self.matcher([], .literal)
    let noneLines = Self.lines(&none, text)
    #expect(noneLines == [])
  }

  @Test func bytesThatAreNoCharactersFitThemselvesAlone() throws {
    let line: [UInt8] = [0x61, 0xFF, 0x62]
    var dot = try Self.matcher(["a.b"], .basic)
    let dotFits = dot.fits(line)
    #expect(!dotFits)
    var options = RegularOptions()
    options.ignoresCase = true
    var same = try LineMatcher([Text([0x41, 0xFF])], .basic, options, terminator: 0x0A)
    let sameFits = same.fits(line)
    #expect(sameFits)
    var set = try LineMatcher([Text([0x5B, 0xFF, 0x5D])], .basic, options, terminator: 0x0A)
    let setPlaces = try set.places(in: line)
    #expect(setPlaces == [1..<2])
  }

  /// What takes exponential time when ways are tried one after another.
  @Test func hardPatternsTakeLittle() throws {
    let line = [UInt8](repeating: 0x61, count: 50_000)
    for pattern in ["^(a*)*b", "(a|aa)+$b", "(a?){30}a{30}c", "(.*)(.*)(.*)(.*)x"] {
      var matcher = try Self.matcher([pattern], .extended)
      let isFitting = matcher.fits(line)
      #expect(!isFitting)
    }
    var many = try Self.matcher(["[ab]*a[ab]{14}x"], .extended)
    let manyFit = many.fits(line)
    #expect(!manyFit)
  }

  /// Automata and the machine that follows all ways are two answers to one question.
  @Test func automataAgreeWithTheMachine() throws {
    var state: UInt64 = 7
    func next(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(truncatingIfNeeded: state >> 33) % count
    }
    let pieces = ["a", "b", "(", ")", "|", "*", "+", "?", "[ab]", ".", "^", "$", "\\b", "{2}", "é"]
    let letters: [UInt8] = [0x61, 0x62, 0x20, 0xC3, 0xA9, 0x0A]
    for _ in 0..<1_000 {
      let pattern = (0...next(8)).map { _ in pieces[next(pieces.count)] }.joined()
      // There, a question mark means another thing in the shell.
      if ["*?", "+?", "??", "}?"].contains(where: pattern.contains) { continue }
      guard let slow = try? RegularExpression(Text(pattern)),
        var fast = try? Self.matcher([pattern], .extended)
      else { continue }
      for _ in 0..<8 {
        let line = (0..<next(12)).map { _ in letters[next(5)] }
        let text = Text(line)
        // `replacing` follows the machine.
        let mark: Text = "\u{1}"
        let found = try slow.replacing(in: text, with: mark).contains(1)
        #expect(slow.matches(text) == found, "\(pattern) \(line)")
        let isFitting = fast.fits(line)
        #expect(isFitting == found, "\(pattern) \(line)")
        let hasPlaces = try !fast.places(in: line).isEmpty
        if hasPlaces { #expect(found, "\(pattern) \(line)") }
        let among = [0x62, 0x0A] + line + [0x0A, 0x61]
        let lines = Self.lines(&fast, among).filter { $0.lowerBound == 2 }
        #expect(lines == (found ? [2..<(2 + line.count)] : []), "\(pattern) \(line)")
      }
    }
  }

  /// Punctuation beyond ASCII is no part of a word, from whichever end a line is read.
  @Test(
    arguments: [
      ("FILE", "FILE… x", ["FILE"]), ("Zitat", "“Zitat”", ["Zitat"]), ("a", "a—b ab ä", ["a"]),
      ("…", "a…b", []), ("…", "a … b", ["…"]), ("für", "für Öl, fürs", ["für"]),
      ("ü", "für ü\u{A0}x", ["ü"]), ("日本", "日本、日本語", ["日本"]), ("x", "x\u{1F600}x", ["x", "x"]),
    ] as [(String, String, [String])])
  func wordsEndAtPunctuation(_ pattern: String, _ line: String, _ found: [String]) throws {
    #expect(try Self.places(pattern, line, words: true) == found)
    // Where it is no word itself, no word begins with it.
    let isWord = pattern != "…"
    #expect(try Self.places("\\<\(pattern)\\>", line) == (isWord ? found : []))
    var matcher = try Self.matcher([pattern], .extended, words: true)
    #expect(matcher.fits(Array(line.utf8)) == !found.isEmpty)
    let text = Array("x\n\(line)\n".utf8)
    let own = pattern == "x" ? 2 : found.isEmpty ? 0 : 1
    #expect(Self.lines(&matcher, text).count == own)
  }

  @Test func wordCharactersAreThoseOfWords() throws {
    #expect(
      try Self.places("\\w+", "FILE… für “日本” a\u{1F600}b·µ") == [
        "FILE", "für", "日本", "a", "b", "µ",
      ])
    #expect(try Self.places("\\W+", "a…b") == ["…"])
    // What is no UTF-8 is taken for letters.
    var matcher = try Self.matcher(["a"], .extended, words: true)
    #expect(!matcher.fits([0x61, 0xE2, 0x80]) && !matcher.fits([0xA6, 0x61]))
    #expect(
      WordCharacters.apart.indices.dropFirst().allSatisfy {
        WordCharacters.apart[$0 - 1].upperBound < WordCharacters.apart[$0].lowerBound
      })
  }
}
