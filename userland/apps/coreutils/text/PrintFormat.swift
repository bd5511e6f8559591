// SPDX-License-Identifier: MIT
import Base
import Core
import UtilityFrame

/// A format of `printf`.
struct PrintFormat {
  enum Part {
    case bytes(Text)
    case conversion(Conversion)
    /// `\c`
    case stop
  }

  struct Conversion {
    var letter: UInt8
    var isLeft = false
    var showsPlus = false
    var showsSpace = false
    var hasZeros = false
    var isAlternative = false
    var width: Size = .none
    var precision: Size = .none

    enum Size { case none, number(Int), word }
  }

  private(set) var parts: [Part] = []

  /// The most columns and decimal places of one conversion.
  private static var sizeLimit: Int { 1 << 20 }

  init(_ text: Text) throws(UtilityStop) {
    var bytes = Text()
    var reader = EscapeReader(text, octalNeedsZero: false)
    while reader.index < text.count {
      switch text[reader.index] {
      case 0x5C:
        guard case .bytes(let more) = reader.next() else {
          parts += [.bytes(bytes), .stop]
          return
        }
        bytes.bytes += more
      case 0x25 where reader.index + 1 < text.count && text[reader.index + 1] == 0x25:
        bytes.put(0x25)
        reader.index += 2
      case 0x25:
        if !bytes.isEmpty { parts.append(.bytes(bytes)) }
        bytes = Text()
        parts.append(.conversion(try Self.conversion(text, &reader.index)))
      case let byte:
        bytes.put(byte)
        reader.index += 1
      }
    }
    if !bytes.isEmpty { parts.append(.bytes(bytes)) }
  }

  /// A format for one decimal number, as of `seq`.
  init(number text: Text) throws(UtilityStop) {
    try self.init(text)
    var count = 0
    for part in parts {
      guard case .conversion(let conversion) = part else { continue }
      count += 1
      guard conversion.takesDecimal else {
        throw .usage("the format " + text.quotedForMessage + " is not for decimal numbers")
      }
    }
    guard count == 1 else {
      throw .usage("the format " + text.quotedForMessage + " needs exactly one % directive")
    }
  }

  private static func conversion(
    _ text: Text, _ index: inout Int
  ) throws(UtilityStop) -> Conversion {
    let start = index
    index += 1
    var result = Conversion(letter: 0)
    flags: while index < text.count {
      switch text[index] {
      case 0x2D: result.isLeft = true
      case 0x2B: result.showsPlus = true
      case 0x20: result.showsSpace = true
      case 0x30: result.hasZeros = true
      case 0x23: result.isAlternative = true
      default: break flags
      }
      index += 1
    }
    result.width = try size(text, &index)
    if index < text.count, text[index] == 0x2E {
      index += 1
      result.precision = try size(text, &index)
      if case .none = result.precision { result.precision = .number(0) }
    }
    // The C types that may be named mean nothing here.
    while index < text.count, Text("hlLjzt").contains(text[index]) { index += 1 }
    guard index < text.count, Text("sbqcdiouxXfFeEgG").contains(text[index]) else {
      let wrong = text[start..<min(index + 1, text.count)]
      throw .failed(wrong.shownSafely + ": invalid conversion specification")
    }
    result.letter = text[index]
    index += 1
    return result
  }

  private static func size(_ text: Text, _ index: inout Int) throws(UtilityStop) -> Conversion.Size
  {
    if index < text.count, text[index] == 0x2A {
      index += 1
      return .word
    }
    let start = index
    while index < text.count, text[index].isASCIIDigit { index += 1 }
    guard index > start else { return .none }
    guard let size = try? Int(decimal: text[start..<index]), size <= sizeLimit else {
      throw .failed("a width or precision is too large")
    }
    return .number(size)
  }

  // MARK: Printing

  /// Prints once, taking as many words as there are conversions.
  ///
  /// - Parameter complain: told of words that are no numbers.
  /// - Returns: whether printing goes on.
  func put(
    _ words: inout ArraySlice<Text>, into result: inout Text, complain: (Text) -> Void
  ) -> Bool {
    for part in parts {
      switch part {
      case .bytes(let bytes): result.put(bytes.span)
      case .stop: return false
      case .conversion(var conversion):
        if case .word = conversion.width {
          let width = Self.number(words.popFirst() ?? "0", complain)
          if width < 0 { conversion.isLeft = true }
          conversion.width = .number(Int(min(width.magnitude, UInt(Self.sizeLimit))))
        }
        if case .word = conversion.precision {
          let precision = Self.number(words.popFirst() ?? "0", complain)
          conversion.precision = precision < 0 ? .none : .number(min(precision, Self.sizeLimit))
        }
        guard conversion.put(words.popFirst(), into: &result, complain) else { return false }
      }
    }
    return true
  }

  private static func number(_ word: Text, _ complain: (Text) -> Void) -> Int {
    let found = NumberWord(word, complain)
    let magnitude = Int(clamping: found.magnitude)
    return found.isNegative ? -magnitude : magnitude
  }

  /// For a format of one decimal number.
  func text(ofNumber number: Text) -> Text {
    var words = [number][...]
    var result = Text()
    _ = put(&words, into: &result) { _ in }
    return result
  }
}

/// A word as a whole number of C.
struct NumberWord {
  var isNegative = false
  var magnitude: UInt64 = 0

  /// What can be read of it counts; what cannot is told.
  init(_ word: Text, _ complain: (Text) -> Void) {
    guard !word.isEmpty else { return }
    if word[0] == 0x27 || word[0] == 0x22 {
      magnitude = Self.character(word)
      return
    }
    var index = 0
    while index < word.count, word[index].isASCIISpace { index += 1 }
    if index < word.count, word[index] == 0x2D || word[index] == 0x2B {
      isNegative = word[index] == 0x2D
      index += 1
    }
    var base: UInt64 = 10
    if index < word.count, word[index] == 0x30 {
      let isHexadecimal =
        index + 2 < word.count && word[index + 1] | 0x20 == 0x78
        && (word[index + 2].digitValue ?? 99) < 16
      base = isHexadecimal ? 16 : 8
      if isHexadecimal { index += 2 }
    }
    let start = index
    var overflows = false
    while index < word.count, let digit = word[index].digitValue, UInt64(digit) < base {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: base)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      overflows = overflows || overflow || carry
      magnitude = sum
      index += 1
    }
    if index == start {
      complain(word.quotedForMessage + ": expected a numeric value")
    } else if index < word.count {
      complain(word.quotedForMessage + ": value not completely converted")
    } else if overflows {
      magnitude = UInt64.max
      complain(word.quotedForMessage + ": numerical result out of range")
    }
  }

  /// The code point behind a quote.
  static func character(_ word: Text) -> UInt64 {
    guard word.count > 1 else { return 0 }
    let first = word[1]
    let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1
    guard count > 1, word.count > count else { return UInt64(first) }
    var point = UInt64(first & (0x7F >> UInt8(count)))
    for index in 2...count {
      guard word[index] & 0xC0 == 0x80 else { return UInt64(first) }
      point = point << 6 | UInt64(word[index] & 0x3F)
    }
    return point
  }
}
