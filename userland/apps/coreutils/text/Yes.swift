// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import UtilityFrame

enum Yes: UtilityProgram {
  static var manual: Manual {
    Manual(
      "yes", "print a line again and again", synopsis: ["[WORD…]"],
      description: "Prints the words, or y, in one line, until nobody reads any more.",
      seeAlso: ["echo"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var words = invocation.arguments
    if words == ["--help"] { throw .help }
    if words.first == "--" as Text { words.removeFirst() }
    let line = (words.isEmpty ? "y" : words.joined(by: " ")) + "\n"
    var lines = line
    // Many at once take few writes.
    while lines.count < 8 << 10 { lines.put(line) }
    while true {
      invocation.output.put(lines.span)
      try invocation.checkOutput()
    }
  }
}
