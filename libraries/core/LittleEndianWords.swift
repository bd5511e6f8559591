// SPDX-License-Identifier: MIT

// Integers are moved whole: byte by byte they cost six instructions a byte under -Osize, and every
// packet header and disk block comes through here.

extension Span where Element == UInt8 {
  /// The little-endian integer at `offset`, for hot paths that need one field of a record;
  /// elsewhere a `WireFormat` says more.
  @inline(__always)
  public func little<Value: FixedWidthInteger>(
    at offset: Int, as _: Value.Type
  ) throws(WireError) -> Value {
    let byteCount = Value.bitWidth / 8
    guard offset >= 0, byteCount <= count, offset <= count &- byteCount else { throw .truncated }
    return Value(truncatingIfNeeded: word(at: offset, byteCount: byteCount))
  }

  /// The eight bytes at `start` as a little-endian integer; outside the span it stops the program.
  @inline(__always)
  public func littleWord(at start: Int) -> UInt64 { word(at: start, byteCount: 8) }

  /// Hands over the bytes as little-endian words, four at a time, as far as there are four: the inner
  /// loop of checksums.
  /// - Returns: how many bytes those were.
  @inline(__always)
  public func forEachFourWords(_ body: (UInt64, UInt64, UInt64, UInt64) -> Void) -> Int {
    let bytes = unsafe bytes
    let end = bytes.byteCount & ~31
    var place = 0
    while place < end {
      // SAFETY: 32 bytes from `place` on lie before `end`, which is within the span.
      let first = unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: place, as: UInt64.self)
      let second = unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: place &+ 8, as: UInt64.self)
      let third = unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: place &+ 16, as: UInt64.self)
      let fourth = unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: place &+ 24, as: UInt64.self)
      body(
        UInt64(littleEndian: first), UInt64(littleEndian: second), UInt64(littleEndian: third),
        UInt64(littleEndian: fourth))
      place &+= 32
    }
    return end
  }

  /// The little-endian integer of 1, 2, 4 or 8 bytes at `start`; outside the span it stops the
  /// program.
  @inline(__always)
  func word(at start: Int, byteCount: Int) -> UInt64 {
    // SAFETY: the loads check their bounds, and every pattern of bits is an integer.
    switch byteCount {
    case 1: UInt64(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt8.self))
    case 2:
      UInt64(
        UInt16(
          littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt16.self)))
    case 4:
      UInt64(
        UInt32(
          littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt32.self)))
    case 8:
      UInt64(
        littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
    default: preconditionFailure("integers on the wire have 1, 2, 4 or 8 bytes")
    }
  }
}

extension MutableSpan where Element == UInt8 {
  /// Stores `word` little-endian in the eight bytes at `start`; outside the span it stops the
  /// program.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func setLittleWord(_ word: UInt64, at start: Int) {
    setWord(word, at: start, byteCount: 8)
  }

  /// Stores the low `byteCount` (1, 2, 4 or 8) bytes of `word` at `start`, little-endian.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func setWord(_ word: UInt64, at start: Int, byteCount: Int) {
    // SAFETY: the stores check their bounds, and every pattern of bits is a byte.
    var raw = unsafe mutableBytes
    switch byteCount {
    case 1: raw.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: start, as: UInt8.self)
    case 2:
      raw.storeBytes(
        of: UInt16(truncatingIfNeeded: word).littleEndian, toByteOffset: start, as: UInt16.self)
    case 4:
      raw.storeBytes(
        of: UInt32(truncatingIfNeeded: word).littleEndian, toByteOffset: start, as: UInt32.self)
    case 8: raw.storeBytes(of: word.littleEndian, toByteOffset: start, as: UInt64.self)
    default: preconditionFailure("integers on the wire have 1, 2, 4 or 8 bytes")
    }
  }
}
