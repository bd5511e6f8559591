// SPDX-License-Identifier: MIT
public import Base

/// A script, read and ready to run.
public struct Script: Equatable, Sendable {
  public let block: Block

  /// Reads all of `text`, in time that grows with its length alone.
  ///
  /// - Throws: the first error, with its place.
  @export(interface)
  public init(parsing text: Text) throws(ParseError) {
    var cursor = Cursor(text.bytes)
    guard text.count <= ParserLimits.scriptBytes else { throw cursor.failure(.tooLong) }
    block = try cursor.block()
    guard cursor.isAtEnd else { throw cursor.unexpected() }
  }
}

/// Reads a script one statement at a time, so that a long one need not be held as a whole.
public struct ScriptReader {
  private var cursor: Cursor

  /// - Throws: that the script is too long.
  @export(interface)
  public init(_ text: Text) throws(ParseError) {
    cursor = Cursor(text.bytes)
    guard text.count <= ParserLimits.scriptBytes else { throw cursor.failure(.tooLong) }
  }

  /// The next statement; `nil` at the end.
  ///
  /// - Throws: what is wrong with it. Nothing may be asked after that.
  @export(interface)
  public mutating func next() throws(ParseError) -> Statement? {
    if let statement = try cursor.nextStatement() { return statement }
    guard cursor.isAtEnd else { throw cursor.unexpected() }
    return nil
  }
}

extension Word {
  /// Reads `text` as what stands between double quotes.
  ///
  /// - Throws: what is wrong with an expansion in it.
  @export(interface)
  public init(quoted text: Text) throws(ParseError) {
    var cursor = Cursor(text.bytes)
    self.init(try cursor.quoted(until: nil))
  }
}
