// SPDX-License-Identifier: MIT
import Testing

@testable import RedoxFS

@Suite("LZ4 blocks") struct LZ4BlockTests {
  private func unpack(_ input: [UInt8], limit: Int = 1000) -> [UInt8]? {
    var output: [UInt8] = []
    return LZ4Block.unpack(input.span, onto: &output, limit: limit) ? output : nil
  }

  @Test func literalsAlone() {
    #expect(unpack([0x30, 1, 2, 3]) == [1, 2, 3])
    #expect(unpack([0]) == [])
    let many = [UInt8](repeating: 9, count: 15 + 255 + 4)
    #expect(unpack([0xF0, 255, 4] + many) == many)
  }

  @Test func matchesRepeatWhatIsThere() {
    // "ab", then six bytes from two before; the last sequence has one literal.
    #expect(unpack([0x22, 1, 2, 2, 0, 0x10, 7]) == [1, 2, 1, 2, 1, 2, 1, 2, 7])
    // A run of one byte, 4 + 15 + 3 long.
    #expect(unpack([0x1F, 5, 1, 0, 3, 0]) == [UInt8](repeating: 5, count: 23))
  }

  @Test(
    arguments: [
      [], [0x10], [0x30, 1, 2], [0xF0, 255], [0x10, 1, 0, 0, 0], [0x10, 1, 2, 0, 0],
      [0x10, 1, 1], [0x1F, 1, 1, 0], [0x10, 1, 1, 0],
    ] as [[UInt8]])
  func wrongBlocksAreRefused(_ input: [UInt8]) { #expect(unpack(input) == nil) }

  @Test func nothingGrowsPastTheLimit() {
    #expect(unpack([0x1F, 5, 1, 0, 3, 0], limit: 22) == nil)
    #expect(unpack([0x1F, 5, 1, 0, 3, 0], limit: 23)?.count == 23)
    #expect(unpack([0x30, 1, 2, 3], limit: 2) == nil)
  }

  @Test func anyBytesEnd() {
    var state: UInt64 = 1
    for _ in 0..<20_000 {
      var input: [UInt8] = []
      for _ in 0..<Int(state % 40) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        input.append(UInt8(truncatingIfNeeded: state >> 40) & 0x3F)
      }
      state = state &* 6_364_136_223_846_793_005 &+ 1
      var output: [UInt8] = [1, 2]
      _ = LZ4Block.unpack(input.span, onto: &output, limit: 200)
      #expect(output.count <= 200)
    }
  }
}
