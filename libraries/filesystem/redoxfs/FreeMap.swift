// SPDX-License-Identifier: MIT
import Base
import Core

/// Which blocks of a volume are free, one bit each.
///
/// A block of level `n` lies at a multiple of 2ⁿ, as older implementations put it. One is looked for
/// from where the last one was found on, so that what is written together lies together.
struct FreeMap {
  /// Set for a free block.
  private var words: [UInt64]
  private(set) var freeCount: UInt64 = 0
  /// Runs of 32 blocks, each at a multiple of 32, of which all are free.
  private(set) var wholeRuns: UInt64 = 0
  private var lastWord = 0
  /// Bits of that word that do not lie before the block found last.
  private var behindLast = UInt64.max

  init(blockCount: UInt64) {
    words = [UInt64](repeating: 0, count: Int((blockCount &+ 63) / 64))
  }

  /// There are more blocks, none of which is free yet.
  mutating func grow(to blockCount: UInt64) {
    let count = Int((blockCount &+ 63) / 64)
    words += [UInt64](repeating: 0, count: max(0, count &- words.count))
  }

  subscript(_ block: UInt64) -> Bool {
    words[Int(block / 64)] >> (block % 64) & 1 != 0
  }

  /// Takes the next free block of this level; `nil` if there is none.
  mutating func take(level: UInt8) -> UInt64? {
    for index in lastWord..<words.count where words[index] != 0 {
      if let block = take(level, in: index) { return block }
    }
    for index in 0..<lastWord where words[index] != 0 {
      if let block = take(level, in: index) { return block }
    }
    return nil
  }

  private mutating func take(_ level: UInt8, in index: Int) -> UInt64? {
    // A bit stays where a whole run begins that lies right.
    var starts = words[index]
    for step in 0..<UInt64(level) { starts &= starts >> (1 << step) }
    starts &= UInt64.max / ((1 << (1 << UInt64(level))) &- 1)
    guard starts != 0 else { return nil }
    // Behind the last one if possible, so that a commit is one run.
    let behind = index == lastWord ? starts & behindLast : 0
    let bit = UInt64((behind == 0 ? starts : behind).trailingZeroBitCount)
    (lastWord, behindLast) = (index, UInt64.max << bit)
    let block = UInt64(index) &* 64 &+ bit
    set(block, count: 1 << UInt64(level), free: false)
    return block
  }

  /// Marks a run. Blocks that are so already are not counted again.
  mutating func set(_ start: UInt64, count: UInt64, free isFree: Bool) {
    if count == 1 { return set(start, free: isFree) }
    var block = start
    while block < start &+ count {
      let index = Int(block / 64)
      let bits = min(64 &- block % 64, start &+ count &- block)
      let mask = (bits == 64 ? UInt64.max : (1 << bits) &- 1) << (block % 64)
      let before = words[index]
      let after = isFree ? before | mask : before & ~mask
      words[index] = after
      freeCount = freeCount &- UInt64(before.nonzeroBitCount) &+ UInt64(after.nonzeroBitCount)
      wholeRuns = wholeRuns &- Self.wholeRuns(before) &+ Self.wholeRuns(after)
      block &+= bits
    }
  }

  /// The same for one block, which most are.
  private mutating func set(_ block: UInt64, free isFree: Bool) {
    let (index, bit) = (Int(block / 64), UInt64(1) << (block % 64))
    let before = words[index]
    if (before & bit != 0) == isFree { return }
    let after = before ^ bit
    words[index] = after
    freeCount = isFree ? freeCount &+ 1 : freeCount &- 1
    // The half that it lies in was whole before, or is now.
    let half = UInt32(truncatingIfNeeded: (isFree ? after : before) >> (block & 32))
    if half == UInt32.max { wholeRuns = isFree ? wholeRuns &+ 1 : wholeRuns &- 1 }
  }

  private static func wholeRuns(_ word: UInt64) -> UInt64 {
    (UInt32(truncatingIfNeeded: word) == UInt32.max ? 1 : 0)
      &+ (word >> 32 == UInt64(UInt32.max) ? 1 : 0)
  }

  /// 64 blocks, from number 64 × `index` on, a bit each; those that there are not are not free.
  func freeBits(_ index: Int) -> UInt64 { index < words.count ? words[index] : 0 }

  /// All runs of free blocks, in rising order.
  func forEachRun(_ body: (_ start: UInt64, _ count: UInt64) -> Void) {
    var start: UInt64?
    for index in words.indices {
      let base = UInt64(index) &* 64
      if words[index] == 0, start == nil { continue }
      if words[index] == UInt64.max, start != nil { continue }
      for bit in 0..<64 as Range<UInt64> {
        let isFree = words[index] >> bit & 1 != 0
        if isFree, start == nil { start = base &+ bit }
        if !isFree, let begin = start {
          body(begin, base &+ bit &- begin)
          start = nil
        }
      }
    }
    if let begin = start { body(begin, UInt64(words.count) &* 64 &- begin) }
  }
}
