// SPDX-License-Identifier: MIT
import Base
import Core

/// A medium made of blocks of 4096 bytes: a disk, a partition, an image file.
public protocol BlockStore: AnyObject {
  /// How many whole blocks there are.
  var blockCount: UInt64 { get }

  /// Appends `count` blocks from number `block` on to `bytes`. Blocks until they are there.
  /// - Returns: false if the medium could not read them all.
  func read(_ block: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool

  /// Somebody will read `count` blocks from number `block` on, soon and at once. Whoever can begins to
  /// fetch them, and returns.
  func expect(_ block: UInt64, count: Int)

  /// SeaHash of `bytes`, by the quickest way that there is.
  func digest(_ bytes: Span<UInt8>) -> UInt64
}

extension BlockStore {
  public func digest(_ bytes: Span<UInt8>) -> UInt64 { SeaHash.digest(bytes) }
  public func expect(_ block: UInt64, count: Int) {}
}
