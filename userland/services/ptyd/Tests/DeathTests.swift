// SPDX-License-Identifier: MIT
import ABI
import Schemes
import Testing

@testable import Terminals

/// The server dies at each moment in turn, and nobody sees a difference.
@Suite struct DeathTests {
  struct Seen: Equatable {
    var results: [UInt?]
    var bytes: [[UInt8]]
    var shown: [UInt8]
    var signals: [UInt32]
  }

  /// Numbers that follow from a seed.
  struct Random {
    var state: UInt64
    mutating func below(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    mutating func text(_ limit: Int) -> [UInt8] {
      let letters = Array("abcdefgh\r\u{3}\u{7F}\u{15}xyz".utf8)
      return (0...below(limit)).map { _ in letters[below(letters.count)] }
    }
  }

  private func run(_ seed: UInt64, _ deaths: Set<Int>) throws -> (Seen, moments: Int, died: Int) {
    let bench = try Bench(deaths: deaths)
    var random = Random(state: seed)
    let (master, terminal) = bench.makeTerminal()
    let console = bench.open("console")
    bench.ask(.write, on: bench.open("session", below: terminal), [0, 0, 0, 0])
    let settings = bench.open("termios", below: terminal)
    let usual = bench.world.calls[bench.ask(.read, on: settings, output: 56)].bytes
    var raw = usual
    for index in 12..<16 { raw[index] = 0 }
    for _ in 0..<40 {
      switch random.below(9) {
      case 0, 1: bench.ask(.write, on: master, random.text(20))
      case 2: bench.ask(.read, on: terminal, output: 1 + random.below(30))
      case 3: bench.ask(.write, on: terminal, random.text(20))
      case 4: bench.ask(.read, on: master, output: 1 + random.below(60))
      case 5: bench.type(random.text(30))
      case 6: bench.ask(.read, on: console, output: 1 + random.below(30))
      case 7: bench.ask(.write, on: console, random.text(30))
      default: bench.ask(.write, on: settings, random.below(2) == 0 ? usual : raw)
      }
    }
    // One that was sent twice, by a death between sending and noting, counts once.
    var signals: [UInt32] = []
    for sent in bench.world.signals where signals.last != sent.signal {
      signals.append(sent.signal)
    }
    return (
      Seen(
        results: bench.world.calls.map(\.result), bytes: bench.world.calls.map(\.bytes),
        shown: bench.world.shown, signals: signals), bench.world.moments, bench.deaths
    )
  }

  @Test(arguments: 1...2)
  func aDeathAtAnyMomentIsNotSeen(_ seed: UInt64) throws {
    let (expected, moments, _) = try run(seed, [])
    #expect(moments > 40)
    for moment in 1...moments {
      let (seen, _, died) = try run(seed, [moment])
      #expect(seen == expected, "death at moment \(moment) of seed \(seed)")
      #expect(died == 1)
      if seen != expected { return }
    }
  }

  @Test(arguments: 1...8)
  func manyDeathsAreNotSeen(_ seed: UInt64) throws {
    let (expected, moments, _) = try run(seed, [])
    var random = Random(state: seed &* 77)
    var deaths: Set<Int> = []
    for _ in 0..<12 { deaths.insert(1 + random.below(moments)) }
    let (seen, _, died) = try run(seed, deaths)
    #expect(seen == expected && died > 4)
  }
}
