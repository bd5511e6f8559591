// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Tac: UtilityProgram {
  static var manual: Manual {
    Manual(
      "tac", "print files with the last line first", synopsis: ["[FILE…]"],
      description: """
        Prints the lines of each file in reverse. Without a file, and for a file named -, standard \
        input is read. A file is held in memory.
        """,
      seeAlso: ["cat", "rev", "sort"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    for operand in options.operands.isEmpty ? ["-"] : options.operands {
      var text: [UInt8] = []
      try invocation.readPieces(operand) { piece in
        text.append(copyOf: piece)
        return true
      }
      var end = text.count
      while end > 0 {
        var start = end - 1
        while start > 0, text[start - 1] != 0x0A { start -= 1 }
        invocation.output.put(text.span.extracting(start..<end))
        end = start
      }
      try invocation.checkOutput()
    }
    return 0
  }
}

enum Rev: UtilityProgram {
  static var manual: Manual {
    Manual(
      "rev", "print each line backwards", synopsis: ["[FILE…]"],
      description: """
        Prints each line with its last character first; characters are those of UTF-8. Without a \
        file, and for a file named -, standard input is read.
        """,
      seeAlso: ["tac"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    try invocation.readLines(options.operands) { line, isEnded in
      var end = line.count
      while end > 0 {
        var start = end - 1
        while start > 0, end - start < 4, line[start] & 0xC0 == 0x80 { start -= 1 }
        // Continuation bytes without a beginning go one by one.
        if line[start] & 0xC0 == 0x80 { start = end - 1 }
        invocation.output.put(line.extracting(start..<end))
        end = start
      }
      if isEnded { invocation.output.put("\n") }
    }
    return 0
  }
}
