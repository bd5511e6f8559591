// SPDX-License-Identifier: MIT
import Core

/// What a disk looks like.
public struct BlockGeometry: Equatable, BitwiseCopyable, Sendable {
  /// Bytes in a block: a power of two, 512 to 65,536.
  public var blockBytes: UInt32
  public var blockCount: UInt64
  public var isReadOnly = false
  /// What is written may be lost with the power until it is flushed.
  public var hasCache = false
  /// The device writes through its cache when asked to.
  public var forcesWrites = false
  public var discards = false
  /// The most bytes of one request: a multiple of the block.
  public var transferLimit: UInt32 = 131_072

  public init(blockBytes: UInt32, blockCount: UInt64) {
    self.blockBytes = blockBytes
    self.blockCount = blockCount
  }

  /// Whether these numbers make a disk that can be addressed in bytes.
  public var isSound: Bool {
    blockBytes.isPowerOfTwo && blockBytes >= 512 && blockBytes <= 65_536
      && transferLimit >= blockBytes && transferLimit % blockBytes == 0
      && blockCount <= UInt64(Int64.max) / UInt64(blockBytes)
  }

  public var byteCount: UInt64 { blockCount &* UInt64(blockBytes) }
}

/// Blocks of a disk, one after the other.
public struct BlockRange: Equatable, BitwiseCopyable, Sendable {
  public var first: UInt64
  public var count: UInt64

  public init(first: UInt64, count: UInt64) {
    self.first = first
    self.count = count
  }

  /// The block behind the last; only for ranges that are known to lie on a disk.
  public var end: UInt64 { first &+ count }

  public func overlaps(_ other: BlockRange) -> Bool {
    count > 0 && other.count > 0 && first < other.end && other.first < end
  }
}
