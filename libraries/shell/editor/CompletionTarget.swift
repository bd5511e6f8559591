// SPDX-License-Identifier: MIT
public import Base
import Core
import ShellParser

/// What stands before the cursor and is to be completed.
public struct CompletionTarget: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    /// A name that a command line begins with.
    case command
    case file
    /// After `$` or `@`, which stays.
    case variable(isArray: Bool, isBraced: Bool)
  }

  public enum Quote: Equatable, Sendable { case none, single, double }

  public var kind: Kind
  /// Where what is replaced begins, in bytes: after the last slash, the sigil or the quote.
  public var start: Int
  /// What has been written of the name, without quotes and escapes.
  public var prefix: Text
  /// The directory before a file's name as written, its quotes and escapes taken away, and a tilde
  /// still there if it was not quoted; empty for the working directory.
  public var directory: Text
  public var hasTilde: Bool
  /// Whether the word begins a command, so that a file must be one that can run.
  public var isCommandPlace: Bool
  public var quote: Quote
  /// The command whose argument it is.
  public var command: Text?

  /// Looks at the line from its beginning, in time that grows with its length.
  @export(interface)
  public init(_ line: [UInt8], cursor: Int) {
    var scanner = CompletionScanner(Array(line[..<min(cursor, line.count)]))
    self = scanner.run()
  }

  init(_ kind: Kind, start: Int, prefix: Text) {
    self.kind = kind
    self.start = start
    self.prefix = prefix
    directory = ""
    hasTilde = false
    isCommandPlace = false
    quote = .none
  }
}

/// A reader of an unfinished line, which only tells words, quotes and command places apart.
struct CompletionScanner {
  private let bytes: [UInt8]
  private var index = 0
  private var quote = CompletionTarget.Quote.none
  private var isCommandPlace = true
  private var command: Text?
  private var wordStart: Int?
  /// The word so far, without quotes and escapes.
  private var word = Text()
  private var isPlainTilde = false
  /// Where the name after the last slash begins: in the line, and in the word.
  private var nameStart = 0
  private var nameOffset = 0
  /// The quotes that are open there.
  private var nameQuote = CompletionTarget.Quote.none
  /// Where the path begins in the word: behind an equals sign.
  private var pathOffset = 0
  /// The last sigil whose name may still go on.
  private var sigil: (place: Int, isBraced: Bool)?
  /// What surrounds each open parenthesis.
  private var outer: [(quote: CompletionTarget.Quote, isCommandPlace: Bool)] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func run() -> CompletionTarget {
    while index < bytes.count { step() }
    if let sigil {
      let start = sigil.place + (sigil.isBraced ? 2 : 1)
      return CompletionTarget(
        .variable(isArray: bytes[sigil.place] == 0x40, isBraced: sigil.isBraced), start: start,
        prefix: Text(bytes[start...]))
    }
    if wordStart == nil { beginWord(at: index) }
    var target = CompletionTarget(
      isCommandPlace && nameOffset == 0 ? .command : .file, start: nameStart,
      prefix: word[nameOffset...])
    target.directory = word[pathOffset..<nameOffset]
    target.hasTilde = isPlainTilde
    target.isCommandPlace = isCommandPlace && pathOffset == 0
    target.quote = nameQuote
    target.command = command
    return target
  }

  private mutating func beginWord(at place: Int) {
    wordStart = place
    word = Text()
    nameStart = place
    nameOffset = 0
    nameQuote = quote
    pathOffset = 0
    isPlainTilde = false
  }

  private mutating func endWord() {
    if wordStart != nil, isCommandPlace, !Self.precedesCommand(word) {
      isCommandPlace = false
      command = word
    }
    wordStart = nil
    sigil = nil
  }

  /// Whether a command may follow this word, which itself stands where one may.
  private static func precedesCommand(_ word: Text) -> Bool {
    switch word {
    case "if", "while", "else", "not", "and", "or", "!", "end": true
    default: false
    }
  }

  private mutating func beginCommand() {
    endWord()
    isCommandPlace = true
    command = nil
  }

  private mutating func put(_ byte: UInt8, _ length: Int) {
    if wordStart == nil { beginWord(at: index) }
    word.put(byte)
    index += length
    if byte == 0x2F {
      nameStart = index
      nameOffset = word.count
      nameQuote = quote
    }
    if let sigil, !byte.isNamePart, !(sigil.isBraced && byte == 0x3A) { self.sigil = nil }
  }

  private mutating func step() {
    let byte = bytes[index]
    let next = index + 1 < bytes.count ? bytes[index + 1] : 0
    if quote == .single {
      if byte == 0x27 { closeQuote() } else { put(byte, 1) }
      return
    }
    switch byte {
    case 0x24 where next == 0x28, 0x40 where next == 0x28: openProcess()
    case 0x24, 0x40:
      let isBraced = next == 0x7B
      put(byte, 1)
      sigil = (index - 1, isBraced)
      if isBraced {
        word.put(next)
        index += 1
      }
    case 0x5C where next != 0 && (quote == .none || next == 0x22 || next == 0x5C || next == 0x24):
      sigil = nil
      if next == 0x0A { index += 2 } else { putEscaped(next) }
    case 0x22 where quote == .double: closeQuote()
    case 0x22 where quote == .none: openQuote(.double)
    case 0x27 where quote == .none: openQuote(.single)
    case 0x29 where !outer.isEmpty && quote == .none: closeProcess()
    case _ where quote == .double: put(byte, 1)
    default: plain(byte, next)
    }
  }

  private mutating func plain(_ byte: UInt8, _ next: UInt8) {
    switch byte {
    case 0x0A, 0x3B, 0x7C, 0x26:
      beginCommand()
      index += 1
      // `&>` and its like lead to a file.
      if byte == 0x26, next == 0x3E { isCommandPlace = false }
    case 0x3C, 0x3E:
      endWord()
      index += 1
      isCommandPlace = false
    case 0x23 where wordStart == nil:
      while index < bytes.count, bytes[index] != 0x0A { index += 1 }
    case _ where byte.isASCIISpace:
      endWord()
      index += 1
    case 0x5B where wordStart == nil:
      // Elements of an array are words of their own.
      isCommandPlace = false
      index += 1
    case 0x3D:
      put(byte, 1)
      nameStart = index
      nameOffset = word.count
      pathOffset = word.count
    case 0x7E where wordStart == nil:
      beginWord(at: index)
      put(byte, 1)
      isPlainTilde = true
    default: put(byte, 1)
    }
  }

  private mutating func putEscaped(_ byte: UInt8) {
    if wordStart == nil { beginWord(at: index) }
    put(byte, 2)
  }

  private mutating func openQuote(_ kind: CompletionTarget.Quote) {
    if wordStart == nil { beginWord(at: index) }
    index += 1
    quote = kind
    sigil = nil
    // What is completed within the quotes begins behind them.
    if word.count == nameOffset { (nameStart, nameQuote) = (index, kind) }
  }

  private mutating func closeQuote() {
    quote = .none
    sigil = nil
    index += 1
  }

  private mutating func openProcess() {
    outer.append((quote, false))
    quote = .none
    index += 2
    beginCommand()
  }

  private mutating func closeProcess() {
    let (quote, isCommandPlace) = outer.removeLast()
    endWord()
    self.quote = quote
    self.isCommandPlace = isCommandPlace
    index += 1
    beginWord(at: index)
  }
}
