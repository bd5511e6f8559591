// SPDX-License-Identifier: MIT
import ABI
import Core

/// Bytes of a file, the first and the last of them counted.
public struct LockRange: Equatable, BitwiseCopyable, Sendable {
  public var first: UInt64
  public var last: UInt64

  /// The last byte that a file can have.
  public static var end: UInt64 { UInt64(Int64.max) }

  /// - Precondition: `first <= last <= end`
  public init(first: UInt64, last: UInt64) {
    self.first = first
    self.last = last
  }

  /// - Parameter length: in bytes; zero for everything from `start` on.
  /// - Throws: `invalidArgument` for what ends past the last byte that a file can have.
  @export(interface)
  public init(start: UInt64, length: UInt64) throws(SystemError) {
    guard start <= Self.end else { throw .invalidArgument }
    if length == 0 {
      self.init(first: start, last: Self.end)
    } else {
      guard length &- 1 <= Self.end &- start else { throw .invalidArgument }
      self.init(first: start, last: start &+ length &- 1)
    }
  }

  /// In bytes; zero if it reaches to the end of all.
  public var length: UInt64 { last == Self.end ? 0 : last &- first &+ 1 }

  public func overlaps(_ other: LockRange) -> Bool { first <= other.last && other.first <= last }

  /// Whether `other` begins right behind it, or it behind `other`.
  func touches(_ other: LockRange) -> Bool {
    last &+ 1 == other.first || other.last &+ 1 == first
  }
}

/// One lock. Files and owners are whatever numbers the server knows them by.
public struct FileLock: Equatable, BitwiseCopyable, Sendable {
  public var file: UInt64
  /// The open description.
  public var owner: UInt64
  public var range: LockRange
  public var isExclusive: Bool
  /// The process that asked for it, to tell others.
  public var process: UInt32
  /// Whose share of all locks it is taken from.
  public var account: UInt32

  public init(
    file: UInt64, owner: UInt64, range: LockRange, isExclusive: Bool, process: UInt32 = 0,
    account: UInt32 = 0
  ) {
    self.file = file
    self.owner = owner
    self.range = range
    self.isExclusive = isExclusive
    self.process = process
    self.account = account
  }

  /// Whether both cannot be at the same time.
  public func conflicts(with other: FileLock) -> Bool {
    file == other.file && owner != other.owner && (isExclusive || other.isExclusive)
      && range.overlaps(other.range)
  }

  /// Whether the two can be one.
  func joins(_ other: FileLock) -> Bool {
    isExclusive == other.isExclusive && process == other.process && account == other.account
      && range.touches(other.range)
  }
}
