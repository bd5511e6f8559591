// SPDX-License-Identifier: MIT

/// The sizes in which small blocks come: every 16 bytes up to 128, then four to each doubling, so
/// that at most a fifth of a block is unused.
public enum SizeClasses {
  /// How many there are.
  public static var count: Int { 39 }
  /// Larger blocks are mapped one by one, in bytes.
  public static var largest: Int { 28_672 }

  /// The first class whose blocks hold `byteCount` bytes, 1 ... `largest`.
  @inline(__always)
  public static func index(holding byteCount: Int) -> Int {
    if byteCount <= 128 { return (byteCount &+ 15) >> 4 &- 1 }
    let last = byteCount &- 1
    let power = Int.bitWidth &- 1 &- last.leadingZeroBitCount
    return 8 &+ (power &- 7) << 2 &+ last >> (power &- 2) &- 4
  }

  /// The size of the blocks of class `index`, in bytes: a multiple of 16.
  @inline(__always)
  public static func byteCount(_ index: Int) -> Int {
    if index < 8 { return (index &+ 1) << 4 }
    let power = 7 &+ (index &- 8) >> 2
    return (5 &+ (index &- 8) & 3) << (power &- 2)
  }

  /// The first class for `byteCount` bytes whose blocks all lie at multiples of `alignment`, a
  /// power of two; `nil` if there is none, or if the bytes are more than `largest`.
  @inline(__always)
  public static func index(holding byteCount: Int, alignedTo alignment: Int) -> Int? {
    guard byteCount <= largest, alignment <= largest else { return nil }
    var index = index(holding: max(byteCount, alignment))
    if alignment <= 16 { return index }
    while index < count {
      if Self.byteCount(index) & (alignment &- 1) == 0 { return index }
      index &+= 1
    }
    return nil
  }
}
