// SPDX-License-Identifier: MIT
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Fold: UtilityProgram {
  static var manual: Manual {
    Manual(
      "fold", "break long lines", synopsis: ["[-bs] [-w COLUMNS] [FILE…]"],
      description: """
        Prints the lines, broken so that none is wider than 80 columns. Without a file, and for a \
        file named -, standard input is read.
        """,
      options: [
        .init("-b, --bytes", "count bytes, not columns"),
        .init("-s, --spaces", "break behind a blank if there is one"),
        .init("-w, --width=COLUMNS", "so many columns"),
      ],
      seeAlso: ["expand", "cut"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let width = Int(clamping: try quantity(options.value("-w"), "number of columns") ?? 80)
    guard width > 0 else { throw .usage("the number of columns must not be zero") }
    let countsBytes = options.has("-b")
    let atBlanks = options.has("-s")
    try invocation.readLines(options.operands) { line, isEnded in
      var start = 0
      var column = 0
      var blank: Int?
      var index = 0
      while index < line.count {
        let next = advanced(by: line[index], column, countsBytes)
        if next > width, index > start {
          let end = atBlanks ? blank ?? index : index
          invocation.output.put(line.extracting(start..<end))
          invocation.output.put("\n")
          start = end
          index = end
          column = 0
          blank = nil
          continue
        }
        column = next
        index += 1
        if line[index - 1].isBlank { blank = index }
      }
      invocation.output.put(line.extracting(start..<line.count))
      if isEnded { invocation.output.put("\n") }
    }
    return 0
  }

  private static func advanced(by byte: UInt8, _ column: Int, _ countsBytes: Bool) -> Int {
    if countsBytes { return column + 1 }
    switch byte {
    case 0x09: return (column | 7) + 1
    case 0x08: return max(0, column - 1)
    case 0x0D: return 0
    case 0x80...0xBF: return column
    default: return column + 1
    }
  }
}

enum Expand: UtilityProgram {
  static var manual: Manual {
    Manual(
      "expand", "turn tabs into spaces", synopsis: ["[-i] [-t COLUMNS] [FILE…]"],
      description: """
        Prints the files with spaces in place of tabs. Without a file, and for a file named -, \
        standard input is read.
        """,
      options: [
        .init("-i, --initial", "only tabs before anything else in a line"),
        .init("-t, --tabs=COLUMNS", "tabs stand so many columns apart; 8 by default"),
      ],
      seeAlso: ["fold"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let width = try quantity(options.value("-t"), "number of columns") ?? 8
    guard width > 0, width <= 1 << 20 else { throw .usage("invalid number of columns") }
    let onlyInitial = options.has("-i")
    try invocation.readLines(options.operands) { line, isEnded in
      var column: UInt64 = 0
      var isInitial = true
      for index in line.indices {
        let byte = line[index]
        if byte == 0x09, isInitial || !onlyInitial {
          let next = (column / width + 1) * width
          invocation.output.put(spaces: Int(next - column))
          column = next
          continue
        }
        if !byte.isBlank { isInitial = false }
        if byte == 0x08 {
          column -= min(column, 1)
        } else if byte & 0xC0 != 0x80 {
          column += 1
        }
        invocation.output.put(byte)
      }
      if isEnded { invocation.output.put("\n") }
    }
    return 0
  }
}
