// SPDX-License-Identifier: MIT
import CMachine

/// Waiting for hardware, always with a bound.
enum Wait {
  /// Spins while `condition` holds, at most `attempts` times.
  ///
  /// - Returns: Whether the condition ended.
  @inline(__always) @discardableResult
  static func spin(atMost attempts: Int, while condition: () -> Bool) -> Bool {
    for _ in 0..<attempts {
      if !condition() { return true }
      spin_pause()
    }
    return false
  }
}
