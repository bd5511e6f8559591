// SPDX-License-Identifier: MIT
import Base
import Core
import UtilityFrame

/// Takes arguments out of bytes that come in pieces, as `xargs` reads them.
struct ArgumentReader {
  enum Separation {
    /// Blanks and line feeds, with quotes and backslashes.
    case words
    /// Line feeds, without the blanks before a line; with quotes and backslashes.
    case lines
    /// One byte; nothing else has a meaning.
    case byte(UInt8)
  }

  private let separation: Separation
  private var argument: [UInt8] = []
  private var hasArgument = false
  private var quote: UInt8?
  private var isEscaped = false

  init(_ separation: Separation) { self.separation = separation }

  enum Event {
    case argument(Text)
    case lineEnd
  }

  mutating func add(
    _ piece: Span<UInt8>, _ body: (Event) throws(UtilityStop) -> Void
  ) throws(UtilityStop) {
    if case .byte(let separator) = separation {
      var start = 0
      while let stop = piece.firstIndex(of: separator, from: start) {
        argument.append(copyOf: piece.extracting(start..<stop))
        hasArgument = true
        try end(body)
        start = stop + 1
      }
      if start < piece.count {
        argument.append(copyOf: piece.extracting(start..<piece.count))
        hasArgument = true
      }
      return
    }
    for index in piece.indices { try add(piece[index], body) }
  }

  private mutating func add(
    _ byte: UInt8, _ body: (Event) throws(UtilityStop) -> Void
  ) throws(UtilityStop) {
    if isEscaped {
      isEscaped = false
      return append(byte)
    }
    if let open = quote {
      if byte == open {
        quote = nil
      } else if byte == 0x0A {
        throw unmatched(open)
      } else {
        append(byte)
      }
      return
    }
    switch byte {
    case 0x0A:
      try end(body)
      try body(.lineEnd)
    case 0x27, 0x22:
      quote = byte
      hasArgument = true
    case 0x5C: isEscaped = true
    case 0x20, 0x09:
      if case .lines = separation {
        if hasArgument { append(byte) }
      } else {
        try end(body)
      }
    default: append(byte)
    }
  }

  private mutating func append(_ byte: UInt8) {
    hasArgument = true
    argument.append(byte)
  }

  private mutating func end(_ body: (Event) throws(UtilityStop) -> Void) throws(UtilityStop) {
    guard hasArgument else { return }
    hasArgument = false
    let text = Text(argument)
    argument.removeAll(keepingCapacity: true)
    try body(.argument(text))
  }

  /// The end of the input ends an argument, but no quotation.
  mutating func finish(_ body: (Event) throws(UtilityStop) -> Void) throws(UtilityStop) {
    if let quote { throw unmatched(quote) }
    if isEscaped { append(0x5C) }
    try end(body)
    try body(.lineEnd)
  }

  private func unmatched(_ quote: UInt8) -> UtilityStop {
    .failed(
      (quote == 0x27 ? "unmatched single quote" : "unmatched double quote")
        + "; quotes are special unless -0 or -d is given")
  }
}
