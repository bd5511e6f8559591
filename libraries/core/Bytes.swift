// SPDX-License-Identifier: MIT

extension StaticString {
  /// The UTF-8 bytes of the literal, which live as long as the program.
  public var bytes: Span<UInt8> {
    @_lifetime(immortal)
    get {
      precondition(hasPointerRepresentation, "a static text is written as a string literal")
      // SAFETY: the compiler put the literal's bytes into constant memory and recorded their count;
      // the lifetime is lengthened to that of the constant.
      let bytes = unsafe Span(_unsafeStart: utf8Start, count: utf8CodeUnitCount)
      return unsafe _overrideLifetime(bytes, borrowing: ())
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether the bytes are exactly those of `text`.
  public func equals(_ text: StaticString) -> Bool { equals(text.bytes) }

  /// Whether both hold the same bytes.
  public func equals(_ other: Span<UInt8>) -> Bool { count == other.count && starts(with: other) }

  /// Whether the first bytes are those of `text`.
  public func starts(with text: StaticString) -> Bool { starts(with: text.bytes) }

  /// Whether the first bytes are those of `prefix`.
  @export(interface)
  public func starts(with prefix: Span<UInt8>) -> Bool {
    guard prefix.count <= count else { return false }
    for index in prefix.indices where self[index] != prefix[index] { return false }
    return true
  }

  /// Whether the bytes come before `other`'s, compared one by one; a prefix comes first.
  @export(interface)
  public func precedes(_ other: Span<UInt8>) -> Bool {
    for index in 0..<min(count, other.count) where self[index] != other[index] {
      return self[index] < other[index]
    }
    return count < other.count
  }

  /// Where `byte` occurs first at or after `start`, or `nil`.
  @export(interface)
  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    var index = Swift.max(start, 0)
    while index < count {
      if self[index] == byte { return index }
      index &+= 1
    }
    return nil
  }

  /// Where `byte` occurs last, or `nil`.
  @export(interface)
  public func lastIndex(of byte: UInt8) -> Int? {
    var index = count
    while index > 0 {
      index &-= 1
      if self[index] == byte { return index }
    }
    return nil
  }
}

/// The character classes of ASCII that parsers ask about.
extension UInt8 {
  /// Space, tab, line feed, vertical tab, form feed, carriage return.
  public var isASCIISpace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }
  public var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
  public var isASCIILetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
  /// Visible, or a space.
  public var isASCIIPrintable: Bool { self >= 0x20 && self <= 0x7E }
}
