// SPDX-License-Identifier: MIT
import Architecture
import Machine
import Objects

/// How many threads run or wait for a processor, on average over the last minutes: at the end of
/// each period what is so then is mixed in, and what was before counts a little less.
///
/// No interrupt is made for it. Whoever is charged for a stretch of processor time, idleness
/// included, in which periods ended has those counted: what ran and waited then had not changed.
struct LoadAverage: BitwiseCopyable {
  static let period: UInt64 = 5_000_000_000
  /// What a period leaves of an average over 1, 5 and 15 minutes, as parts of 65,536: the
  /// exponential of minus 5 s by as many minutes.
  private static func kept(_ index: Int) -> UInt64 {
    switch index {
    case 0: 60_296
    case 1: 64_453
    default: 65_173
    }
  }

  /// When the next period ends.
  private(set) var next = period
  /// In parts of 65,536.
  private var averages = InlineArray<3, UInt64>(repeating: 0)

  init() {}

  /// The first period begins.
  mutating func begin(at now: UInt64) { next = now &+ Self.period }

  /// Counts the periods that have ended until `now`, throughout which `running` threads ran.
  mutating func count(until now: UInt64, running: UInt64) {
    let periods = (now &- next) / Self.period &+ 1
    next &+= periods &* Self.period
    for index in 0..<3 {
      let rest = Self.power(Self.kept(index), periods)
      let sum = averages[index] &* rest &+ (running << 16) &* (65_536 &- rest)
      averages[index] = (sum &+ 0x8000) >> 16
    }
  }

  /// `base` to the power of `exponent`, both the base and the result in parts of 65,536.
  private static func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
    var result: UInt64 = 65_536
    var factor = base
    var left = exponent
    while left > 0 {
      if left & 1 != 0 { result = (result &* factor) >> 16 }
      factor = (factor &* factor) >> 16
      left >>= 1
    }
    return result
  }

  /// An average over 1, 5 or 15 minutes, which are 0, 1 and 2, in hundredths.
  func hundredths(_ index: Int) -> UInt64 { (averages[index] &* 100 &+ 0x8000) >> 16 }
}

/// Brings the averages up to date.
@inline(never)
func countLoad(until now: UInt64) {
  guard now >= kernel.load.next else { return }
  var running: UInt64 = 0
  for index in 0..<maximumProcessors
  where kernel.processors[index].isOnline && !kernel.processors[index].runQueue.isIdle {
    running &+= UInt64(kernel.processors[index].runQueue.count) &+ 1
  }
  kernel.load.count(until: now, running: running)
}
