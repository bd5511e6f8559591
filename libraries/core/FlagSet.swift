// SPDX-License-Identifier: MIT

/// A set of flags in the bits of an integer.
///
/// Takes the place of `OptionSet`, whose array literals cannot be compiled where nothing may be
/// allocated. Sets are combined with `|`: `.read | .write`.
public protocol FlagSet: Equatable, BitwiseCopyable, Sendable {
  associatedtype RawValue: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable
  var rawValue: RawValue { get }
  init(rawValue: RawValue)
}

extension FlagSet {
  /// No flags.
  @inline(__always) public init() { self.init(rawValue: 0) }

  @inline(__always) public var isEmpty: Bool { rawValue == 0 }

  /// Whether all of `flags` are in this set.
  @inline(__always)
  public func contains(_ flags: Self) -> Bool { rawValue & flags.rawValue == flags.rawValue }
  @inline(__always)
  public func isSuperset(of flags: Self) -> Bool { contains(flags) }
  @inline(__always)
  public func isSubset(of flags: Self) -> Bool { flags.contains(self) }
  /// Whether none of `flags` is in this set.
  @inline(__always)
  public func isDisjoint(with flags: Self) -> Bool { rawValue & flags.rawValue == 0 }

  @inline(__always)
  public static func | (a: Self, b: Self) -> Self { Self(rawValue: a.rawValue | b.rawValue) }
  @inline(__always)
  public static func & (a: Self, b: Self) -> Self { Self(rawValue: a.rawValue & b.rawValue) }

  @inline(__always)
  public func union(_ flags: Self) -> Self { self | flags }
  @inline(__always)
  public func intersection(_ flags: Self) -> Self { self & flags }
  @inline(__always)
  public func subtracting(_ flags: Self) -> Self { Self(rawValue: rawValue & ~flags.rawValue) }
  @inline(__always)
  public mutating func formUnion(_ flags: Self) { self = union(flags) }
  @inline(__always)
  public mutating func formIntersection(_ flags: Self) { self = intersection(flags) }
  @inline(__always)
  public mutating func subtract(_ flags: Self) { self = subtracting(flags) }
  @inline(__always)
  public mutating func insert(_ flags: Self) { formUnion(flags) }
  @inline(__always)
  public mutating func remove(_ flags: Self) { subtract(flags) }

  @inline(__always)
  public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
}
