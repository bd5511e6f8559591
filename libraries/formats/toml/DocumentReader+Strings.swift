// SPDX-License-Identifier: MIT
import Base
import Core

// The four kinds of strings.
extension DocumentReader {
  /// `"…"`
  mutating func basicString() throws(Failure) -> Text {
    let start = position
    position += 1
    var text = Text()
    while let byte = peek {
      switch byte {
      case 0x22:
        position += 1
        return text
      case 0x5C: try escape(into: &text)
      default: try plain(byte, start, into: &text)
      }
    }
    throw failure(.stringNotClosed, at: start)
  }

  /// `'…'`
  mutating func literalString() throws(Failure) -> Text {
    let start = position
    position += 1
    var text = Text()
    while let byte = peek {
      if take(0x27) { return text }
      try plain(byte, start, into: &text)
    }
    throw failure(.stringNotClosed, at: start)
  }

  /// `"""…"""`
  mutating func longBasic() throws(Failure) -> Text {
    let start = position
    position += 3
    _ = takeNewline()
    var text = Text()
    while let byte = peek {
      switch byte {
      case 0x22: if takeEnd(0x22, into: &text) { return text }
      case 0x5C: if !takeLineContinuation() { try escape(into: &text) }
      default: try plainOrNewline(byte, start, into: &text)
      }
    }
    throw failure(.stringNotClosed, at: start)
  }

  /// `'''…'''`
  mutating func longLiteral() throws(Failure) -> Text {
    let start = position
    position += 3
    _ = takeNewline()
    var text = Text()
    while let byte = peek {
      if byte == 0x27 {
        if takeEnd(0x27, into: &text) { return text }
      } else {
        try plainOrNewline(byte, start, into: &text)
      }
    }
    throw failure(.stringNotClosed, at: start)
  }

  /// A character of a string within one line.
  private mutating func plain(
    _ byte: UInt8, _ start: Int, into text: inout Text
  ) throws(Failure) {
    if byte == 0x0A || byte == 0x0D && peek(1) == 0x0A {
      throw failure(.stringNotClosed, at: start)
    }
    guard !isControl(byte) else { throw failure(.controlCharacter) }
    text.put(byte)
    position += 1
  }

  private mutating func plainOrNewline(
    _ byte: UInt8, _ start: Int, into text: inout Text
  ) throws(Failure) {
    if takeNewline() {
      text.put(0x0A)
    } else {
      try plain(byte, start, into: &text)
    }
  }

  /// Takes quotes: up to two may stand before the three that end a string.
  /// - Returns: whether the string has ended.
  private mutating func takeEnd(_ quote: UInt8, into text: inout Text) -> Bool {
    var count = 0
    while count < 5, take(quote) { count += 1 }
    for _ in 0..<(count < 3 ? count : count - 3) { text.put(quote) }
    return count >= 3
  }

  /// Takes a backslash at a line's end, and all blanks and line ends up to the next character.
  private mutating func takeLineContinuation() -> Bool {
    let start = position
    position += 1
    skipBlanks()
    guard takeNewline() else {
      position = start
      return false
    }
    repeat { skipBlanks() } while takeNewline()
    return true
  }

  private mutating func escape(into text: inout Text) throws(Failure) {
    let start = position
    position += 1
    guard let letter = peek else { throw failure(.invalidEscape, at: start) }
    position += 1
    switch letter {
    case 0x22, 0x5C: text.put(letter)
    case 0x62: text.put(0x08)
    case 0x74: text.put(0x09)
    case 0x6E: text.put(0x0A)
    case 0x66: text.put(0x0C)
    case 0x72: text.put(0x0D)
    case 0x75: try character(4, start, into: &text)
    case 0x55: try character(8, start, into: &text)
    default: throw failure(.invalidEscape, at: start)
    }
  }

  /// A character by its number, of so many hexadecimal digits.
  private mutating func character(
    _ digits: Int, _ start: Int, into text: inout Text
  ) throws(Failure) {
    var number: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = hexadecimal(peek) else { throw failure(.invalidEscape, at: start) }
      number = number << 4 | digit
      position += 1
    }
    guard let scalar = Unicode.Scalar(number) else {
      throw failure(.invalidCharacterNumber, at: start)
    }
    for byte in UTF8Check.bytes(of: scalar) { text.put(byte) }
  }

  private func hexadecimal(_ byte: UInt8?) -> UInt32? {
    switch byte {
    case .some(let byte) where byte.isASCIIDigit: UInt32(byte - 0x30)
    case .some(let byte) where byte >= 0x61 && byte <= 0x66: UInt32(byte - 0x61 + 10)
    case .some(let byte) where byte >= 0x41 && byte <= 0x46: UInt32(byte - 0x41 + 10)
    default: nil
    }
  }
}
