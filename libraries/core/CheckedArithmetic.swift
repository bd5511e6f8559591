// SPDX-License-Identifier: MIT

/// Arithmetic on numbers that a stranger chose: the answer is `nil` where `+` would stop the
/// program.
extension FixedWidthInteger where Self: UnsignedInteger {
  /// `self + other`, or `nil` if that does not fit.
  public func checkedSum(_ other: Self) -> Self? {
    let (sum, overflowed) = addingReportingOverflow(other)
    return overflowed ? nil : sum
  }

  /// `self - other`, or `nil` if `other` is larger.
  public func checkedDifference(_ other: Self) -> Self? {
    let (difference, overflowed) = subtractingReportingOverflow(other)
    return overflowed ? nil : difference
  }

  /// `self * other`, or `nil` if that does not fit.
  public func checkedProduct(_ other: Self) -> Self? {
    let (product, overflowed) = multipliedReportingOverflow(by: other)
    return overflowed ? nil : product
  }

  public var isPowerOfTwo: Bool { self & (self &- 1) == 0 && self != 0 }

  /// Whether this is a multiple of `alignment`, a power of two.
  public func isAligned(to alignment: Self) -> Bool {
    assert(alignment.isPowerOfTwo)
    return self & (alignment &- 1) == 0
  }

  /// The largest multiple of `alignment`, a power of two, that is not above this.
  public func roundedDown(to alignment: Self) -> Self {
    assert(alignment.isPowerOfTwo)
    return self & ~(alignment &- 1)
  }

  /// The least multiple of `alignment`, a power of two, that is not below this; `nil` if that does
  /// not fit.
  public func roundedUp(to alignment: Self) -> Self? {
    checkedSum(alignment &- 1)?.roundedDown(to: alignment)
  }
}

/// A range of addresses, or of offsets, that is known not to wrap around.
public struct AddressRange: Equatable, Sendable {
  /// The first address.
  public let start: UInt64
  /// How many bytes; may be zero.
  public let byteCount: UInt64

  /// No addresses.
  public init() {
    start = 0
    byteCount = 0
  }

  /// `nil` if the range's end is beyond the largest address.
  public init?(start: UInt64, byteCount: UInt64) {
    guard start.checkedSum(byteCount) != nil else { return nil }
    self.start = start
    self.byteCount = byteCount
  }

  /// The address after the last one.
  public var end: UInt64 { start &+ byteCount }
  public var isEmpty: Bool { byteCount == 0 }

  public func contains(_ address: UInt64) -> Bool { address >= start && address < end }

  /// Whether `other` lies wholly within this; an empty range does if its start is inside or at the
  /// end.
  public func contains(_ other: AddressRange) -> Bool { other.start >= start && other.end <= end }

  /// Whether the two share at least one address.
  public func overlaps(_ other: AddressRange) -> Bool {
    !isEmpty && !other.isEmpty && start < other.end && other.start < end
  }

  /// The whole blocks of `alignment` bytes that this touches; `nil` if the last would not fit.
  public func roundedOutward(to alignment: UInt64) -> AddressRange? {
    guard let end = end.roundedUp(to: alignment) else { return nil }
    let start = start.roundedDown(to: alignment)
    return AddressRange(start: start, byteCount: end &- start)
  }
}
