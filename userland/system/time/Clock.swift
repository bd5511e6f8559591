// SPDX-License-Identifier: MIT
import ABI

/// What time it is. Without a call where the kernel offers its clock page.
public enum Clock {
  /// The monotonic clock, which never goes back; zero is about the moment of boot.
  @export(interface)
  public static func now() -> Deadline {
    if let (now, _) = readClockPage() { return Deadline(nanoseconds: now) }
    return Deadline(nanoseconds: ask(.monotonic))
  }

  /// Nanoseconds since 1970 (UTC). May jump when the clock is set.
  @export(interface)
  public static func wallClock() -> UInt64 {
    if let (now, offset) = readClockPage() { return now &+ offset }
    return ask(.realTime)
  }

  /// Nanoseconds of processor time that this process has used.
  @export(interface)
  public static func processTime() -> UInt64 { ask(.processTime) }

  /// Nanoseconds of processor time that the calling thread has used.
  @export(interface)
  public static func threadTime() -> UInt64 { ask(.threadTime) }

  private static func ask(_ clock: ClockKind) -> UInt64 {
    // The kernel has all these clocks; a later one without them would answer an error: time zero.
    do throws(SystemError) {
      return try perform(ReadClock { $0.clock = clock })
    } catch { return 0 }
  }

  /// Waits until `deadline`.
  /// - Throws: `interrupted` when a signal was handled.
  @export(interface)
  public static func sleep(until deadline: Deadline) throws(SystemError) {
    _ = try perform(Sleep { $0.deadline = deadline })
  }

  /// Waits for `duration`, however many signals come.
  @export(interface)
  public static func sleep(_ duration: Duration) {
    let deadline = Deadline.after(duration)
    while Clock.now() < deadline {
      do throws(SystemError) { try sleep(until: deadline) } catch { continue }
    }
  }
}

extension Deadline {
  /// The moment `duration` from now.
  @export(interface)
  public static func after(_ duration: Duration) -> Deadline {
    Clock.now() + duration
  }

  /// The moment `duration` after `moment`. What lies beyond 584 years is `never`.
  @inline(__always)
  public static func + (moment: Deadline, duration: Duration) -> Deadline {
    let nanoseconds = duration.wholeNanoseconds
    if nanoseconds < 0 {
      let magnitude = nanoseconds.magnitude
      return Deadline(
        nanoseconds: moment.nanoseconds > magnitude ? moment.nanoseconds &- magnitude : 0)
    }
    let (sum, overflow) = moment.nanoseconds.addingReportingOverflow(UInt64(nanoseconds))
    return overflow ? .never : Deadline(nanoseconds: sum)
  }

  /// From `earlier` to this moment; zero if it is the later one.
  @inline(__always)
  public func since(_ earlier: Deadline) -> Duration {
    nanoseconds > earlier.nanoseconds
      ? .nanoseconds(Int64(clamping: nanoseconds &- earlier.nanoseconds)) : .zero
  }

  /// Whether the moment has come.
  @inline(__always)
  public var hasPassed: Bool { Clock.now() >= self }
}

extension Duration {
  /// In whole nanoseconds, as many as fit.
  @inline(__always)
  public var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    if overflow || carried { return seconds < 0 ? .min : .max }
    return sum
  }
}
