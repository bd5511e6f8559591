// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import UtilityFrame

enum Echo: UtilityProgram {
  static var manual: Manual {
    Manual(
      "echo", "print words", synopsis: ["[-n] [WORD…]"],
      description: "Prints the words with a space between them and a line feed at the end.",
      options: [.init("-n", "no line feed; an option only as the first word")],
      seeAlso: ["printf"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var words = invocation.arguments[...]
    if words.count == 1, words.first == "--help" as Text { throw .help }
    let endsLine = words.first != "-n" as Text
    if !endsLine { words = words.dropFirst() }
    invocation.output.put(Array(words).joined(by: " "))
    if endsLine { invocation.output.put("\n") }
    return 0
  }
}
