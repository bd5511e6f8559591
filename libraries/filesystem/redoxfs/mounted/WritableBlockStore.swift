// SPDX-License-Identifier: MIT
import Base
import Core

/// A medium that a volume is written to.
public protocol WritableBlockStore: BlockStore {
  /// Writes whole blocks from number `block` on. They may reach the medium later, torn, and in another
  /// order, until `flush` returns.
  /// - Returns: false if the medium refused; of what it refuses later `flush` tells.
  func write(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool

  /// Returns once all that was written before is on the medium; false if it is not. The next one tells of
  /// what is written after that.
  func flush() -> Bool

  /// Writes whole blocks, and returns once they and all that was written before are on the medium.
  /// - Returns: false if they are not.
  func writeThrough(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool
}

extension WritableBlockStore {
  public func writeThrough(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    write(block, bytes) && flush()
  }
}
