// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import OptionParser
import UtilityFrame

/// Bytes that come in pieces, handed on in blocks of whole lines. Lines within a piece are not
/// copied; one that is in several pieces is.
struct TextBlocks {
  private let terminator: UInt8
  private var rest: [UInt8] = []

  init(terminator: UInt8) { self.terminator = terminator }

  /// Calls `body` once or twice, with blocks that end in a terminator.
  mutating func add(
    _ piece: Span<UInt8>, _ body: (Span<UInt8>) throws(UtilityStop) -> Void
  ) throws(UtilityStop) {
    var start = 0
    if !rest.isEmpty {
      guard let end = piece.firstIndex(of: terminator) else {
        rest.append(copyOf: piece)
        return
      }
      rest.append(copyOf: piece.extracting(0..<(end + 1)))
      try body(rest.span)
      rest.removeAll(keepingCapacity: rest.capacity <= 1 << 17)
      start = end + 1
    }
    var end = piece.count
    while end > start, piece[end - 1] != terminator { end &-= 1 }
    if end > start { try body(piece.extracting(start..<end)) }
    if end < piece.count { rest.append(copyOf: piece.extracting(end..<piece.count)) }
  }

  /// Hands on the last line if it lacks its terminator.
  mutating func finish(_ body: (Span<UInt8>) throws(UtilityStop) -> Void) throws(UtilityStop) {
    if !rest.isEmpty { try body(rest.span) }
    rest = []
  }
}

extension Invocation {
  /// Reads an operand piece by piece; complains if it cannot be opened or read.
  ///
  /// - Parameter body: answers whether to go on.
  /// - Returns: whether all went well.
  @discardableResult
  func readPieces(
    _ operand: Text, _ body: (Span<UInt8>) throws(UtilityStop) -> Bool
  ) throws(UtilityStop) -> Bool {
    guard let input = openInput(operand) else { return false }
    defer { input.close() }
    while true {
      let piece: ArraySlice<UInt8>?
      do throws(SystemError) { piece = try input.nextPiece() } catch {
        complain(operand, error)
        return false
      }
      guard let piece else { return true }
      guard try body(piece.span) else { return true }
      try checkOutput()
    }
  }

  /// Reads operands one after another as lines, each without its terminator.
  ///
  /// - Parameter body: gets a line, and whether a terminator ended it.
  func readLines(
    _ operands: [Text], terminator: UInt8 = 0x0A,
    _ body: (Span<UInt8>, Bool) throws(UtilityStop) -> Void
  ) throws(UtilityStop) {
    for operand in operands.isEmpty ? ["-"] : operands {
      var blocks = TextBlocks(terminator: terminator)
      try readPieces(operand) { (piece) throws(UtilityStop) in
        try blocks.add(piece) { (block) throws(UtilityStop) in
          try block.forEachLine(terminator, body)
        }
        return true
      }
      try blocks.finish { (block) throws(UtilityStop) in try block.forEachLine(terminator, body) }
    }
  }
}

extension Span where Element == UInt8 {
  /// Calls `body` with each line, without its terminator, and whether that ended it.
  func forEachLine(
    _ terminator: UInt8, _ body: (Span<UInt8>, Bool) throws(UtilityStop) -> Void
  ) throws(UtilityStop) {
    var start = 0
    while start < count {
      let end = firstIndex(of: terminator, from: start)
      try body(extracting(start..<(end ?? count)), end != nil)
      start = (end ?? count) + 1
    }
  }
}

extension Options {
  /// What ends a line: zero with `-z`.
  var terminator: UInt8 { has("-z") ? 0 : 0x0A }
}

/// A count as an option gives it.
func quantity(_ text: Text, _ what: Text) throws(UtilityStop) -> UInt64 {
  guard let count = Quantity.parse(text) else {
    throw .usage("invalid " + what + ": " + text.quotedForMessage)
  }
  return count
}

/// The same for an option that may be missing.
func quantity(_ text: Text?, _ what: Text) throws(UtilityStop) -> UInt64? {
  guard let text else { return nil }
  return try quantity(text, what) as UInt64
}
