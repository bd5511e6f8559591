// SPDX-License-Identifier: MIT
import Core

/// Physical memory as the parsers see it: bytes that may or may not be there.
public protocol PhysicalBytes {
  /// Lends the `count` bytes at `address` to `body`.
  ///
  /// - Returns: What `body` returned, or nil if not all of the bytes are memory.
  func read<Result>(at address: UInt64, count: Int, _ body: (Span<UInt8>) -> Result) -> Result?
}

extension PhysicalBytes {
  /// The value at `address`, or nil if it is not all memory or malformed.
  func value<Value: WireFormat>(_: Value.Type, at address: UInt64) -> Value? {
    read(at: address, count: Value.byteCount) { bytes in
      do throws(WireError) {
        return try Value(decoding: bytes)
      } catch {
        return nil
      }
    } ?? nil
  }
}

extension Span where Element == UInt8 {
  /// The little-endian integer at `offset`, or nil beyond the end. Firmware tables grow at the end
  /// from revision to revision, so an absent field is normal.
  func integer<Value: FixedWidthInteger & UnsignedInteger>(
    _: Value.Type = Value.self, at offset: Int
  ) -> Value? {
    let byteCount = Value.bitWidth / 8
    guard offset >= 0, offset <= count, byteCount <= count &- offset else { return nil }
    var value: Value = 0
    for index in 0..<byteCount {
      value |= Value(self[offset &+ index]) &<< Value(8 &* index)
    }
    return value
  }

  /// Whether the bytes add up to zero, as those of each ACPI table do (ACPI 6.5, §5.2.6).
  var hasZeroSum: Bool {
    var sum: UInt8 = 0
    for index in indices { sum &+= self[index] }
    return sum == 0
  }
}
