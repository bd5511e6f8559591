// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Uniq: UtilityProgram {
  static var manual: Manual {
    Manual(
      "uniq", "print lines that follow each other only once",
      synopsis: ["[-cdDiuz] [-f NUMBER] [-s NUMBER] [-w NUMBER] [INPUT [OUTPUT]]"],
      description: """
        Prints each line that differs from the one before. Equal lines that are not neighbours are \
        made so by sort.
        """,
      options: [
        .init("-c, --count", "print how many lines there were before each"),
        .init("-d, --repeated", "print only lines that there were several of, once"),
        .init("-D", "print only lines that there were several of, all of them"),
        .init("-f, --skip-fields=NUMBER", "do not compare so many fields, apart at blanks"),
        .init("-i, --ignore-case", "take letters of either case as equal"),
        .init("-s, --skip-chars=NUMBER", "do not compare so many bytes after the fields"),
        .init("-u, --unique", "print only lines that there was one of"),
        .init("-w, --check-chars=NUMBER", "compare no more than so many bytes"),
        .init("-z, --zero-terminated", "lines end in a zero byte"),
      ],
      seeAlso: ["sort"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.count <= 2 else {
      throw .usage("extra operand " + options.operands[2].quotedForMessage)
    }
    let inputName = options.operands.first ?? "-"
    var file: FileOutput?
    if options.operands.count == 2, options.operands[1] != "-" {
      file = try FileOutput(options.operands[1], invocation)
    }
    defer { file?.close() }
    var groups = try LineGroups(options)
    var blocks = TextBlocks(terminator: options.terminator)
    func add(_ block: Span<UInt8>) {
      if let file {
        groups.add(block, &file.output)
      } else {
        groups.add(block, &invocation.output)
      }
    }
    try invocation.readPieces(inputName) { (piece) throws(UtilityStop) in
      try blocks.add(piece) { add($0) }
      return file?.output.failure == nil
    }
    try blocks.finish { add($0) }
    if let file {
      groups.finish(&file.output)
      file.finish(invocation)
    } else {
      groups.finish(&invocation.output)
    }
    return 0
  }
}

/// Joins equal lines that follow each other.
struct LineGroups {
  private let counts: Bool
  private let printsRepeated: Bool
  private let printsUnique: Bool
  private let printsAll: Bool
  private let ignoresCase: Bool
  private let skippedFields: UInt64
  private let skippedBytes: UInt64
  private let comparedBytes: UInt64
  private let terminator: UInt8
  private var line: [UInt8] = []
  /// What of `line` is compared.
  private var key = 0..<0
  private var count: UInt64 = 0

  init(_ options: Options) throws(UtilityStop) {
    counts = options.has("-c")
    printsAll = options.has("-D")
    printsRepeated = !options.has("-u")
    printsUnique = !options.has("-d") && !printsAll
    if counts, printsAll { throw .usage("printing all lines and their counts makes no sense") }
    ignoresCase = options.has("-i")
    terminator = options.terminator
    skippedFields = try quantity(options.value("-f"), "number of fields to skip") ?? 0
    skippedBytes = try quantity(options.value("-s"), "number of bytes to skip") ?? 0
    comparedBytes =
      try quantity(options.value("-w"), "number of bytes to compare") ?? UInt64.max
  }

  mutating func add(_ block: Span<UInt8>, _ output: inout UtilityOutput) {
    var start = 0
    while start < block.count {
      let end = block.firstIndex(of: terminator, from: start) ?? block.count
      add(line: block.extracting(start..<end), &output)
      start = end + 1
    }
  }

  private mutating func add(line next: Span<UInt8>, _ output: inout UtilityOutput) {
    let nextKey = key(of: next)
    if count > 0, isEqual(next.extracting(nextKey)) {
      if printsAll {
        if count == 1 { put(&output) }
        output.put(next)
        output.put(terminator)
      }
      count += 1
      return
    }
    finish(&output)
    line.removeAll(keepingCapacity: true)
    line.append(copyOf: next)
    key = nextKey
    count = 1
  }

  private func isEqual(_ other: Span<UInt8>) -> Bool {
    let own = line.span.extracting(key)
    guard own.count == other.count else { return false }
    guard ignoresCase else { return own.equals(other) }
    for index in own.indices where own[index].lowercased != other[index].lowercased {
      return false
    }
    return true
  }

  private func key(of line: Span<UInt8>) -> Range<Int> {
    var index = 0
    var fields = skippedFields
    while fields > 0, index < line.count {
      while index < line.count, line[index].isBlank { index += 1 }
      while index < line.count, !line[index].isBlank { index += 1 }
      fields -= 1
    }
    let start = index + Int(min(skippedBytes, UInt64(line.count - index)))
    return start..<(start + Int(min(comparedBytes, UInt64(line.count - start))))
  }

  /// Prints the last group, if it is one to be printed.
  mutating func finish(_ output: inout UtilityOutput) {
    guard count > 0, !printsAll, count > 1 ? printsRepeated : printsUnique else { return }
    put(&output)
  }

  private func put(_ output: inout UtilityOutput) {
    if counts {
      output.put(decimal: count, width: 7)
      output.put(" ")
    }
    output.put(line.span)
    output.put(terminator)
  }
}

extension UInt8 {
  var isBlank: Bool { self == 0x20 || self == 0x09 }
  var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
  var uppercased: UInt8 { self >= 0x61 && self <= 0x7A ? self ^ 0x20 : self }
}
