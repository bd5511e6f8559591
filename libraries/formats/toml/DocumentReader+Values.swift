// SPDX-License-Identifier: MIT
import Base
import Core

// Keys and values.
extension DocumentReader {
  /// A part of a key, and where it stands.
  struct Key {
    var text: Text
    var offset: Int
  }

  /// A key, apart at its dots; never empty. Blanks around it are taken.
  mutating func keys() throws(Failure) -> [Key] {
    var keys: [Key] = []
    while true {
      skipBlanks()
      let start = position
      keys.append(Key(text: try keyPart(), offset: start))
      skipBlanks()
      guard take(0x2E) else { return keys }
    }
  }

  private mutating func keyPart() throws(Failure) -> Text {
    switch peek {
    case 0x22: return try basicString()
    case 0x27: return try literalString()
    default: break
    }
    let start = position
    while let byte = peek, byte.isASCIILetter || byte.isASCIIDigit || byte == 0x2D || byte == 0x5F {
      position += 1
    }
    guard position > start else { throw failure(.keyMissing) }
    return Text(bytes[start..<position])
  }

  /// A value, which becomes a node of `parent`.
  ///
  /// - Parameter offset: where its key stands; `nil` in an array.
  mutating func value(_ key: Text, in parent: Int, at offset: Int?) throws(Failure) {
    let start = offset ?? position
    let content: TOMLDocument.Content
    switch peek {
    case 0x22:
      content = .string(peek(1) == 0x22 && peek(2) == 0x22 ? try longBasic() : try basicString())
    case 0x27:
      content = .string(
        peek(1) == 0x27 && peek(2) == 0x27 ? try longLiteral() : try literalString())
    case 0x5B: return try array(try add(.array(ofTables: false), key, to: parent, at: start))
    case 0x7B: return try inlineTable(try add(.table(.inline), key, to: parent, at: start))
    default: content = try word()
    }
    _ = try add(content, key, to: parent, at: start)
  }

  private mutating func array(_ node: Int) throws(Failure) {
    position += 1
    while true {
      try skipLines()
      if take(0x5D) { return }
      try value(Text(), in: node, at: nil)
      try skipLines()
      if take(0x5D) { return }
      guard take(0x2C) else { throw failure(.arrayNotClosed) }
    }
  }

  /// Skips blanks, comments and line ends, as arrays allow.
  private mutating func skipLines() throws(Failure) {
    repeat {
      skipBlanks()
      try skipComment()
    } while takeNewline()
  }

  private mutating func inlineTable(_ node: Int) throws(Failure) {
    position += 1
    skipBlanks()
    if take(0x7D) { return }
    while true {
      try pair(in: node)
      skipBlanks()
      if take(0x7D) { return }
      guard take(0x2C) else { throw failure(.inlineTableNotClosed) }
    }
  }

  /// What is not quoted: truth values, numbers, dates and times.
  private mutating func word() throws(Failure) -> TOMLDocument.Content {
    let start = position
    skipWord()
    // Date and time may be apart at one blank.
    let isDate = position - start == 10 && bytes[start + 4] == 0x2D && bytes[start + 7] == 0x2D
    if isDate, peek == 0x20, let digit = peek(1), digit.isASCIIDigit {
      position += 1
      skipWord()
    }
    let word = bytes[start..<position]
    guard let first = word.first else { throw failure(.valueMissing) }
    switch Text(word) {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: break
    }
    do throws(TOMLError.Cause) {
      if isDateOrTime(word) { return .dateTime(try TOMLDateTime(word)) }
      let mayBeNumber = first.isASCIIDigit || first == 0x2B || first == 0x2D
      guard mayBeNumber || Text(word) == "inf" || Text(word) == "nan" else {
        throw .valueMissing
      }
      var reader = NumberReader(word)
      return try reader.number()
    } catch { throw failure(error, at: start) }
  }

  private mutating func skipWord() {
    while let byte = peek,
      byte.isASCIILetter || byte.isASCIIDigit || byte == 0x2B || byte == 0x2D || byte == 0x2E
        || byte == 0x3A || byte == 0x5F
    { position += 1 }
  }

  /// No number has a hyphen behind four digits or a colon behind two.
  private func isDateOrTime(_ word: ArraySlice<UInt8>) -> Bool {
    let start = word.startIndex
    if word.count > 4, word[start + 4] == 0x2D {
      return word[start..<start + 4].allSatisfy { $0.isASCIIDigit }
    }
    return word.count > 2 && word[start + 2] == 0x3A
  }
}
