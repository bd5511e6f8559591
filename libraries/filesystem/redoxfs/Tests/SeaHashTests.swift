// SPDX-License-Identifier: MIT
import Testing

@testable import RedoxFS

@Suite("SeaHash") struct SeaHashTests {
  @Test func theDocumentedExample() {
    #expect(SeaHash.digest(Array("to be or not to be".utf8).span) == 1_988_685_042_348_123_509)
  }

  @Test func lanesTakeTheirTurns() {
    // Any byte, in any lane and in a short last word, changes the digest.
    for count in [1, 7, 8, 9, 31, 32, 33, 40, 63, 64, 100] {
      let bytes = [UInt8](repeating: 0, count: count)
      var seen: Set<UInt64> = [SeaHash.digest(bytes.span)]
      for index in 0..<count {
        var changed = bytes
        changed[index] = 1
        seen.insert(SeaHash.digest(changed.span))
      }
      #expect(seen.count == count + 1)
    }
  }

  /// Whoever brings a way of his own for whole runs leaves the rest to this one.
  @Test func anotherWayGivesTheSame() {
    for count in [0, 1, 8, 31, 32, 33, 100, 4072, 4096] {
      let bytes = [UInt8]((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 3) })
      #expect(SeaHash.digest(bytes.span) { _, _ in 0 } == SeaHash.digest(bytes.span))
    }
  }

  @Test func lengthCounts() {
    let digests = (0...64).map { SeaHash.digest([UInt8](repeating: 0, count: $0).span) }
    #expect(Set(digests).count == 65)
  }
}
