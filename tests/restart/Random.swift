// SPDX-License-Identifier: MIT

/// Numbers that follow from a seed: xorshift64* (Vigna, 2016).
struct Random {
  private var state: UInt64

  init(seed: UInt64) {
    // Seeds that differ in little are to lead to numbers that differ in all.
    state = (seed &+ 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
    state ^= state >> 31
    if state == 0 { state = 1 }
  }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  mutating func below(_ limit: Int) -> Int {
    limit <= 1 ? 0 : Int(truncatingIfNeeded: (next() >> 8) % UInt64(limit))
  }

  /// True once in `turns`.
  mutating func oneIn(_ turns: Int) -> Bool { below(turns) == 0 }

  mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var index = 0
    while index < count {
      var word = next()
      let end = min(index + 8, count)
      while index < end {
        bytes[index] = UInt8(truncatingIfNeeded: word)
        word >>= 8
        index += 1
      }
    }
    return bytes
  }
}
