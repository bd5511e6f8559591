// SPDX-License-Identifier: MIT
public import Core

/// What is done with blocks.
public enum DiskOperation: UInt8, Sendable {
  case read = 0
  case write = 1
  /// All that was submitted before and is complete then is on the medium. Needs no blocks.
  case flush = 2
  /// Nobody needs the blocks' content any more.
  case discard = 3
}

/// What a client puts into a ring of a disk. Requests for the same blocks happen in the order in which
/// they were submitted, if one of them writes; others in any. 40 bytes.
public struct DiskSubmission: BitwiseCopyable, Sendable {
  /// The client's own name for it.
  public var identifier: UInt64 = 0
  /// The first block, counted from the file's start.
  public var block: UInt64 = 0
  public var blockCount: UInt32 = 0
  public var operation: UInt8 = 0
  /// `forced`.
  public var flags: UInt8 = 0
  public var reserved: UInt16 = 0
  /// Where the data lies in the object that the rings are in: a multiple of 512, behind the rings.
  public var dataOffset: UInt64 = 0
  public var reserved2: UInt64 = 0
  public init() {}

  /// For a write: complete only when it is on the medium.
  public static var forced: UInt8 { 1 }
}

/// What comes back. 16 bytes.
public struct DiskCompletion: BitwiseCopyable, Sendable {
  public var identifier: UInt64 = 0
  /// Zero, or a negated error.
  public var result: Int64 = 0
  public init() {}
}

/// What a file of a disk can be asked by `CallScheme`.
public enum DiskRequest: UInt32, Sendable {
  /// A `DiskDescription` to the output.
  case describe = 0x4469_0001
  /// Reads the partitions anew. On the whole disk, while nobody has a partition open.
  case rescan = 0x4469_0002
  /// Input: first block and count, 8 bytes each. Nobody needs their content any more.
  case discard = 0x4469_0003
  /// A write, complete only when it is on the medium. Input: its offset in bytes, 8 bytes, then data of
  /// whole blocks.
  case writeForced = 0x4469_0004
}

/// What a disk is and has done.
public struct DiskDescription: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 112 }

  public var blockBytes: UInt32 = 0
  public var isReadOnly = false
  public var hasCache = false
  public var discards = false
  public var blockCount: UInt64 = 0
  /// The first block of this file on the disk.
  public var firstBlock: UInt64 = 0
  /// The most bytes of one request in a ring.
  public var transferLimit: UInt64 = 0
  public var statistics = DiskStatistics()
  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&blockBytes)
    var flags: UInt32 = (isReadOnly ? 1 : 0) | (hasCache ? 2 : 0) | (discards ? 4 : 0)
    try coder.little(&flags)
    (isReadOnly, hasCache, discards) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
    try coder.little(&blockCount)
    try coder.little(&firstBlock)
    try coder.little(&transferLimit)
    try statistics.layout(&coder)
  }
}

/// What a driver counts from its start on.
public struct DiskStatistics: Equatable, Sendable {
  public var reads: UInt64 = 0
  public var blocksRead: UInt64 = 0
  public var writes: UInt64 = 0
  public var blocksWritten: UInt64 = 0
  public var flushes: UInt64 = 0
  public var discards: UInt64 = 0
  /// Requests that ended with an error.
  public var errors: UInt64 = 0
  public var retries: UInt64 = 0
  public var timeouts: UInt64 = 0
  public var resets: UInt64 = 0
  public init() {}

  mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&reads)
    try coder.little(&blocksRead)
    try coder.little(&writes)
    try coder.little(&blocksWritten)
    try coder.little(&flushes)
    try coder.little(&discards)
    try coder.little(&errors)
    try coder.little(&retries)
    try coder.little(&timeouts)
    try coder.little(&resets)
  }
}
