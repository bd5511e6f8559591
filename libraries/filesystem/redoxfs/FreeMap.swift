// SPDX-License-Identifier: MIT
import Base
import Core

/// Which blocks of a volume are free, one bit each.
///
/// A block of level `n` lies at a multiple of 2ⁿ, as older implementations put it. One is looked for
/// from where the last one was found on, so that what is written together lies together: records of
/// full length in one place, all else in another. If much of what is free lies in runs of 32 of which a
/// part is in use, shorter blocks go there: the whole ones are for full records.
struct FreeMap {
  /// Set for a free block.
  private var words: [UInt64]
  private(set) var freeCount: UInt64 = 0
  /// Runs of 32 blocks, each at a multiple of 32, of which all are free.
  private(set) var wholeRuns: UInt64 = 0
  private var lastWhole = Place()
  private var lastPart = Place()

  /// Where the last block was found: a word, and those of its bits that do not lie before it.
  private struct Place {
    var word = 0
    var behind = UInt64.max
  }

  /// Words that are searched for a run of which a part is in use: 64 MiB of a volume.
  private static var nearWords: Int { 256 }

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
    let isWhole = level == Layout.highestLevel
    let last = isWhole ? lastWhole : lastPart
    var found: Place?
    if !isWhole, wholeRuns &* 32 < freeCount &- freeCount / 8 {
      found = find(level, from: last, min(words.count, Self.nearWords), onlyBroken: true)
    }
    guard let place = found ?? find(level, from: last, words.count, onlyBroken: false) else {
      return nil
    }
    if isWhole { lastWhole = place } else { lastPart = place }
    let block = UInt64(place.word) &* 64 &+ UInt64(place.behind.trailingZeroBitCount)
    set(block, count: 1 << UInt64(level), free: false)
    return block
  }

  /// Looks at so many words.
  private func find(
    _ level: UInt8, from last: Place, _ wordCount: Int, onlyBroken: Bool
  ) -> Place? {
    var index = last.word
    for step in 0..<wordCount {
      let starts = words[index] == 0 ? 0 : starts(level, in: index, onlyBroken)
      if starts != 0 {
        // Behind the last one if possible, so that a commit is one run.
        let behind = step == 0 ? starts & last.behind : 0
        let bit = UInt64((behind == 0 ? starts : behind).trailingZeroBitCount)
        return Place(word: index, behind: UInt64.max << bit)
      }
      index = index &+ 1 == words.count ? 0 : index &+ 1
    }
    return nil
  }

  /// The bits of a word at which a block of this level can begin.
  private func starts(_ level: UInt8, in index: Int, _ onlyBroken: Bool) -> UInt64 {
    var starts = words[index]
    if onlyBroken {
      if UInt32(truncatingIfNeeded: starts) == UInt32.max { starts &= ~UInt64(UInt32.max) }
      if starts >> 32 == UInt64(UInt32.max) { starts &= UInt64(UInt32.max) }
    }
    // A bit stays where a whole run begins that lies right.
    for step in 0..<UInt64(level) { starts &= starts >> (1 << step) }
    return starts & (UInt64.max / ((1 << (1 << UInt64(level))) &- 1))
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

  private static func wholeRun(_ half: UInt32) -> UInt64 { half == UInt32.max ? 1 : 0 }

  private static func wholeRuns(_ word: UInt64) -> UInt64 {
    wholeRun(UInt32(truncatingIfNeeded: word)) &+ wholeRun(UInt32(word >> 32))
  }

  /// How many blocks, and whole runs, would be free besides if `runs` were, whatever their order.
  func gain(from runs: [BlockRun]) -> (blocks: UInt64, wholeRuns: UInt64) {
    var parts: [(run: UInt64, bits: UInt32)] = []
    for run in runs {
      var block = run.start
      while block < run.start &+ run.count {
        let count = min(32 &- block % 32, run.start &+ run.count &- block)
        let bits = count == 32 ? UInt32.max : (1 << UInt32(count)) &- 1
        parts.append((block / 32, bits << UInt32(block % 32)))
        block &+= count
      }
    }
    parts.sort { $0.run < $1.run }
    var (gained, whole): (UInt64, UInt64) = (0, 0)
    var index = 0
    while index < parts.count {
      let run = parts[index].run
      let before = UInt32(truncatingIfNeeded: freeBits(Int(run / 2)) >> (run % 2 &* 32))
      var after = before
      while index < parts.count, parts[index].run == run {
        after |= parts[index].bits
        index &+= 1
      }
      gained &+= UInt64(after.nonzeroBitCount &- before.nonzeroBitCount)
      whole = whole &+ Self.wholeRun(after) &- Self.wholeRun(before)
    }
    return (gained, whole)
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
