// SPDX-License-Identifier: MIT
import ABI
import Objects

// The fair class shares a processor by virtual time: a thread's run time divided by its weight.
// Whoever has had the least goes next. Weights are given as their inverses, because only those are
// multiplied with.

enum FairClass {
  /// Nanoseconds of virtual time per nanosecond of run time at nice -20 ... 19, times 65,536. Each
  /// level is 1.25 times the one before, so one level is about a tenth of a processor between two
  /// threads.
  // swift-format-ignore
  private static let inverseWeights: [40 of UInt32] = [
        756,     944,    1_180,    1_476,    1_845,    2_306,    2_882,    3_603,
      4_504,   5_629,    7_037,    8_796,   10_995,   13_744,   17_180,   21_475,
     26_844,  33_554,   41_943,   52_429,   65_536,   81_920,  102_400,  128_000,
    160_000, 200_000,  250_000,  312_500,  390_625,  488_281,  610_352,  762_939,
    953_674, 1_192_093, 1_490_116, 1_862_645, 2_328_306, 2_910_383, 3_637_979, 4_547_474,
  ]

  /// Longer runs happen only while nobody waits, and do not count against the thread.
  private static let longestCharge: UInt64 = 1 << 23

  /// What `nanoseconds` of running add to the virtual time of a thread at this `nice` level.
  @inline(__always)
  static func virtualTime(_ nanoseconds: UInt64, nice: Int8) -> UInt64 {
    (min(nanoseconds, longestCharge) &* inverse(nice)) &>> 16
  }

  /// Virtual time as it counts for a thread whose account has less, or more, than one fair share.
  static func scale(_ virtualTime: UInt64, by payer: Ref<Account>) -> UInt64 {
    let share = payer.limit(.processorShare)
    if share == UInt64.max || share == oneShare { return virtualTime }
    return virtualTime &* oneShare / min(max(share, 16), 16_384)
  }

  /// The processor share of an account that counts as one thread's.
  private static let oneShare: UInt64 = 1_024

  /// How long a thread runs while others of the class wait, in nanoseconds: longer for heavy
  /// threads, shorter for light ones, so that both move on by amounts that the queue tells apart.
  static func slice(nice: Int8) -> UInt64 {
    if nice < -4 { return 8_000_000 }
    if nice < 5 { return 4_000_000 }
    return nice < 12 ? 2_000_000 : 1_000_000
  }

  @inline(__always)
  private static func inverse(_ nice: Int8) -> UInt64 {
    let index = Int(nice) &+ 20
    return index >= 0 && index < 40 ? UInt64(inverseWeights[index]) : 65_536
  }
}
