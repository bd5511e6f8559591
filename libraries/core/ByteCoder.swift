// SPDX-License-Identifier: MIT

/// Why a buffer does not hold the value it claims to hold.
public enum WireError: Error, Equatable {
  /// The value goes on beyond the end of the bytes.
  case truncated
  /// The bytes are there, but no correct writer produces them.
  case malformed
}

/// Walks a buffer field by field; decoding, encoding and measuring share one walk.
public protocol ByteCoder: ~Copyable, ~Escapable {
  /// The next integer, most significant byte first.
  mutating func big<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError)
  /// The next integer, least significant byte first.
  mutating func little<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError)
  /// The next `count` bytes, as they are.
  mutating func bytes<let count: Int>(_ value: inout InlineArray<count, UInt8>) throws(WireError)
  /// The next `count` bytes mean nothing: skipped when decoding, written as zeros.
  mutating func reserved(_ count: Int) throws(WireError)
}

extension ByteCoder where Self: ~Copyable & ~Escapable {
  /// The next value as one of an enumeration's raw values; any other integer is malformed.
  public mutating func big<Value: RawRepresentable>(_ value: inout Value) throws(WireError)
  where Value.RawValue: FixedWidthInteger {
    var raw = value.rawValue
    try big(&raw)
    guard let decoded = Value(rawValue: raw) else { throw .malformed }
    value = decoded
  }

  /// The next value as one of an enumeration's raw values; any other integer is malformed.
  public mutating func little<Value: RawRepresentable>(_ value: inout Value) throws(WireError)
  where Value.RawValue: FixedWidthInteger {
    var raw = value.rawValue
    try little(&raw)
    guard let decoded = Value(rawValue: raw) else { throw .malformed }
    value = decoded
  }
}

/// Reads fields out of bytes that somebody else wrote.
struct Decoder: ByteCoder, ~Copyable, ~Escapable {
  private let source: Span<UInt8>
  private var offset: Int

  /// - Parameter start: where to begin, within `source` or at its end.
  @_lifetime(copy source)
  init(_ source: Span<UInt8>, from start: Int = 0) {
    self.source = source
    offset = start
  }

  /// Steps over the next `count` bytes and returns where they begin.
  private mutating func advance(_ count: Int) throws(WireError) -> Int {
    guard count >= 0, count <= source.count &- offset else { throw .truncated }
    defer { offset &+= count }
    return offset
  }

  mutating func little<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError) {
    let start = try advance(Value.bitWidth / 8)
    value = Value(truncatingIfNeeded: source.word(at: start, byteCount: Value.bitWidth / 8))
  }

  mutating func big<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError) {
    try little(&value)
    value = value.byteSwapped
  }

  mutating func bytes<let count: Int>(_ value: inout InlineArray<count, UInt8>) throws(WireError) {
    let start = try advance(count)
    for index in 0..<count { value[index] = source[start &+ index] }
  }

  mutating func reserved(_ count: Int) throws(WireError) { _ = try advance(count) }
}

/// Writes fields into bytes that the caller lends.
struct Encoder: ByteCoder, ~Copyable, ~Escapable {
  private var target: MutableSpan<UInt8>
  private var offset = 0

  @_lifetime(copy target)
  init(_ target: consuming MutableSpan<UInt8>) { self.target = target }

  /// Steps over the next `count` bytes and returns where they begin.
  private mutating func advance(_ count: Int) throws(WireError) -> Int {
    guard count >= 0, count <= target.count &- offset else { throw .truncated }
    defer { offset &+= count }
    return offset
  }

  mutating func little<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError) {
    let start = try advance(Value.bitWidth / 8)
    target.setWord(
      UInt64(truncatingIfNeeded: value), at: start, byteCount: Value.bitWidth / 8)
  }

  mutating func big<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError) {
    var swapped = value.byteSwapped
    try little(&swapped)
  }

  mutating func bytes<let count: Int>(_ value: inout InlineArray<count, UInt8>) throws(WireError) {
    let start = try advance(count)
    for index in 0..<count { target[start &+ index] = value[index] }
  }

  mutating func reserved(_ count: Int) throws(WireError) {
    for index in try advance(count)..<offset { target[index] = 0 }
  }
}

/// Counts the bytes of a layout without touching any.
struct Measurer: ByteCoder {
  private(set) var byteCount = 0

  mutating func big<Value: FixedWidthInteger>(_ value: inout Value) { add(Value.bitWidth / 8) }
  mutating func little<Value: FixedWidthInteger>(_ value: inout Value) { add(Value.bitWidth / 8) }
  mutating func bytes<let count: Int>(_ value: inout InlineArray<count, UInt8>) { add(count) }
  mutating func reserved(_ count: Int) { add(count) }

  private mutating func add(_ count: Int) { byteCount &+= count }
}
