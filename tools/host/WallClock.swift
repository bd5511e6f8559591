// SPDX-License-Identifier: MIT
import Glibc

/// What time it is.
public enum WallClock {
  /// Since 1970-01-01 00:00 UTC.
  public static var nanoseconds: Int {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
  }
}
