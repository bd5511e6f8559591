// SPDX-License-Identifier: MIT
public import Architecture
import CMachine

/// Time from the time-stamp counter, and each processor's timer.
///
/// Both conversions multiply by a 32.32 fixed-point factor that `ClockCalibration` finds at boot.
struct Clock {
  /// The counter when the kernel was entered: `now() == 0`.
  var counterAtBoot: UInt64 = 0
  /// Nanoseconds for each tick of the counter.
  var nanosecondsPerTick: UInt64 = 1 << 32
  /// Ticks of the counter for each nanosecond.
  var ticksPerNanosecond: UInt64 = 1 << 32
  /// Ticks of the local APIC's timer for each nanosecond, where it is not a deadline timer.
  var timerTicksPerNanosecond: UInt64 = 1 << 32
  /// Whether all processors' counters agree by themselves.
  var isSynchronised = true
  var wallClockAtBoot: UInt64 = 0

  @safe nonisolated(unsafe) static var shared = Clock()

  static let nanosecondsPerSecond: UInt64 = 1_000_000_000

  /// Sets the factors for a counter and a timer of these frequencies, in Hz.
  mutating func setFrequencies(counter: UInt64, timer: UInt64) {
    nanosecondsPerTick = (Self.nanosecondsPerSecond << 32) / max(counter, 1)
    ticksPerNanosecond = Self.fixedPoint(counter)
    timerTicksPerNanosecond = Self.fixedPoint(timer)
  }

  /// `frequency / 10⁹` as 32.32 fixed point, without a division of 128 bits.
  private static func fixedPoint(_ frequency: UInt64) -> UInt64 {
    let whole = frequency / nanosecondsPerSecond
    let rest = frequency % nanosecondsPerSecond
    return whole << 32 | (rest << 32) / nanosecondsPerSecond
  }

  /// `value * factor`, the factor being 32.32 fixed point.
  @inline(__always)
  static func scale(_ value: UInt64, by factor: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: factor)
    return product.high &<< 32 | product.low &>> 32
  }
}

extension X86_64 {
  @inline(__always)
  public static func now() -> UInt64 {
    let counter = ordered_counter() &+ UInt64(bitPattern: processor_counter_offset())
    let ticks = counter &- Clock.shared.counterAtBoot
    return Clock.scale(ticks, by: Clock.shared.nanosecondsPerTick)
  }

  @inline(__always)
  public static func time(at counter: UInt64) -> UInt64 {
    let common = counter &+ UInt64(bitPattern: processor_counter_offset())
    return Clock.scale(common &- Clock.shared.counterAtBoot, by: Clock.shared.nanosecondsPerTick)
  }

  @inline(__always)
  public static func nanoseconds(ofCounter units: UInt64) -> UInt64 {
    Clock.scale(units, by: Clock.shared.nanosecondsPerTick)
  }

  public static func setTimer(_ deadline: UInt64?) {
    if LocalAPIC.isDeadlineTimer {
      LocalAPIC.setDeadline(deadline.map(counter(at:)) ?? 0)
    } else {
      LocalAPIC.setCount(deadline.map(timerTicks(until:)) ?? 0)
    }
  }

  /// What this processor's counter will read at `time`, at least one. Times beyond 36 years would
  /// not fit the counter; the timer comes early then, and is set again.
  private static func counter(at time: UInt64) -> UInt64 {
    let ticks = Clock.scale(min(time, 1 << 60), by: Clock.shared.ticksPerNanosecond)
    let counter = ticks &+ Clock.shared.counterAtBoot &+ 1
    return max(counter &- UInt64(bitPattern: processor_counter_offset()), 1)
  }

  /// Ticks of the timer until `time`, at least one, at most what its 32 bits hold.
  private static func timerTicks(until time: UInt64) -> UInt32 {
    let now = now()
    let wait = time > now ? min(time &- now, 1 << 40) : 0
    let ticks = Clock.scale(wait, by: Clock.shared.timerTicksPerNanosecond) &+ 1
    return UInt32(truncatingIfNeeded: min(ticks, UInt64(UInt32.max)))
  }

  public static var clockParameters: ClockParameters {
    var parameters = ClockParameters()
    parameters.counterBase = Clock.shared.counterAtBoot
    parameters.multiplier = Clock.shared.nanosecondsPerTick
    parameters.isUsable = Clock.shared.isSynchronised ? 1 : 0
    return parameters
  }

  public static var wallClockAtBoot: UInt64 { Clock.shared.wallClockAtBoot }
}
