// SPDX-License-Identifier: MIT
import Base
import Core

/// A place in the script, and how to go on from it.
struct Cursor {
  let bytes: [UInt8]
  var index = 0
  /// Where reading stops: the end of the script, or of a here-document in it.
  var end: Int
  private var depth = 0
  /// How many functions are defined around this place.
  var functionDepth = 0
  /// A place that was asked for, and its line.
  private var known = (offset: 0, line: 1)
  /// The line feed after which here-documents were read, and where they end.
  var hereDocuments: (lineEnd: Int, end: Int, count: Int)?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    end = bytes.count
  }

  var isAtEnd: Bool { index >= end }
  /// The byte here; zero at the end. (A zero in the script is text.)
  var current: UInt8 { index < end ? bytes[index] : 0 }
  func peek(_ distance: Int) -> UInt8 {
    index + distance < end ? bytes[index + distance] : 0
  }

  func starts(with text: StaticString) -> Bool {
    let wanted = text.bytes
    guard index + wanted.count <= end else { return false }
    for offset in wanted.indices where bytes[index + offset] != wanted[offset] { return false }
    return true
  }

  mutating func take(_ text: StaticString) -> Bool {
    guard starts(with: text) else { return false }
    index += text.utf8CodeUnitCount
    return true
  }

  func failure(_ cause: ParseError.Cause) -> ParseError { failure(cause, at: index) }
  func failure(_ cause: ParseError.Cause, at offset: Int) -> ParseError {
    ParseError(cause, at: offset, in: bytes)
  }

  /// The line of a place, counted from one. Asking for rising places costs one walk in all.
  mutating func line(of offset: Int) -> Int {
    if offset < known.offset { known = (0, 1) }
    for index in known.offset..<offset where bytes[index] == 0x0A { known.line += 1 }
    known.offset = offset
    return known.line
  }

  mutating func enter() throws(ParseError) {
    depth += 1
    if depth > ParserLimits.depth { throw failure(.tooDeep) }
  }

  mutating func leave() { depth -= 1 }

  /// Goes past a line feed, and past the here-documents that follow its line.
  mutating func skipLineFeed() {
    if let read = hereDocuments, read.lineEnd == index {
      index = read.end
      hereDocuments = nil
    } else {
      index += 1
    }
  }

  /// Spaces and continued lines.
  mutating func skipSpaces() {
    while !isAtEnd {
      if current == 0x5C, peek(1) == 0x0A {
        index += 2
      } else if current.isASCIISpace, current != 0x0A {
        index += 1
      } else {
        return
      }
    }
  }

  mutating func skipComment() {
    while !isAtEnd, current != 0x0A { index += 1 }
  }

  /// Spaces, line feeds and comments: what may stand between the elements of an array.
  mutating func skipBlank() {
    while true {
      skipSpaces()
      if isAtEnd { return }
      if current == 0x0A {
        skipLineFeed()
      } else if current == 0x23 {
        skipComment()
      } else {
        return
      }
    }
  }

  /// What stands between statements: also semicolons.
  mutating func skipSeparators() {
    while true {
      skipBlank()
      guard !isAtEnd, current == 0x3B else { return }
      index += 1
    }
  }

  /// A name of letters, digits, underscores and bytes above 0x7F; empty if there is none here.
  mutating func takeName() -> Text {
    let start = index
    while !isAtEnd, current.isNamePart { index += 1 }
    return Text(bytes[start..<index])
  }

  /// Whether a command's word ends here.
  var isAtWordEnd: Bool {
    if isAtEnd || current.isASCIISpace { return true }
    switch current {
    case 0x3B, 0x7C, 0x26, 0x3C, 0x3E, 0x29: return true  // ; | & < > )
    case 0x5E: return peek(1) == 0x3E || peek(1) == 0x7C  // ^> ^|
    default: return false
    }
  }

  /// Whether the keyword stands here as a word of its own.
  func isAt(keyword: StaticString) -> Bool {
    guard starts(with: keyword) else { return false }
    let next = peek(keyword.utf8CodeUnitCount)
    return index + keyword.utf8CodeUnitCount >= end || next.isASCIISpace || next == 0x3B
      || next == 0x29 || next == 0x26 || next == 0x7C
  }

  mutating func take(keyword: StaticString) -> Bool {
    guard isAt(keyword: keyword) else { return false }
    index += keyword.utf8CodeUnitCount
    return true
  }
}

extension UInt8 {
  /// Whether it may be part of a variable's name. Other scripts' letters are bytes above 0x7F.
  public var isNamePart: Bool {
    isASCIILetter || isASCIIDigit || self == 0x5F || self >= 0x80
  }
}
