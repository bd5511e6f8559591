// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import LineDiscipline
import UtilityFrame

enum WordCount: UtilityProgram {
  static var manual: Manual {
    Manual(
      "wc", "count lines, words and bytes", synopsis: ["[-clLmw] [FILE…]"],
      description: """
        Prints the numbers of line feeds, of words and of bytes of each file, and of all together. \
        Words are apart at white space. Without a file, and for a file named -, standard input is \
        read.
        """,
      options: [
        .init("-c, --bytes", "the number of bytes"),
        .init("-m, --chars", "the number of characters in UTF-8"),
        .init("-l, --lines", "the number of line feeds"),
        .init("-L, --max-line-length", "the columns of the widest line"),
        .init("-w, --words", "the number of words"),
      ],
      seeAlso: ["cat", "uniq"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let columns = Columns(options)
    let operands = options.operands
    let width = width(operands, columns, invocation.system)
    var total = TextCount(columns)
    for operand in operands.isEmpty ? ["-"] : operands {
      var count = TextCount(columns)
      let isRead = try invocation.readPieces(operand) { piece in
        count.add(piece)
        return true
      }
      count.finish()
      total.add(count)
      if isRead || count.bytes > 0 {
        put(count, columns, width, operands.isEmpty ? nil : operand, invocation)
      }
    }
    if operands.count > 1 { put(total, columns, width, "total", invocation) }
    return 0
  }

  struct Columns {
    var lines = true
    var words = true
    var characters = false
    var bytes = true
    var widest = false

    init(_ options: Options) {
      guard !options.found.isEmpty else { return }
      lines = options.has("-l")
      words = options.has("-w")
      characters = options.has("-m")
      bytes = options.has("-c")
      widest = options.has("-L")
    }

    var count: Int {
      (lines ? 1 : 0) + (words ? 1 : 0) + (characters ? 1 : 0) + (bytes ? 1 : 0)
        + (widest ? 1 : 0)
    }
  }

  /// Wide enough for the size of all files, which no number exceeds; a stream's is not known.
  private static func width(
    _ operands: [Text], _ columns: Columns, _ system: UtilitySystem
  ) -> Int {
    if columns.count == 1, operands.count <= 1 { return 1 }
    var bytes: UInt64 = 0
    var least = operands.isEmpty ? 7 : 1
    for operand in operands {
      if operand != "-", let status = system.statusIfAny(operand), status.isRegular {
        bytes &+= status.size
      } else {
        least = 7
      }
    }
    return max(least, Text { $0.put(decimal: bytes) }.count)
  }

  private static func put(
    _ count: TextCount, _ columns: Columns, _ width: Int, _ name: Text?, _ invocation: Invocation
  ) {
    var line = Text()
    func put(_ number: UInt64, _ isWanted: Bool) {
      guard isWanted else { return }
      if !line.isEmpty { line.put(" ") }
      line.put(decimal: number, width: width)
    }
    put(count.lines, columns.lines)
    put(count.words, columns.words)
    put(count.characters, columns.characters)
    put(count.bytes, columns.bytes)
    put(count.widest, columns.widest)
    if let name {
      line.put(" ")
      line.put(name == "total" ? name : name.shownSafely)
    }
    line.put("\n")
    invocation.output.put(line)
  }
}

/// The numbers of a text that comes in pieces.
struct TextCount {
  private let countsWords: Bool
  private let countsCharacters: Bool
  private let measures: Bool
  private(set) var lines: UInt64 = 0
  private(set) var words: UInt64 = 0
  private(set) var characters: UInt64 = 0
  private(set) var bytes: UInt64 = 0
  private(set) var widest: UInt64 = 0
  private var isInWord = false
  private var column: UInt64 = 0
  /// A character beyond ASCII that is not over yet, and how many bytes it lacks.
  private var character: (scalar: UInt32, left: Int) = (0, 0)

  init(_ columns: WordCount.Columns) {
    countsWords = columns.words
    countsCharacters = columns.characters
    measures = columns.widest
  }

  mutating func add(_ piece: Span<UInt8>) {
    bytes &+= UInt64(piece.count)
    if !countsWords, !measures, !countsCharacters {
      lines &+= UInt64(piece.count(of: 0x0A))
      return
    }
    if countsWords || countsCharacters { addWords(piece) }
    if !countsWords, !countsCharacters { lines &+= UInt64(piece.count(of: 0x0A)) }
    if measures { measure(piece) }
  }

  private mutating func addWords(_ piece: Span<UInt8>) {
    var (lines, words, characters) = (0, 0, 0)
    var isInWord = isInWord
    for index in piece.indices {
      let byte = piece[index]
      if byte & 0xC0 != 0x80 { characters &+= 1 }
      if byte > 0x20 {
        if !isInWord { words &+= 1 }
        isInWord = true
      } else if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) {
        if byte == 0x0A { lines &+= 1 }
        isInWord = false
      } else {
        // Control characters are part of a word, but make none.
      }
    }
    self.isInWord = isInWord
    self.lines &+= UInt64(lines)
    self.words &+= UInt64(words)
    self.characters &+= UInt64(characters)
  }

  private mutating func measure(_ piece: Span<UInt8>) {
    for index in piece.indices {
      let byte = piece[index]
      switch byte {
      case 0x0A, 0x0C, 0x0D:
        widest = max(widest, column)
        column = 0
      case 0x09: column = (column | 7) &+ 1
      case 0x20...0x7E: column &+= 1
      case 0x80...0xBF where character.left > 0:
        character.scalar = character.scalar << 6 | UInt32(byte & 0x3F)
        character.left &-= 1
        if character.left == 0 { column &+= UInt64(CharacterWidth.of(character.scalar)) }
        continue
      case 0xC0...0xDF: character = (UInt32(byte & 0x1F), 1)
      case 0xE0...0xEF: character = (UInt32(byte & 0xF), 2)
      case 0xF0...0xF7: character = (UInt32(byte & 7), 3)
      default: break
      }
    }
  }

  /// Takes the last line as ended.
  mutating func finish() { widest = max(widest, column) }

  mutating func add(_ other: TextCount) {
    lines &+= other.lines
    words &+= other.words
    characters &+= other.characters
    bytes &+= other.bytes
    widest = max(widest, other.widest)
  }
}
