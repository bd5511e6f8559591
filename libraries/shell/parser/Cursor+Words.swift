// SPDX-License-Identifier: MIT
import Base
import Core

/// Where a word stands, which says what ends it.
enum WordPlace { case command, array, brace, arguments }

extension Cursor {
  private func endsWord(_ place: WordPlace) -> Bool {
    switch place {
    case .command: isAtWordEnd
    case .array: isAtEnd || current.isASCIISpace || current == 0x5D
    case .brace: isAtEnd || current == 0x0A || current == 0x2C || current == 0x7D
    case .arguments: isAtEnd || current.isASCIISpace || current == 0x29
    }
  }

  /// The word here; without parts if there is none.
  mutating func word(_ place: WordPlace) throws(ParseError) -> Word {
    try enter()
    var parts: [Part] = []
    var literal = Text()
    func flush() {
      guard !literal.isEmpty else { return }
      parts.append(.literal(literal, isQuoted: false))
      literal = Text()
    }
    if current == 0x7E, !isAtEnd { parts.append(tilde(place)) }
    while !endsWord(place) {
      switch current {
      case 0x27:  // '
        flush()
        parts.append(.literal(try singleQuoted(), isQuoted: true))
      case 0x22:  // "
        flush()
        index += 1
        parts += try quoted(until: 0x22)
        guard take("\"") else { throw failure(.unterminatedDoubleQuote) }
      case 0x5C:  // \
        if peek(1) == 0x0A {
          index += 2
        } else {
          flush()
          index += 1
          parts.append(.literal(isAtEnd ? "\\" : Text([current]), isQuoted: true))
          index = min(index + 1, end)
        }
      case 0x24, 0x40:  // $ @
        if let part = try expansion(isQuoted: false) {
          flush()
          parts.append(part)
        } else {
          literal.put(current)
          index += 1
        }
      case 0x5B
      where parts.isEmpty && (literal.isEmpty || literal.bytes.last == 0x3D)
        && isAtArray(place):
        flush()
        parts.append(try array())
      case 0x5B where place == .brace && bracketEnd != nil:
        let stop = bracketEnd ?? index
        literal.put(Text(bytes[index..<stop]))
        index = stop
      case 0x7B:  // {
        flush()
        parts.append(try braces())
      default:
        literal.put(current)
        index += 1
      }
    }
    flush()
    leave()
    return Word(parts)
  }

  private mutating func tilde(_ place: WordPlace) -> Part {
    index += 1
    let start = index
    while !endsWord(place), current.isNamePart || current == 0x2B || current == 0x2D { index += 1 }
    if endsWord(place) || current == 0x2F { return .tilde(Text(bytes[start..<index])) }
    return .literal("~" + Text(bytes[start..<index]), isQuoted: false)
  }

  private mutating func singleQuoted() throws(ParseError) -> Text {
    let start = index
    var text = Text()
    index += 1
    while !isAtEnd, current != 0x27 {
      if current == 0x5C, peek(1) == 0x0A {
        skipContinuation()
      } else {
        text.put(current)
        index += 1
      }
    }
    guard !isAtEnd else { throw failure(.unterminatedSingleQuote, at: start) }
    index += 1
    return text
  }

  /// Text as in double quotes, up to `closing` or, where that is `nil`, the end. There is always a
  /// part, so that an empty pair of quotes is a word.
  mutating func quoted(until closing: UInt8?) throws(ParseError) -> [Part] {
    try enter()
    var parts: [Part] = []
    var literal = Text()
    while !isAtEnd, current != closing {
      if current == 0x5C {
        escape(into: &literal)
      } else if current == 0x24 || current == 0x40, let part = try expansion(isQuoted: true) {
        if !literal.isEmpty { parts.append(.literal(literal, isQuoted: true)) }
        literal = Text()
        parts.append(part)
      } else {
        literal.put(current)
        index += 1
      }
    }
    if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal, isQuoted: true)) }
    leave()
    return parts
  }

  /// Goes past a backslash, the line feed after it and the spaces that begin the next line.
  private mutating func skipContinuation() {
    index += 2
    while !isAtEnd, current == 0x20 || current == 0x09 { index += 1 }
  }

  /// Takes a backslash, and what it escapes if that means something in double quotes.
  private mutating func escape(into literal: inout Text) {
    switch peek(1) {
    case 0x0A: skipContinuation()
    case 0x22, 0x24, 0x40, 0x5C:
      literal.put(peek(1))
      index += 2
    default:
      literal.put(0x5C)
      index += 1
    }
  }

  /// Whether `[` begins an array and not a pattern of file names: `[ab]c` is a pattern.
  private func isAtArray(_ place: WordPlace) -> Bool {
    var ahead = self
    ahead.index += 1
    while !ahead.isAtEnd {
      switch ahead.current {
      case 0x5D:
        ahead.index += 1
        return ahead.current == 0x5B || ahead.endsWord(place)
      case 0x24, 0x40, 0x22, 0x27, 0x28, 0x5B, 0x5C, 0x7B: return true
      case let byte where byte.isASCIISpace: return true
      default: ahead.index += 1
      }
    }
    return true
  }

  /// Where the set of a pattern within braces ends: a comma in it separates nothing.
  private var bracketEnd: Int? {
    var distance = 1
    while distance < 256, index + distance < end {
      switch peek(distance) {
      case 0x5D: return index + distance + 1
      case 0x7B, 0x7D, 0x0A, 0x24, 0x40, 0x22, 0x27, 0x5C: return nil
      default: distance += 1
      }
    }
    return nil
  }

  /// `[a b]`, over any number of lines, with comments.
  mutating func array() throws(ParseError) -> Part {
    let start = index
    index += 1
    let words = try words(until: 0x5D, in: .array, or: .unterminatedBracket, from: start)
    return .list(words, selection: try selection())
  }

  /// The words up to and with `closing`.
  private mutating func words(
    until closing: UInt8, in place: WordPlace, or cause: ParseError.Cause, from start: Int
  ) throws(ParseError) -> [Word] {
    var words: [Word] = []
    while true {
      skipBlank()
      guard !isAtEnd else { throw failure(cause, at: start) }
      if current == closing { break }
      words.append(try word(place))
    }
    index += 1
    return words
  }

  /// Indices in brackets right after an expansion.
  mutating func selection() throws(ParseError) -> [Word]? {
    guard current == 0x5B, !isAtEnd else { return nil }
    let start = index
    index += 1
    return try words(until: 0x5D, in: .array, or: .unterminatedBracket, from: start)
  }

  private mutating func braces() throws(ParseError) -> Part {
    let start = index
    index += 1
    if take("}") { return .literal("{}", isQuoted: true) }
    var words: [Word] = []
    while true {
      words.append(try word(.brace))
      if take("}") { return .alternatives(words) }
      guard take(",") else { throw failure(.unterminatedBrace, at: start) }
    }
  }

  /// The arguments of a method, after its opening parenthesis.
  mutating func arguments(from start: Int) throws(ParseError) -> [Word] {
    try words(until: 0x29, in: .arguments, or: .unterminatedMethod, from: start)
  }
}
