// SPDX-License-Identifier: MIT
import Base
import Core

/// Blocks that stay when the present state gives them back.
struct KeptBlocks {
  private var map: BlockMap
  private(set) var isEmpty = true

  init(count: UInt64) { map = BlockMap(count: count) }

  subscript(_ block: UInt64) -> Bool { !isEmpty && map[block] }

  /// Adds what was not free in a volume that had `count` blocks.
  mutating func add(allBut free: FreeMap, below count: UInt64) {
    isEmpty = false
    map.add(allBut: free, in: Layout.firstBlock..<max(count, Layout.firstBlock))
  }

  mutating func remove(_ block: UInt64) { map[block] = false }

  mutating func remove(_ free: FreeMap) { map.remove(free) }

  mutating func grow(to count: UInt64) { map.grow(to: count) }
}

extension BlockMap {
  /// Sets the bits of what is not free in `range`, 64 at a time.
  mutating func add(allBut free: FreeMap, in range: Range<UInt64>) {
    let range = range.clamped(to: 0..<count)
    if range.isEmpty { return }
    for index in Int(range.lowerBound / 64)...Int((range.upperBound &- 1) / 64) {
      var bits = ~free.freeBits(index)
      let base = UInt64(index) &* 64
      if base < range.lowerBound { bits &= UInt64.max << (range.lowerBound &- base) }
      if range.upperBound &- base < 64 { bits &= (1 << (range.upperBound &- base)) &- 1 }
      words[index] |= bits
    }
  }

  mutating func remove(_ free: FreeMap) {
    for index in words.indices { words[index] &= ~free.freeBits(index) }
  }

  /// There are more blocks, whose bits are not set.
  mutating func grow(to newCount: UInt64) {
    let missing = Int((newCount &+ 63) / 64) &- words.count
    if missing > 0 { words += [UInt64](repeating: 0, count: missing) }
    count = max(count, newCount)
  }
}
