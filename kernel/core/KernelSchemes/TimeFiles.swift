// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// `/scheme/time/<clock>`: clocks to read, and timers.

/// A time as programs know it. 16 bytes.
struct ClockTime: BitwiseCopyable {
  var seconds: Int64
  var nanoseconds: Int64

  init(_ time: UInt64) {
    seconds = Int64(time / 1_000_000_000)
    nanoseconds = Int64(time % 1_000_000_000)
  }

  /// In nanoseconds; nil if it is negative, malformed, or later than 64 bits can say.
  var total: UInt64? {
    guard let seconds = UInt64(exactly: seconds), nanoseconds >= 0, nanoseconds < 1_000_000_000,
      let product = seconds.checkedProduct(1_000_000_000)
    else { return nil }
    return product.checkedSum(UInt64(nanoseconds))
  }
}

extension Opening {
  /// `""`; `<clock>`; `<clock>/gettime`, `/getres`, `/timer`.
  mutating func openTime() throws(SystemError) -> Ref<Description> {
    guard let component = path.next() else { return try makeDirectory(.root(.time)) }
    guard let number = component.number, let clock = ClockKind(rawValue: number) else {
      throw .notFound
    }
    return try openClock(clock)
  }

  mutating func openClock(_ clock: ClockKind) throws(SystemError) -> Ref<Description> {
    guard let component = path.next() else { return try makeDirectory(.clockDirectory(clock)) }
    try path.end()
    if component.equals("gettime") { return try make(.clock(clock), isStream: true) }
    if component.equals("getres") { return try make(.clockResolution(clock), isStream: true) }
    guard component.equals("timer") else { throw .notFound }
    switch clock {
    case .realTime, .monotonic: return try makeTimer(clock)
    case .processTime, .threadTime: throw .notSupported
    }
  }
}

/// Nanoseconds since 1970, as last set.
func wallClock() -> UInt64 {
  Machine.now() &+ Machine.wallClockAtBoot &+ kernel.interrupts.timers.wallClockAdjustment
}

/// Sets the wall clock forward or back, here and in the page that programs read it from.
func adjustWallClock(by difference: Int64) {
  kernel.interrupts.timers.wallClockAdjustment &+= UInt64(bitPattern: difference)
  kernel.memory.clock.update(
    Machine.clockParameters,
    wallClockAtBoot: Machine.wallClockAtBoot &+ kernel.interrupts.timers.wallClockAdjustment)
}

/// What `/scheme/time/<clock>/gettime` gives.
func readClockFile(_ clock: ClockKind, _ thread: Ref<Thread>) -> ClockTime {
  ClockTime(clock == .realTime ? wallClock() : readClock(clock, thread))
}
