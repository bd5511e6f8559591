// SPDX-License-Identifier: MIT
import Core

/// A string of bytes, by convention UTF-8: paths, names, command lines, what is printed.
///
/// It is used in place of `String`, which brings Unicode tables of 18 to 97 KB into every program.
/// Two texts are equal if their bytes are; order is bytewise. Nothing requires valid UTF-8, since
/// file names do not promise it. A literal is a `Text` where one is expected.
public struct Text: Hashable, Sendable {
  public var bytes: [UInt8]

  public init() { bytes = [] }
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public init(_ bytes: ArraySlice<UInt8>) { self.init(bytes.span) }

  /// A copy of `bytes`.
  @export(interface)
  public init(_ bytes: Span<UInt8>) {
    self.bytes = []
    put(bytes)
  }

  /// A copy of the literal's bytes.
  @export(interface)
  public init(_ literal: StaticString) { self.init(literal.bytes) }

  /// What `write` puts into it.
  public init(_ write: (inout Text) -> Void) {
    bytes = []
    write(&self)
  }

  /// In bytes, not characters.
  public var count: Int { bytes.count }
  public var isEmpty: Bool { bytes.isEmpty }
  public var indices: Range<Int> { 0..<bytes.count }

  /// The bytes, lent.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { bytes.span }
  }

  /// How many columns a terminal needs, if each character takes one: continuation bytes do not
  /// count.
  @export(interface)
  public var columnCount: Int {
    var count = 0
    for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
    return count
  }

  public subscript(index: Int) -> UInt8 { bytes[index] }

  /// The part in `range`, which lies within the text.
  public subscript(range: Range<Int>) -> Text { Text(bytes[range]) }

  /// The part from `start`, which is at most `count`.
  public subscript(range: PartialRangeFrom<Int>) -> Text { Text(bytes[range]) }

  @export(interface)
  public static func + (left: Text, right: Text) -> Text {
    var sum = Text()
    sum.bytes.reserveCapacity(left.count &+ right.count)
    sum.put(left.span)
    sum.put(right.span)
    return sum
  }
  public static func += (left: inout Text, right: Text) { left.put(right.span) }
}

extension Text: ByteSink {
  public mutating func put(_ byte: UInt8) { bytes.append(byte) }

  @export(interface)
  public mutating func put(_ span: Span<UInt8>) {
    bytes.append(copyOf: span)
  }

  @_disfavoredOverload
  public mutating func put(_ text: Text) { put(text.span) }
}

extension ByteSink where Self: ~Copyable & ~Escapable {
  @_disfavoredOverload
  public mutating func put(_ text: Text) { put(text.span) }
}

extension Text: ExpressibleByStringLiteral {
  public init(stringLiteral literal: StaticString) { self.init(literal) }
}

// Where a literal could be a `Text` or a `StaticString`, it is to be the latter, which costs
// nothing: hence the disfavoured overloads.
extension Text: Comparable {
  @_disfavoredOverload
  @export(interface)
  public static func == (left: Text, right: Text) -> Bool { left.bytes == right.bytes }

  @export(interface)
  public static func < (left: Text, right: Text) -> Bool { left.span.precedes(right.span) }

  /// Compares without making a text of the literal.
  @export(interface)
  public static func == (left: Text, right: StaticString) -> Bool { left.span.equals(right) }

  /// Compares without making a text of the literal.
  public static func != (left: Text, right: StaticString) -> Bool { !(left == right) }

  /// Matches a literal in a `switch`; without making a text of it.
  public static func ~= (pattern: StaticString, text: Text) -> Bool { text == pattern }
}
