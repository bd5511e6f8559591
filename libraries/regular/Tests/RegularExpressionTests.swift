// SPDX-License-Identifier: MIT
import Base
import Testing

@testable import Regular

extension Text {
  init(_ string: String) { self.init(Array(string.utf8)) }
}

struct RegularExpressionTests {
  @Test(arguments: [
    ("a+b", "xaab", true), ("^a$", "a", true), ("^a$", "ab", false), ("a|b", "b", true),
    ("(ab){2,3}c", "ababc", true), ("(ab){2,3}c", "abc", false), ("[[:alpha:]_]+", "a_", true),
    ("[^a-c]", "abc", false), ("\\d\\w\\s", "1a ", true), ("\\bfoo\\b", "a foo b", true),
    ("a.c", "a\nc", false), ("(?:a|b)*?c", "ababc", true), ("a{2}", "a", false), ("", "x", true),
    ("(a*)*", "b", true), ("^(a*)+$", String(repeating: "a", count: 2_000) + "b", false),
  ])
  func expressionsMatch(pattern: String, text: String, fits: Bool) throws {
    #expect(try RegularExpression(Text(pattern)).matches(Text(text)) == fits)
  }

  @Test(arguments: ["(", ")", "[a", "*", "a{9999}", "((a{99}){99}){99}", "\\", "[b-a]"])
  func wrongExpressionsAreRefused(pattern: String) {
    #expect(throws: RegularExpressionError.self) { try RegularExpression(Text(pattern)) }
  }
}
