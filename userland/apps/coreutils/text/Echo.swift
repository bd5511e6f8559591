// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import UtilityFrame

enum Echo: UtilityProgram {
  static var manual: Manual {
    Manual(
      "echo", "print words", synopsis: ["[-neE] [WORD…]"],
      description: """
        Prints the words with a space between them and a line feed at the end. Options count only \
        before the first word.
        """,
      options: [
        .init("-n", "no line feed"),
        .init(
          "-e",
          "\\n, \\t, \\r, \\a, \\b, \\e, \\f, \\v, \\\\, \\0NNN (octal), \\xHH and \\uHHHH stand for bytes, \\c ends it"
        ),
        .init("-E", "they do not; this is so unless -e is given"),
      ],
      seeAlso: ["printf"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var words = invocation.arguments[...]
    if words.count == 1, words.first == "--help" as Text { throw .help }
    var endsLine = true
    var expands = false
    while let word = words.first, Self.isOptions(word) {
      for letter in word.bytes.dropFirst() {
        switch letter {
        case 0x6E: endsLine = false
        case 0x65: expands = true
        default: expands = false
        }
      }
      words = words.dropFirst()
    }
    let text = Array(words).joined(by: " ")
    if expands {
      var result = Text()
      let goesOn = EscapeReader.expand(text, into: &result)
      invocation.output.put(result.span)
      if !goesOn { return 0 }
    } else {
      invocation.output.put(text.span)
    }
    if endsLine { invocation.output.put("\n") }
    return 0
  }

  private static func isOptions(_ word: Text) -> Bool {
    guard word.count > 1, word[0] == 0x2D else { return false }
    return word.bytes.dropFirst().allSatisfy { $0 == 0x6E || $0 == 0x65 || $0 == 0x45 }
  }
}
