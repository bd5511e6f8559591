// SPDX-License-Identifier: MIT
import Base
import Core

/// One bit for each block of a volume.
struct BlockMap {
  var words: [UInt64]
  var count: UInt64

  init(count: UInt64) {
    self.count = count
    words = [UInt64](repeating: 0, count: Int((count &+ 63) / 64))
  }

  subscript(_ block: UInt64) -> Bool {
    get { words[Int(block / 64)] >> (block % 64) & 1 != 0 }
    set {
      let bit: UInt64 = 1 << (block % 64)
      if newValue { words[Int(block / 64)] |= bit } else { words[Int(block / 64)] &= ~bit }
    }
  }

  /// How many blocks are neither in this map nor in `other`, from `first` on.
  func blocksInNeither(_ other: BlockMap, from first: UInt64) -> UInt64 {
    var total: UInt64 = 0
    var block = first
    while block < count {
      if !self[block], !other[block] { total &+= 1 }
      block &+= 1
    }
    return total
  }

  var total: UInt64 { words.reduce(0) { $0 &+ UInt64($1.nonzeroBitCount) } }
}
