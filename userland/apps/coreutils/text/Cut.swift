// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Cut: UtilityProgram {
  static var manual: Manual {
    Manual(
      "cut", "print parts of lines",
      synopsis: [
        "-b LIST [OPTION]… [FILE…]", "-c LIST [OPTION]… [FILE…]",
        "-f LIST [-d BYTE] [-s] [OPTION]… [FILE…]",
      ],
      description: """
        Prints the bytes, characters or fields of each line that LIST names: N, N-M, N- or -M, \
        separated by commas, counted from 1. Each is printed once, in the order of the line. \
        Without a file, and for a file named -, standard input is read.
        """,
      options: [
        .init("-b, --bytes=LIST", "bytes"),
        .init("-c, --characters=LIST", "characters in UTF-8"),
        .init("-d, --delimiter=BYTE", "what fields end at; a tab by default"),
        .init("-f, --fields=LIST", "fields; a line without a delimiter is printed whole"),
        .init("-n", "has no effect: characters are never split with -c"),
        .init("-s, --only-delimited", "leave out lines without a delimiter"),
        .init("-z, --zero-terminated", "lines end in a zero byte"),
        .init("--complement", "print what is not in LIST"),
        .init("--output-delimiter=TEXT", "what to print between parts"),
      ],
      examples: [.init("cut -d: -f1,3 FILE", "prints the first and the third field")],
      seeAlso: ["grep", "tr"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var cutter = try LineCutter(options)
    let terminator = options.terminator
    try invocation.readLines(options.operands, terminator: terminator) { line, _ in
      if cutter.cut(line, into: &invocation.output) { invocation.output.put(terminator) }
    }
    return 0
  }
}

/// Ranges of numbers from 1 on, rising and apart.
struct NumberRanges {
  private(set) var ranges: [ClosedRange<Int>] = []

  /// Reads `1,3-5,8-`.
  init(_ list: Text, complement: Bool) throws(UtilityStop) {
    var found: [ClosedRange<Int>] = []
    var text = list
    // Blanks separate as commas do.
    for index in text.indices where text.bytes[index] == 0x20 { text.bytes[index] = 0x2C }
    for part in text.split(at: 0x2C) { found.append(try Self.range(part, list)) }
    found.sort { $0.lowerBound < $1.lowerBound }
    for range in found {
      if let last = ranges.last, range.lowerBound <= last.upperBound {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
    if complement { invert() }
  }

  private static func range(_ part: Text, _ list: Text) throws(UtilityStop) -> ClosedRange<Int> {
    let ends = part.split(at: 0x2D)
    guard ends.count <= 2, !part.isEmpty, part != "-" else {
      throw .usage("invalid list: " + list.quotedForMessage)
    }
    let low = ends[0].isEmpty ? 1 : try number(ends[0])
    if ends.count == 1 { return low...low }
    let high = ends[1].isEmpty ? Int.max : try number(ends[1])
    guard low <= high else {
      throw .usage("invalid range, its end is before its start: " + part.quotedForMessage)
    }
    return low...high
  }

  private static func number(_ text: Text) throws(UtilityStop) -> Int {
    guard text.bytes.allSatisfy({ $0.isASCIIDigit }) else {
      throw .usage("invalid number in a list: " + text.quotedForMessage)
    }
    let number = (try? Int(decimal: text)) ?? Int.max
    guard number > 0 else { throw .usage("fields and positions are numbered from 1") }
    return number
  }

  private mutating func invert() {
    var others: [ClosedRange<Int>] = []
    var next = 1
    for range in ranges {
      if range.lowerBound > next { others.append(next...(range.lowerBound - 1)) }
      guard range.upperBound < Int.max else {
        ranges = others
        return
      }
      next = range.upperBound + 1
    }
    others.append(next...Int.max)
    ranges = others
  }
}

/// Cuts lines as the options say.
struct LineCutter {
  private enum Unit { case byte, character, field }

  private let unit: Unit
  private let ranges: NumberRanges
  private let delimiter: UInt8
  private let needsDelimiter: Bool
  /// What is printed between parts, if it is not what was there.
  private let separator: Text?

  init(_ options: Options) throws(UtilityStop) {
    let names: [StaticString] = ["-b", "-c", "-f"]
    var given = 0
    for name in names { given += options.count(name) }
    guard given == 1, let last = options.last(of: names), let list = options.value(names[last])
    else {
      throw .usage(
        given == 0
          ? "a list of bytes, characters or fields is needed" : "only one list may be given")
    }
    unit = last == 0 ? .byte : last == 1 ? .character : .field
    ranges = try NumberRanges(list, complement: options.has("--complement"))
    let byte = options.value("-d")
    if byte != nil || options.has("-s"), unit != .field {
      throw .usage("-d and -s are for fields (-f)")
    }
    guard byte == nil || byte?.count ?? 0 <= 1 else {
      throw .usage("the delimiter must be a single byte")
    }
    delimiter = byte.map { $0.isEmpty ? 0 : $0[0] } ?? 0x09
    needsDelimiter = options.has("-s")
    separator = options.value("--output-delimiter")
  }

  /// - Returns: whether the line is printed at all.
  mutating func cut(_ line: Span<UInt8>, into output: inout UtilityOutput) -> Bool {
    switch unit {
    case .byte: cutBytes(line, into: &output)
    case .character: cutCharacters(line, into: &output)
    case .field:
      guard line.firstIndex(of: delimiter) != nil else {
        if needsDelimiter { return false }
        output.put(line)
        return true
      }
      cutFields(line, into: &output)
    }
    return true
  }

  private func cutBytes(_ line: Span<UInt8>, into output: inout UtilityOutput) {
    var isFirst = true
    for range in ranges.ranges {
      guard range.lowerBound <= line.count else { return }
      if !isFirst, let separator { output.put(separator.span) }
      isFirst = false
      output.put(line.extracting((range.lowerBound - 1)..<min(range.upperBound, line.count)))
    }
  }

  private func cutCharacters(_ line: Span<UInt8>, into output: inout UtilityOutput) {
    var number = 0
    var index = 0
    var isFirst = true
    for range in ranges.ranges {
      while index < line.count, number + 1 < range.lowerBound {
        index = Self.end(ofCharacterAt: index, in: line)
        number += 1
      }
      guard index < line.count else { return }
      let start = index
      while index < line.count, number < range.upperBound {
        index = Self.end(ofCharacterAt: index, in: line)
        number += 1
      }
      if !isFirst, let separator { output.put(separator.span) }
      isFirst = false
      output.put(line.extracting(start..<index))
    }
  }

  /// A byte with the continuation bytes behind it.
  private static func end(ofCharacterAt index: Int, in line: Span<UInt8>) -> Int {
    var end = index + 1
    while end < line.count, line[end] & 0xC0 == 0x80 { end += 1 }
    return end
  }

  private func cutFields(_ line: Span<UInt8>, into output: inout UtilityOutput) {
    var number = 1
    var start = 0
    var isFirst = true
    for range in ranges.ranges {
      while number < range.lowerBound {
        guard let end = line.firstIndex(of: delimiter, from: start) else { return }
        start = end + 1
        number += 1
      }
      if range.upperBound == Int.max, separator == nil {
        if !isFirst { output.put(delimiter) }
        output.put(line.extracting(start..<line.count))
        return
      }
      while number <= range.upperBound {
        if !isFirst {
          if let separator { output.put(separator.span) } else { output.put(delimiter) }
        }
        isFirst = false
        let end = line.firstIndex(of: delimiter, from: start)
        output.put(line.extracting(start..<(end ?? line.count)))
        guard let end else { return }
        start = end + 1
        number += 1
      }
    }
  }
}
