// SPDX-License-Identifier: MIT
import Base
import Core
import UtilityFrame

/// Prints lines with what is wanted before them.
struct GrepPrinter {
  private let style: GrepStyle
  private var name = Text()
  /// The number of the line that was printed last, of this file; zero at first.
  private var lastLine: UInt64 = 0
  private var hasPrinted = false

  init(_ style: GrepStyle) { self.style = style }

  mutating func begin(_ name: Text) {
    self.name = name
    lastLine = 0
  }

  // MARK: Colours

  private func put(
    _ colour: StaticString, _ output: inout UtilityOutput, _ body: (inout UtilityOutput) -> Void
  ) {
    if style.isColoured { output.put(colour) }
    body(&output)
    if style.isColoured { output.put("\u{1B}[m\u{1B}[K") }
  }

  // MARK: Lines

  mutating func put(
    _ bytes: Span<UInt8>, _ parts: [Range<Int>], _ line: UInt64, _ offset: UInt64,
    _ output: inout UtilityOutput
  ) {
    lastLine = line
    hasPrinted = true
    if style.output == .parts {
      // What does not fit has no parts that do.
      if style.isInverted { return }
      for part in parts {
        putPrefix(line, offset &+ UInt64(part.lowerBound), 0x3A, &output)
        put(Colours.match, &output) { $0.put(bytes.extracting(part)) }
        output.put(style.terminator)
      }
      return
    }
    putPrefix(line, offset, 0x3A, &output)
    var start = 0
    for part in parts {
      output.put(bytes.extracting(start..<part.lowerBound))
      put(Colours.match, &output) { $0.put(bytes.extracting(part)) }
      start = part.upperBound
    }
    output.put(bytes.extracting(start..<bytes.count))
    output.put(style.terminator)
  }

  mutating func putContext(
    _ bytes: Span<UInt8>, _ line: UInt64, _ offset: UInt64, _ output: inout UtilityOutput
  ) {
    lastLine = line
    hasPrinted = true
    putPrefix(line, offset, 0x2D, &output)
    output.put(bytes)
    output.put(style.terminator)
  }

  /// Prints `--` between groups of lines that do not follow each other.
  func separate(before line: UInt64, _ output: inout UtilityOutput) {
    guard hasPrinted, line != lastLine + 1 || lastLine == 0 else { return }
    put(Colours.separator, &output) { $0.put("--") }
    output.put("\n")
  }

  private func putPrefix(
    _ line: UInt64, _ offset: UInt64, _ separator: UInt8, _ output: inout UtilityOutput
  ) {
    if style.showsNames {
      put(Colours.name, &output) { $0.put(name.span) }
      putSeparator(style.nameEnd ?? separator, &output)
    }
    if style.showsNumbers {
      put(Colours.number, &output) { $0.put(decimal: line) }
      putSeparator(separator, &output)
    }
    if style.showsOffsets {
      put(Colours.number, &output) { $0.put(decimal: offset) }
      putSeparator(separator, &output)
    }
  }

  private func putSeparator(_ separator: UInt8, _ output: inout UtilityOutput) {
    if separator == 0 {
      output.put(separator)
    } else {
      put(Colours.separator, &output) { $0.put(separator) }
    }
  }

  // MARK: Files

  func putCount(_ count: UInt64, _ output: inout UtilityOutput) {
    if style.showsNames {
      put(Colours.name, &output) { $0.put(name.span) }
      putSeparator(style.nameEnd ?? 0x3A, &output)
    }
    output.put(decimal: count)
    output.put("\n")
  }

  func putName(_ output: inout UtilityOutput) {
    put(Colours.name, &output) { $0.put(name.span) }
    output.put(style.nameEnd ?? 0x0A)
  }
}

/// As other programs show it.
private enum Colours {
  static var match: StaticString { "\u{1B}[01;31m\u{1B}[K" }
  static var name: StaticString { "\u{1B}[35m\u{1B}[K" }
  static var number: StaticString { "\u{1B}[32m\u{1B}[K" }
  static var separator: StaticString { "\u{1B}[36m\u{1B}[K" }
}
