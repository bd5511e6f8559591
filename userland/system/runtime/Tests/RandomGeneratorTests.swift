// SPDX-License-Identifier: MIT
import Testing

@testable import Runtime

@Suite("RandomGenerator")
struct RandomGeneratorTests {
  /// RFC 8439, §2.3.2.
  @Test func theBlockFunctionIsChaCha20() {
    var key = InlineArray<8, UInt32>(repeating: 0)
    for index in 0..<8 {
      let first = UInt32(index * 4)
      key[index] = first | (first + 1) << 8 | (first + 2) << 16 | (first + 3) << 24
    }
    let block = chaChaBlock(key, counter: 1, nonce: (0x0900_0000, 0x4A00_0000, 0))
    #expect(block[0] == 0xE4E7_F110 && block[1] == 0x1559_3BD1 && block[15] == 0x4E3C_50A2)
  }

  @Test func outputFollowsFromTheSeedAndStirringChangesIt() {
    var first = RandomGenerator(seed: InlineArray(repeating: 7))
    var second = RandomGenerator(seed: InlineArray(repeating: 7))
    for _ in 0..<100 { #expect(first.nextWord() == second.nextWord()) }
    second.stir([1, 0, 0, 0])
    #expect(first.nextWord() != second.nextWord())
  }

  @Test func bytesAreSpreadEvenly() {
    var generator = RandomGenerator(seed: InlineArray(repeating: 1))
    var counts = [Int](repeating: 0, count: 256)
    for _ in 0..<256_000 { counts[Int(generator.next())] += 1 }
    #expect(counts.allSatisfy { $0 > 800 && $0 < 1200 })
  }
}
