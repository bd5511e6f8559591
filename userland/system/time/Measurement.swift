// SPDX-License-Identifier: MIT
import CSystem

/// Counting one's own instructions, for benchmarks.
public enum Measurement {
  /// The processor's counter: instructions since reset under QEMU's `-icount shift=0`.
  @inline(__always)
  public static var ticks: UInt64 { system_ticks() }

  /// Runs `body` between two marker instructions.
  /// - Returns: the ticks it took.
  @inline(__always)
  public static func timed(_ body: () -> Void) -> UInt64 {
    system_mark_start()
    let start = system_ticks()
    body()
    let end = system_ticks()
    system_mark_end()
    return end &- start
  }
}
