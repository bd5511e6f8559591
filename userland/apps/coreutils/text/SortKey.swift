// SPDX-License-Identifier: MIT
import Base
import Core
import UtilityFrame

/// How lines are compared by one key.
struct SortOrder: Equatable {
  enum Kind { case bytes, number, general, human, month, version }
  var kind = Kind.bytes
  var ignoresBlanks = false
  var ignoresCase = false
  /// Only blanks, letters and digits count.
  var isDictionary = false
  var onlyPrintable = false
  var isReversed = false

  /// Takes an option letter; false if it is none of an order.
  mutating func take(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "b"): ignoresBlanks = true
    case UInt8(ascii: "d"): isDictionary = true
    case UInt8(ascii: "f"): ignoresCase = true
    case UInt8(ascii: "g"): kind = .general
    case UInt8(ascii: "h"): kind = .human
    case UInt8(ascii: "i"): onlyPrintable = true
    case UInt8(ascii: "M"): kind = .month
    case UInt8(ascii: "n"): kind = .number
    case UInt8(ascii: "r"): isReversed = true
    case UInt8(ascii: "V"): kind = .version
    default: return false
    }
    return true
  }

  /// Whether bytes are compared as they are.
  var isPlain: Bool {
    kind == .bytes && !ignoresCase && !isDictionary && !onlyPrintable
  }
}

/// A part of a line by which lines are compared: `-k 2.3bn,4`.
struct SortKey {
  /// Field and byte in it, from zero.
  var startField = 0
  var startByte = 0
  var skipsBlanksAtStart = false
  /// The field that it ends in, from zero, and how many of its bytes it has; the end of the field
  /// without a number, of the line without a field.
  var endField: Int?
  var endByte: Int?
  var skipsBlanksAtEnd = false
  var order = SortOrder()
  /// Whether the order is its own and not that of all keys.
  var hasOrder = false

  /// The whole line.
  init() {}

  var isLine: Bool {
    startField == 0 && startByte == 0 && endField == nil && !skipsBlanksAtStart
  }

  init(_ text: Text) throws(UtilityStop) {
    let parts = text.split(at: 0x2C, limit: 2)
    let (field, byte) = try Self.position(parts[0], text, &self, isEnd: false)
    guard field > 0 else { throw Self.invalid(text, "field number is zero") }
    guard byte ?? 1 > 0 else { throw Self.invalid(text, "character offset is zero") }
    startField = field - 1
    startByte = (byte ?? 1) - 1
    guard parts.count == 2 else { return }
    let end = try Self.position(parts[1], text, &self, isEnd: true)
    guard end.field > 0 else { throw Self.invalid(text, "field number is zero") }
    endField = end.field - 1
    endByte = end.byte == 0 ? nil : end.byte
  }

  private static func invalid(_ text: Text, _ why: Text) -> UtilityStop {
    .usage("invalid key " + text.quotedForMessage + ": " + why)
  }

  private static func position(
    _ part: Text, _ text: Text, _ key: inout SortKey, isEnd: Bool
  ) throws(UtilityStop) -> (field: Int, byte: Int?) {
    var index = 0
    func number() -> Int? {
      var value: Int?
      while index < part.count, part[index].isASCIIDigit {
        value = min((value ?? 0) * 10 + Int(part[index] - 0x30), 1 << 40)
        index += 1
      }
      return value
    }
    guard let field = number() else { throw invalid(text, "a field number is missing") }
    var byte: Int?
    if index < part.count, part[index] == 0x2E {
      index += 1
      byte = number()
      guard byte != nil else { throw invalid(text, "a number is missing after '.'") }
    }
    while index < part.count {
      if part[index] == UInt8(ascii: "b") {
        if isEnd { key.skipsBlanksAtEnd = true } else { key.skipsBlanksAtStart = true }
      } else if !key.order.take(part[index]) {
        throw invalid(text, "stray character " + part[index..<(index + 1)].quotedForMessage)
      }
      key.hasOrder = true
      index += 1
    }
    return (field, byte)
  }

  /// The part of `text[line]` that counts.
  func range(
    in text: Span<UInt8>, _ line: Range<Int>, separator: UInt8?
  ) -> Range<Int> {
    var start = Self.start(ofField: startField, text, line, separator)
    if skipsBlanksAtStart {
      while start < line.upperBound, text[start].isBlank { start &+= 1 }
    }
    start = min(start &+ startByte, line.upperBound)
    guard let endField else { return start..<line.upperBound }
    var end: Int
    if let endByte {
      end = Self.start(ofField: endField, text, line, separator)
      if skipsBlanksAtEnd { while end < line.upperBound, text[end].isBlank { end &+= 1 } }
      end = min(end &+ endByte, line.upperBound)
    } else {
      end = Self.end(ofField: endField, text, line, separator)
    }
    return start..<max(start, end)
  }

  /// Blanks before a field are part of it, unless a separator is given.
  private static func start(
    ofField field: Int, _ text: Span<UInt8>, _ line: Range<Int>, _ separator: UInt8?
  ) -> Int {
    var place = line.lowerBound
    for _ in 0..<field {
      place = end(ofFieldAt: place, text, line, separator)
      if place == line.upperBound { break }
      if separator != nil { place &+= 1 }
    }
    return place
  }

  private static func end(
    ofField field: Int, _ text: Span<UInt8>, _ line: Range<Int>, _ separator: UInt8?
  ) -> Int {
    end(ofFieldAt: start(ofField: field, text, line, separator), text, line, separator)
  }

  private static func end(
    ofFieldAt start: Int, _ text: Span<UInt8>, _ line: Range<Int>, _ separator: UInt8?
  ) -> Int {
    var place = start
    if let separator {
      while place < line.upperBound, text[place] != separator { place &+= 1 }
      return place
    }
    while place < line.upperBound, text[place].isBlank { place &+= 1 }
    while place < line.upperBound, !text[place].isBlank { place &+= 1 }
    return place
  }
}
