// SPDX-License-Identifier: MIT

/// An enumeration without associated values whose raw values are 0, 1, 2, … in the order of its
/// cases, so that finding the case for a number takes one comparison.
public protocol DenseEnumeration: BitwiseCopyable {
  /// How many cases there are, at most 256.
  static var count: UInt { get }
}

extension DenseEnumeration {
  /// The case with raw value `number`.
  @inline(__always)
  public init?(dense number: UInt) {
    guard number < Self.count, MemoryLayout<Self>.size == 1 else { return nil }
    // SAFETY: such an enumeration is one byte, which is the case's place in the declaration.
    self = unsafe unsafeBitCast(UInt8(truncatingIfNeeded: number), to: Self.self)
  }
}
