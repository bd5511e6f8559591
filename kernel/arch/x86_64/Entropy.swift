// SPDX-License-Identifier: MIT
import CMachine

extension X86_64 {
  /// The generator may be busy for a moment; ten tries are the maker's advice (SDM 1, §7.3.17).
  private static var attempts: Int { 10 }

  public static func entropy() -> UInt64? {
    var value: UInt64 = 0
    if ProcessorFeatures.shared.hasSeed {
      // SAFETY: the instruction writes one word, to a local.
      for _ in 0..<attempts where unsafe random_seed(&value) != 0 { return value }
    }
    if ProcessorFeatures.shared.hasRandom {
      // SAFETY: the instruction writes one word, to a local.
      for _ in 0..<attempts where unsafe random_word(&value) != 0 { return value }
    }
    return nil
  }
}
