// SPDX-License-Identifier: MIT

/// Where text goes one byte at a time: a serial port, a buffer, a growing text.
///
/// What a full sink does with a byte is the sink's own affair; writing text never fails.
public protocol ByteSink: ~Copyable, ~Escapable {
  mutating func put(_ byte: UInt8)
}

extension ByteSink where Self: ~Copyable & ~Escapable {
  public mutating func put(_ bytes: Span<UInt8>) {
    for index in bytes.indices { put(bytes[index]) }
  }

  public mutating func put(_ text: StaticString) { put(text.bytes) }

  /// Writes `number` in decimal, at least `width` characters wide, filled up on the left.
  public mutating func put(decimal number: UInt64, width: Int = 0, fill: UInt8 = 0x20) {
    put(Digits(number, base: 10), width: width, fill: fill)
  }

  /// Writes `number` in decimal, with a minus sign if it is negative.
  public mutating func put(decimal number: Int64) {
    if number < 0 { put(0x2D) }
    put(decimal: number.magnitude)
  }

  /// Writes `number` in lower-case hexadecimal without `0x`, with zeros up to `digits`.
  public mutating func put(hexadecimal number: UInt64, digits: Int = 1) {
    put(Digits(number, base: 16), width: digits, fill: 0x30)
  }

  /// Writes `number` in octal, with zeros up to `digits`.
  public mutating func put(octal number: UInt64, digits: Int = 1) {
    put(Digits(number, base: 8), width: digits, fill: 0x30)
  }

  private mutating func put(_ digits: Digits, width: Int, fill: UInt8) {
    var missing = width &- digits.count
    while missing > 0 {
      put(fill)
      missing &-= 1
    }
    for index in 0..<digits.count { put(digits[index]) }
  }
}

/// The digits of a number, most significant first.
struct Digits {
  /// The digits stand at the end, as they are produced from the least significant.
  private var storage = InlineArray<22, UInt8>(repeating: 0x30)
  private(set) var count = 0

  /// - Parameter base: 8 to 36; in base 8, 64 bits are 22 digits.
  init(_ number: UInt64, base: UInt64) {
    var rest = number
    repeat {
      let digit = UInt8(truncatingIfNeeded: rest % base)
      count &+= 1
      storage[storage.count &- count] = digit < 10 ? 0x30 &+ digit : 0x61 &+ (digit &- 10)
      rest /= base
    } while rest > 0
  }

  subscript(index: Int) -> UInt8 { storage[storage.count &- count &+ index] }
}

/// Bytes beyond the capacity are dropped.
extension OutputSpan: ByteSink where Element == UInt8 {
  public mutating func put(_ byte: UInt8) {
    if !isFull { append(byte) }
  }

  public mutating func put(_ bytes: Span<UInt8>) { append(copying: bytes) }
}

/// A short text held in place, for messages where nothing may be allocated.
public struct FixedText<let capacity: Int>: ByteSink, Sendable {
  private var storage = InlineArray<capacity, UInt8>(repeating: 0)
  public private(set) var count = 0
  /// Whether bytes were dropped because the text was full.
  public private(set) var isTruncated = false

  public init() {}

  public mutating func put(_ byte: UInt8) {
    guard count < capacity else {
      isTruncated = true
      return
    }
    storage[count] = byte
    count &+= 1
  }

  public mutating func removeAll() {
    count = 0
    isTruncated = false
  }

  /// The bytes written so far.
  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { storage.span.extracting(first: count) }
  }
}
