// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import UtilityFrame

enum Printf: UtilityProgram {
  static var manual: Manual {
    Manual(
      "printf", "print words by a format", synopsis: ["FORMAT [WORD…]"],
      description: """
        Prints FORMAT, in which %s, %d and their like take the words one after another; while \
        words are left it is printed again. Missing words are empty or zero.

        %s word, %b word with escapes as of echo -e, %q word quoted for a shell, %c its first byte, \
        %d and %i whole number, %u without sign, %o octal, %x and %X hexadecimal, %f, %e, %g (and \
        capital) decimal, %% a percent sign. Flags -, +, space, 0, #, a width and a precision go \
        before the letter; * takes them from a word. Numbers may be written 0x1F, 017 or 'c (the \
        value of a character).
        """,
      exitStatus: [
        .init("0", "all was printed"), .init("1", "a word is no number, or output failed"),
      ],
      examples: [.init("printf '%s %03d\\n' a 7", "prints a 007")],
      seeAlso: ["echo", "seq"], usageStatus: 1)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var words = invocation.arguments[...]
    if words.count == 1, words.first == "--help" as Text { throw .help }
    if words.first == "--" as Text { words = words.dropFirst() }
    guard let text = words.popFirst() else { throw .usage("missing operand") }
    let format = try PrintFormat(text)
    repeat {
      let before = words.count
      var line = Text()
      let goesOn = format.put(&words, into: &line) { invocation.complain($0) }
      invocation.output.put(line.span)
      try invocation.checkOutput()
      if !goesOn { break }
      if words.count == before, let first = words.first {
        invocation.say("printf: ignoring excess arguments, starting with " + first.quotedForMessage)
        break
      }
    } while !words.isEmpty
    return 0
  }
}
