// SPDX-License-Identifier: MIT

/// Numbers that follow from a seed: a Weyl sequence whose words are mixed. Small and quick, since a
/// campaign draws a hundred million of them; nothing here has to be hard to guess.
struct Random {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  @inline(__always)
  mutating func word() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed &>> 32)) &* 0xD6E8_FEB8_6659_FD93
    mixed = (mixed ^ (mixed &>> 32)) &* 0xD6E8_FEB8_6659_FD93
    return mixed ^ (mixed &>> 32)
  }

  /// A number below `limit`, which is small and not zero.
  @inline(__always)
  mutating func below(_ limit: Int) -> Int {
    Int(truncatingIfNeeded: ((word() &>> 32) &* UInt64(limit)) &>> 32)
  }

  /// True once in `count`.
  @inline(__always)
  mutating func once(in count: Int) -> Bool { below(count) == 0 }

  /// A word without address, for arguments.
  @inline(__always)
  mutating func machineWord() -> UInt { UInt(truncatingIfNeeded: word()) }

  /// The seed of one part of a campaign.
  static func seed(_ campaign: UInt64, round: UInt64, part: UInt64) -> UInt64 {
    var random = Random(seed: campaign ^ (round &* 0xA24B_AED4_963E_E407))
    for _ in 0...part { _ = random.word() }
    return random.word()
  }
}
