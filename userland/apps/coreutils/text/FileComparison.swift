// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// Two files side by side, and what `cmp` says of them.
struct FileComparison {
  private let request: ComparisonRequest
  private let system: UtilitySystem
  private var files: [ComparedFile]
  /// Columns of byte numbers in lists: what the largest takes that is known to be possible.
  private let numberWidth: Int
  /// How many bytes were the same, or were listed.
  private var position: UInt64 = 0
  /// Lines that have ended, and whether one is begun.
  private var lines: UInt64 = 0
  private var isInLine = false
  private var hasDifference = false

  init(_ request: ComparisonRequest, _ files: [ComparedFile], _ system: UtilitySystem) {
    self.request = request
    self.system = system
    self.files = files
    var largest = min(request.limit, UInt64(Int64.max))
    for (index, file) in files.enumerated() {
      guard let length = file.length(system) else { continue }
      largest = min(largest, length - min(length, request.skips[index]))
    }
    numberWidth = Text { $0.put(decimal: largest) }.count
  }

  /// Whose reading failed, if that is why `run` has thrown.
  var failedName: Text { files[files[0].hasFailed ? 0 : 1].name }

  /// - Returns: 0 if there is no difference, else 1.
  mutating func run(_ invocation: Invocation) throws(SystemError) -> Int32 {
    for index in 0..<2 { try files[index].skip(request.skips[index], system) }
    while position < request.limit {
      try files[0].fill()
      try files[1].fill()
      if files[0].isAtEnd || files[1].isAtEnd { break }
      let left = request.limit - position
      let most = min(files[0].piece.count, files[1].piece.count)
      let count = left < UInt64(most) ? Int(left) : most
      guard compare(count, invocation) else { return 1 }
      files[0].drop(count)
      files[1].drop(count)
      if invocation.output.failure != nil { return 1 }
    }
    if position < request.limit, files[0].isAtEnd != files[1].isAtEnd {
      sayEnd(of: files[0].isAtEnd ? files[0].name : files[1].name, invocation)
      return 1
    }
    return hasDifference ? 1 : 0
  }

  /// Compares the next bytes of both.
  /// - Returns: whether to go on.
  private mutating func compare(_ count: Int, _ invocation: Invocation) -> Bool {
    let pieces = (files[0].piece, files[1].piece)
    let first = pieces.0.span.extracting(first: count)
    let second = pieces.1.span.extracting(first: count)
    if first.equals(second) {
      pass(first)
      return true
    }
    if request.isSilent { return false }
    for index in 0..<count where first[index] != second[index] {
      hasDifference = true
      let number = position + UInt64(index) + 1
      if request.listsAll {
        list(number, first[index], second[index], &invocation.output)
        continue
      }
      pass(first.extracting(first: index))
      sayDifference(number, first[index], second[index], &invocation.output)
      return false
    }
    pass(first)
    return true
  }

  /// Goes past bytes, and counts the lines among them where that will be said.
  private mutating func pass(_ bytes: Span<UInt8>) {
    guard bytes.count > 0 else { return }
    position += UInt64(bytes.count)
    guard !request.listsAll, !request.isSilent else { return }
    lines += UInt64(bytes.count(of: 0x0A))
    isInLine = bytes[bytes.count - 1] != 0x0A
  }

  private func sayDifference(
    _ number: UInt64, _ first: UInt8, _ second: UInt8, _ output: inout UtilityOutput
  ) {
    output.put(files[0].name.shownSafely + " " + files[1].name.shownSafely)
    output.put(" differ: byte ")
    output.put(decimal: number)
    output.put(", line ")
    output.put(decimal: lines + 1)
    if request.printsBytes {
      output.put(" is ")
      put(first, character: 0, &output)
      output.put(" ")
      put(second, character: 0, &output)
    }
    output.put("\n")
  }

  private func list(
    _ number: UInt64, _ first: UInt8, _ second: UInt8, _ output: inout UtilityOutput
  ) {
    output.put(decimal: number, width: numberWidth)
    output.put(" ")
    if request.printsBytes {
      put(first, character: 4, &output)
      output.put(" ")
      put(second, character: 0, &output)
    } else {
      output.put(Self.octal(first))
      output.put(" ")
      output.put(Self.octal(second))
    }
    output.put("\n")
  }

  /// A byte's value and its character, in `width` columns at least.
  private func put(_ byte: UInt8, character width: Int, _ output: inout UtilityOutput) {
    output.put(Self.octal(byte))
    output.put(" ")
    output.put(Self.character(byte), width: width)
  }

  private static func octal(_ byte: UInt8) -> Text {
    let digits = Text { $0.put(octal: UInt64(byte)) }
    return Text { $0.put(digits, width: 3, alignment: .right) }
  }

  /// `^X` for control characters, `M-` before what has the highest bit.
  static func character(_ byte: UInt8) -> Text {
    let low = byte & 0x7F
    return Text { text in
      if byte >= 0x80 { text.put("M-") }
      if low < 0x20 || low == 0x7F {
        text.put("^")
        text.put(low ^ 0x40)
      } else {
        text.put(low)
      }
    }
  }

  private func sayEnd(of name: Text, _ invocation: Invocation) {
    guard !request.isSilent else { return }
    var line: Text = "EOF on " + name.shownSafely
    if position == 0 {
      line.put(" which is empty")
    } else {
      line.put(" after byte ")
      line.put(decimal: position)
      if !request.listsAll {
        line.put(isInLine ? ", in line " : ", line ")
        line.put(decimal: isInLine ? lines + 1 : lines)
      }
    }
    invocation.complain(line)
  }
}
