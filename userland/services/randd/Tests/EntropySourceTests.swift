// SPDX-License-Identifier: MIT
import Testing

@testable import RandomSources

@Suite("Sources of entropy")
struct EntropySourceTests {
  @Test func wordsAreAskedForAgain() {
    var source = HardwareWords()
    var calls = 0
    let words = source.take(3) {
      calls += 1
      return calls % 5 == 0 ? UInt64(calls) : nil
    }
    #expect(words == [5, 10, 15])
    let isStuck = source.isStuck
    #expect(!isStuck)
  }

  @Test func aSourceThatGivesNothingIsLeft() {
    var source = HardwareWords()
    var calls = 0
    let words = source.take(4) {
      calls += 1
      return nil
    }
    #expect(words.isEmpty)
    #expect(calls == HardwareWords.attempts)
  }

  @Test(arguments: [[UInt64(7), 7], [0], [.max], [1, 2, 3, 3]])
  func aStuckSourceIsNotBelieved(_ given: [UInt64]) {
    var source = HardwareWords()
    var left = given[...]
    let words = source.take(8) { left.popFirst() }
    #expect(words.isEmpty)
    let isStuck = source.isStuck
    #expect(isStuck)
    // Nor later.
    #expect(source.take(1) { 99 }.isEmpty)
  }

  @Test func timingShowsWhetherTimeVaries() {
    var now: UInt64 = 0
    let even = TimingSamples(100) {
      now += 40
      return now
    }
    #expect(even.changes == 0)
    #expect(even.bytes.count == 100 * 8 + 64)
    var random = SystemRandomNumberGenerator()
    let uneven = TimingSamples(100) {
      now += UInt64.random(in: 1...1000, using: &random)
      return now
    }
    #expect(uneven.changes > 80)
    #expect(uneven.bytes != even.bytes)
  }

  @Test func noTwoTurnsAreTheSame() {
    var record = SeedRecord()
    var seen: Set<[UInt8]> = [record.bytes]
    for _ in 0..<1000 {
      record = record.next()
      seen.insert(record.bytes)
    }
    #expect(seen.count == 1001)
    #expect(record.bytes.count == 56)
  }

  @Test func reseedingIsDueByCountAndByTime() {
    var policy = ReseedPolicy(now: 1000)
    #expect(!policy.isDue(before: 4096, now: 1000))
    #expect(!policy.isDue(before: 4096, now: 0))
    policy.made(1 << 20)
    #expect(policy.isDue(before: 1, now: 1000))
    policy.reseeded(now: 2000)
    #expect(!policy.isDue(before: 1 << 20, now: 2000))
    #expect(policy.isDue(before: 1, now: 2000 + ReseedPolicy.interval))
    #expect(!policy.isDue(before: 1, now: 1999 + ReseedPolicy.interval))
  }
}
