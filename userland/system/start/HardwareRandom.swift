// SPDX-License-Identifier: MIT
import CSystem

/// What the processor offers to whoever makes random numbers. Programs that want some use
/// `fillRandom` or `/scheme/rand`.
public enum HardwareRandom {
  private static var sources: UInt32 { system_hardware_sources() }

  /// Whether there is a source that is fit for seeds.
  @export(interface)
  public static var hasSeed: Bool { sources & 2 != 0 }
  /// Whether there is a generator that such a source seeds.
  @export(interface)
  public static var hasRandom: Bool { sources & 1 != 0 }

  /// A word of the first; `nil` if it has none at the moment. Only if `hasSeed`.
  @export(interface)
  public static func seed() -> UInt64? {
    let answer = system_hardware_seed()
    return answer.isThere != 0 ? answer.word : nil
  }

  /// A word of the second; `nil` if it has none at the moment. Only if `hasRandom`.
  @export(interface)
  public static func random() -> UInt64? {
    let answer = system_hardware_next()
    return answer.isThere != 0 ? answer.word : nil
  }

  /// The processor's counter, finer than any clock.
  @export(interface)
  public static func counter() -> UInt64 { system_counter() }
}
