// SPDX-License-Identifier: MIT

/// Where a heap gets its memory from, and gives it back.
public protocol PageSource: ~Copyable {
  /// Zeroed memory of `byteCount` bytes, a multiple of 4,096, at a multiple of 65,536.
  /// - Returns: its address, or `nil` if there is none to be had.
  mutating func map(_ byteCount: Int) -> UInt?

  /// Takes back `byteCount` bytes at `address`, a whole result of `map` or any whole pages of it.
  mutating func unmap(_ address: UInt, _ byteCount: Int)

  /// Makes a whole result of `map` larger or smaller; it may move, with what it holds.
  /// - Returns: where it is now, or `nil` if it has been left as it was.
  mutating func resize(_ address: UInt, from byteCount: Int, to newByteCount: Int) -> UInt?
}
