// SPDX-License-Identifier: MIT

/// Unpredictable bytes from a seed: the ChaCha20 block function (RFC 8439, §2.3) whose own output
/// replaces its key after each block, so that what was given out cannot be computed later.
public struct RandomGenerator: Sendable {
  private var key: InlineArray<8, UInt32>
  /// Bytes made but not given out are at the end of this block, after the next key.
  private var block = InlineArray<16, UInt32>(repeating: 0)
  private var used = 64

  /// A generator whose output follows from `seed` alone.
  public init(seed: InlineArray<8, UInt32>) { key = seed }

  /// Changes all further output with what `words` have of surprise.
  public mutating func stir(_ words: InlineArray<4, UInt64>) {
    for index in 0..<4 {
      key[2 * index] ^= UInt32(truncatingIfNeeded: words[index])
      key[2 * index + 1] ^= UInt32(truncatingIfNeeded: words[index] >> 32)
    }
    refill()
  }

  public mutating func next() -> UInt8 {
    if used == 64 { refill() }
    let word = block[used >> 2]
    let byte = UInt8(truncatingIfNeeded: word >> UInt32((used & 3) << 3))
    block[used >> 2] = word & ~(0xFF << UInt32((used & 3) << 3))
    used &+= 1
    return byte
  }

  public mutating func nextWord() -> UInt64 {
    // Whole words are taken from where a word begins; bytes before it are given up.
    let place = (used &+ 7) & ~7
    if place >= 64 { refill() } else { used = place }
    let index = used >> 2
    let word = UInt64(block[index]) | UInt64(block[index &+ 1]) << 32
    block[index] = 0
    block[index &+ 1] = 0
    used &+= 8
    return word
  }

  /// Half of the block becomes the next key, the other half is output.
  private mutating func refill() {
    block = chaChaBlock(key, counter: 0, nonce: (0, 0, 0))
    for index in 0..<8 { key[index] = block[index] }
    used = 32
  }
}

/// The ChaCha20 block function (RFC 8439, §2.3).
func chaChaBlock(
  _ key: InlineArray<8, UInt32>, counter: UInt32, nonce: (UInt32, UInt32, UInt32)
) -> InlineArray<16, UInt32> {
  var start = InlineArray<16, UInt32>(repeating: 0)
  start[0] = 0x6170_7865
  start[1] = 0x3320_646E
  start[2] = 0x7962_2D32
  start[3] = 0x6B20_6574
  for index in 0..<8 { start[4 + index] = key[index] }
  start[12] = counter
  start[13] = nonce.0
  start[14] = nonce.1
  start[15] = nonce.2
  var state = start
  for _ in 0..<10 {
    quarterRound(&state, 0, 4, 8, 12)
    quarterRound(&state, 1, 5, 9, 13)
    quarterRound(&state, 2, 6, 10, 14)
    quarterRound(&state, 3, 7, 11, 15)
    quarterRound(&state, 0, 5, 10, 15)
    quarterRound(&state, 1, 6, 11, 12)
    quarterRound(&state, 2, 7, 8, 13)
    quarterRound(&state, 3, 4, 9, 14)
  }
  for index in 0..<16 { state[index] &+= start[index] }
  return state
}

@inline(__always)
private func quarterRound(
  _ state: inout InlineArray<16, UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int
) {
  var (first, second, third, fourth) = (state[a], state[b], state[c], state[d])
  first &+= second
  fourth = rotated(fourth ^ first, 16)
  third &+= fourth
  second = rotated(second ^ third, 12)
  first &+= second
  fourth = rotated(fourth ^ first, 8)
  third &+= fourth
  second = rotated(second ^ third, 7)
  (state[a], state[b], state[c], state[d]) = (first, second, third, fourth)
}

@inline(__always)
private func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
  word << bits | word >> (32 &- bits)
}
