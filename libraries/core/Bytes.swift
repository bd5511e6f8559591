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
    var index = 0
    while prefix.count &- index >= 8 {
      if word(at: index) != prefix.word(at: index) { return false }
      index &+= 8
    }
    while index < prefix.count {
      if self[index] != prefix[index] { return false }
      index &+= 1
    }
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

  /// Below zero if the bytes come before `other`'s, above if they come after them, zero if both are
  /// the same; in the order of `precedes`.
  @export(interface)
  public func order(to other: Span<UInt8>) -> Int {
    let shared = Swift.min(count, other.count)
    var index = 0
    while index < shared {
      let (first, second) = (self[index], other[index])
      if first != second { return Int(first) &- Int(second) }
      index &+= 1
    }
    return count &- other.count
  }

  /// Where `byte` occurs first at or after `start`, or `nil`.
  @export(interface)
  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    var index = Swift.max(start, 0)
    let pattern = ByteLanes.spread(byte)
    while count &- index >= 8 {
      let hits = ByteLanes.zeros(in: word(at: index) ^ pattern)
      // The lowest mark is always a true one.
      if hits != 0 { return index &+ hits.trailingZeroBitCount &>> 3 }
      index &+= 8
    }
    while index < count {
      if self[index] == byte { return index }
      index &+= 1
    }
    return nil
  }

  /// How often `byte` occurs.
  @export(interface)
  public func count(of byte: UInt8) -> Int {
    var index = 0
    var found = 0
    let pattern = ByteLanes.spread(byte)
    while count &- index >= 8 {
      found &+= ByteLanes.exactZeros(in: word(at: index) ^ pattern).nonzeroBitCount
      index &+= 8
    }
    while index < count {
      if self[index] == byte { found &+= 1 }
      index &+= 1
    }
    return found
  }

  /// The 8 bytes from `index` on, which there have to be; the first is the lowest.
  private func word(at index: Int) -> UInt64 {
    precondition(index >= 0 && count &- index >= 8, "a word outside the bytes")
    // SAFETY: the 8 bytes lie within the span, as was just checked, and need no alignment.
    return unsafe withUnsafeBytes {
      unsafe UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }
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

/// Eight bytes in a word, looked at together.
private enum ByteLanes {
  static func spread(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// A mark in the highest bit of each byte that is zero; above the first there may be false ones.
  static func zeros(in word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
  }

  /// The same without false marks.
  static func exactZeros(in word: UInt64) -> UInt64 {
    let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    return ~(((word & low) &+ low) | word | low)
  }
}

extension OutputSpan where Element == UInt8 {
  /// Adds as many of `bytes` as there is room for, all at once.
  /// - Returns: how many.
  @inline(__always)
  @discardableResult
  @_lifetime(self: copy self)
  public mutating func append(copying bytes: Span<UInt8>) -> Int {
    let count = min(bytes.count, freeCapacity)
    // SAFETY: both hold at least `count` bytes, the target behind what is initialised already, and
    // the two cannot overlap, since this span has its memory to itself.
    // (`initialize` of typed pointers may go byte by byte under -Osize.)
    unsafe withUnsafeMutableBufferPointer { target, initialised in
      unsafe bytes.withUnsafeBytes { source in
        if count > 0, let to = target.baseAddress, let from = source.baseAddress {
          unsafe UnsafeMutableRawPointer(to + initialised).copyMemory(
            from: from, byteCount: count)
        }
      }
      initialised += count
    }
    return count
  }

  /// Adds so many zeros, or as many as there is room for, all at once.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func append(zeros count: Int) {
    let count = min(count, freeCapacity)
    // SAFETY: there are `count` bytes behind what is initialised already.
    unsafe withUnsafeMutableBufferPointer { target, initialised in
      if count > 0, let to = target.baseAddress {
        unsafe UnsafeMutableRawPointer(to + initialised).initializeMemory(
          as: UInt8.self, repeating: 0, count: count)
      }
      initialised += count
    }
  }
}

extension MutableSpan where Element == UInt8 {
  /// Copies `bytes` to `offset`, all at once; outside the span it stops the program.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func replaceBytes(at offset: Int, with bytes: Span<UInt8>) {
    precondition(offset >= 0 && offset <= count && bytes.count <= count &- offset)
    // SAFETY: the target lies within the span, as was just checked, and since the span has its memory
    // to itself, the two cannot overlap.
    // (`update` of typed pointers would go byte by byte under -Osize.)
    unsafe withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        if let to = target.baseAddress, let from = source.baseAddress {
          unsafe (to + offset).copyMemory(from: from, byteCount: source.count)
        }
      }
    }
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
