// SPDX-License-Identifier: MIT
import Base
import Core

/// What stands for bytes in the words of `echo -e` and in the formats of `printf`.
struct EscapeReader {
  let text: Text
  var index = 0
  /// Whether octal digits follow a zero (`\0101`), as in words, or the backslash (`\101`).
  let octalNeedsZero: Bool

  enum Part {
    case bytes([UInt8])
    /// `\c`: nothing more is to be printed.
    case stop
  }

  init(_ text: Text, at index: Int = 0, octalNeedsZero: Bool) {
    self.text = text
    self.index = index
    self.octalNeedsZero = octalNeedsZero
  }

  /// Reads what begins with the backslash at `index`; an unknown letter keeps its backslash.
  mutating func next() -> Part {
    index += 1
    guard index < text.count else { return .bytes([0x5C]) }
    let letter = text[index]
    index += 1
    switch letter {
    case 0x5C: return .bytes([0x5C])
    case 0x22 where !octalNeedsZero: return .bytes([0x22])
    case 0x61: return .bytes([0x07])
    case 0x62: return .bytes([0x08])
    case 0x63: return .stop
    case 0x65: return .bytes([0x1B])
    case 0x66: return .bytes([0x0C])
    case 0x6E: return .bytes([0x0A])
    case 0x72: return .bytes([0x0D])
    case 0x74: return .bytes([0x09])
    case 0x76: return .bytes([0x0B])
    case 0x78:
      guard let value = number(base: 16, limit: 2) else { return .bytes([0x5C, 0x78]) }
      return .bytes([UInt8(truncatingIfNeeded: value)])
    case 0x75, 0x55:
      guard let value = number(base: 16, limit: letter == 0x75 ? 4 : 8) else {
        return .bytes([0x5C, letter])
      }
      return .bytes(Self.encoded(value))
    case 0x30 where octalNeedsZero:
      return .bytes([UInt8(truncatingIfNeeded: number(base: 8, limit: 3) ?? 0)])
    case 0x30...0x37 where !octalNeedsZero:
      index -= 1
      return .bytes([UInt8(truncatingIfNeeded: number(base: 8, limit: 3) ?? 0)])
    default: return .bytes([0x5C, letter])
    }
  }

  private mutating func number(base: UInt32, limit: Int) -> UInt32? {
    var value: UInt32?
    var count = 0
    while count < limit, index < text.count, let digit = text[index].digitValue,
      UInt32(digit) < base
    {
      value = (value ?? 0) &* base &+ UInt32(digit)
      index += 1
      count += 1
    }
    return value
  }

  private static func encoded(_ point: UInt32) -> [UInt8] {
    func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: point >> shift & 0x3F) }
    if point < 0x80 { return [UInt8(point)] }
    if point < 0x800 { return [0xC0 | UInt8(point >> 6), tail(0)] }
    if point < 0x1_0000 { return [0xE0 | UInt8(point >> 12), tail(6), tail(0)] }
    guard point <= 0x10_FFFF else { return [0xEF, 0xBF, 0xBD] }
    return [0xF0 | UInt8(point >> 18), tail(12), tail(6), tail(0)]
  }

  /// The whole text with its escapes replaced.
  /// - Returns: whether printing goes on.
  static func expand(_ text: Text, into result: inout Text, octalNeedsZero: Bool = true) -> Bool {
    var reader = EscapeReader(text, octalNeedsZero: octalNeedsZero)
    while reader.index < text.count {
      let found = text.firstIndex(of: 0x5C, from: reader.index) ?? text.count
      result.put(text.span.extracting(reader.index..<found))
      reader.index = found
      guard found < text.count else { break }
      guard case .bytes(let bytes) = reader.next() else { return false }
      result.bytes += bytes
    }
    return true
  }
}
