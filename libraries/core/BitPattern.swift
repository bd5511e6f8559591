// SPDX-License-Identifier: MIT

/// A value that fills a bit field, and for which every pattern of the field means something.
public protocol BitPattern {
  /// The value that `bits` stands for; bits above the field are zero.
  init(bits: UInt64)
  /// The pattern, right-aligned. A field refuses a pattern that is wider than itself.
  var bits: UInt64 { get }
}

/// An enumeration whose raw values are bit patterns, some of which may be reserved.
///
/// A field of this type reads as an optional: hardware and foreign files do hold reserved patterns,
/// and `nil` makes the reader decide what to do about one.
public protocol BitEnumeration: RawRepresentable
where RawValue: FixedWidthInteger & UnsignedInteger {}

/// An enumeration with a case for every pattern of its field, so that reading one cannot fail.
///
/// Whether the cases are complete depends on the field's width, which the compiler does not see;
/// a missing case is the programmer's mistake and stops the program.
extension BitPattern where Self: RawRepresentable, RawValue: FixedWidthInteger & UnsignedInteger {
  public init(bits: UInt64) {
    guard let value = Self(rawValue: RawValue(truncatingIfNeeded: bits)) else {
      preconditionFailure("an exhaustive field type lacks a case")
    }
    self = value
  }
  public var bits: UInt64 { UInt64(rawValue) }
}

extension Bool: BitPattern {
  public init(bits: UInt64) { self = bits != 0 }
  public var bits: UInt64 { self ? 1 : 0 }
}

extension BitPattern where Self: FixedWidthInteger & UnsignedInteger {
  public init(bits: UInt64) { self = Self(truncatingIfNeeded: bits) }
  public var bits: UInt64 { UInt64(self) }
}

extension UInt8: BitPattern {}
extension UInt16: BitPattern {}
extension UInt32: BitPattern {}
extension UInt64: BitPattern {}
