// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// The least that everything else needs: calls, handles, memory, the clock.
@main struct Smoke {
  static func main() {
    var run = TestRun("smoke")
    run.test("the null call returns") { () throws(TestFailure) in
      _ = try succeed("null") { () throws(SystemError) in try perform(Null()) }
    }
    run.test("a handle that is not open is refused") { () throws(TestFailure) in
      try fail(with: .badHandle, "close") { () throws(SystemError) in
        try perform(Close { $0.handle = Handle(rawValue: 60_000) })
      }
    }
    run.test("the clock goes forward") { () throws(TestFailure) in
      let first = try now()
      var later = first
      var turns = 0
      while later == first && turns < 1_000_000 {
        later = try now()
        turns += 1
      }
      try expect(later > first, "a later time")
    }
    run.test("memory is there and is zero") { () throws(TestFailure) in
      let count = 1 << 20
      let bytes = [UInt8](repeating: 0, count: count)
      var sum = 0
      for byte in bytes { sum += Int(byte) }
      try expect(sum == 0, "zeros")
    }
    run.test("checksums by vectors are those by words") { () throws(TestFailure) in
      // A processor without them has nothing to be wrong.
      guard VectorHash.isThere() else { return }
      for count in [0, 8, 32, 96, 128, 160, 4072, 4096, 65_568] {
        var bytes: [UInt8] = []
        for index in 0..<count {
          bytes.append(UInt8(truncatingIfNeeded: index &* 197 &+ index >> 5))
        }
        var (lanes, expected) = (start, start)
        try expect(
          VectorHash.absorb(bytes.span, into: &lanes) == count & ~31, "as many whole runs")
        for place in 0..<count / 32 * 4 {
          expected[place & 3] = mixed(expected[place & 3] ^ bytes.span.littleWord(at: place * 8))
        }
        for lane in 0..<4 { try expect(lanes[lane] == expected[lane], "the same lanes") }
      }
    }
    exit(run.end())
  }

  private static var start: InlineArray<4, UInt64> {
    [0x16f1_1fe8_9b0d_677c, 0xb480_a793_d8e6_c86c, 0x6fe2_e5aa_f078_ebc9, 0x14f9_94a4_c525_9381]
  }

  /// One step of SeaHash.
  private static func mixed(_ word: UInt64) -> UInt64 {
    let factor: UInt64 = 0x6eed_0e9d_a4d9_4a4f
    var word = word &* factor
    word ^= (word >> 32) >> (word >> 60)
    return word &* factor
  }

  private static func now() throws(TestFailure) -> UInt64 {
    try succeed("clock") { () throws(SystemError) in
      try perform(ReadClock { $0.clock = .monotonic })
    }
  }
}
