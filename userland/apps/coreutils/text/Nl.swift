// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Nl: UtilityProgram {
  static var manual: Manual {
    Manual(
      "nl", "number lines",
      synopsis: ["[OPTION]… [FILE…]"],
      description: """
        Prints the lines with numbers before those that are not empty. Without a file, and for a \
        file named -, standard input is read. Pages are not told apart.
        """,
      options: [
        .init("-b STYLE", "number all lines (a), those that are not empty (t), none (n)"),
        .init("-i NUMBER", "count by so many; 1 by default"),
        .init("-n FORMAT", "numbers stand left (ln), right (rn), right with zeros (rz)"),
        .init("-s TEXT", "what to print behind numbers; a tab by default"),
        .init("-v NUMBER", "the first number; 1 by default"),
        .init("-w NUMBER", "the columns of numbers; 6 by default"),
      ],
      seeAlso: ["cat"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let style = options.value("-b") ?? "t"
    guard style == "a" || style == "t" || style == "n" else {
      throw .usage("invalid style " + style.quotedForMessage)
    }
    let format = options.value("-n") ?? "rn"
    guard format == "ln" || format == "rn" || format == "rz" else {
      throw .usage("invalid format " + format.quotedForMessage)
    }
    let separator = options.value("-s") ?? "\t"
    let step = try quantity(options.value("-i"), "step") ?? 1
    var number = try quantity(options.value("-v"), "first number") ?? 1
    let width = Int(clamping: try quantity(options.value("-w"), "width") ?? 6)
    guard width > 0, width <= 1 << 16 else { throw .usage("invalid width") }
    try invocation.readLines(options.operands) { line, _ in
      if style == "a" || (style == "t" && !line.isEmpty) {
        if format == "ln" {
          invocation.output.put(Text { $0.put(decimal: number) }, width: width)
        } else {
          invocation.output.put(decimal: number, width: width, fill: format == "rz" ? 0x30 : 0x20)
        }
        invocation.output.put(separator.span)
        number &+= step
      } else {
        invocation.output.put(spaces: width + separator.count)
      }
      invocation.output.put(line)
      invocation.output.put("\n")
    }
    return 0
  }
}
