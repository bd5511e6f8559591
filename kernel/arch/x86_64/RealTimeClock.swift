// SPDX-License-Identifier: MIT
import CMachine

/// The PC's battery-backed clock (Motorola MC146818, chapter "Memory map"), read once at boot.
struct RealTimeClock: Equatable {
  private enum Register {
    static let second: UInt8 = 0
    static let minute: UInt8 = 2
    static let hour: UInt8 = 4
    static let day: UInt8 = 7
    static let month: UInt8 = 8
    static let year: UInt8 = 9
    static let statusA: UInt8 = 0x0A
    static let statusB: UInt8 = 0x0B
  }
  private static let updating: UInt8 = 0x80
  private static let is24Hours: UInt8 = 0x02
  private static let isBinary: UInt8 = 0x04
  private static let indexPort: UInt16 = 0x70
  private static let dataPort: UInt16 = 0x71

  private var second: UInt8 = 0
  private var minute: UInt8 = 0
  private var hour: UInt8 = 0
  private var day: UInt8 = 0
  private var month: UInt8 = 0
  private var year: UInt8 = 0
  private var century: UInt8 = 0

  /// Seconds since 1970, taking the clock for UTC; zero if it does not hold a date.
  ///
  /// - Parameter centuryIndex: Where firmware keeps the century, or zero.
  static func read(centuryIndex: UInt8) -> UInt64 {
    var clock = RealTimeClock(centuryIndex)
    // An update in the middle of a reading shows as two readings that differ.
    for _ in 0..<10 {
      let again = RealTimeClock(centuryIndex)
      if again == clock { break }
      clock = again
    }
    return clock.decoded(status: register(Register.statusB)).secondsSince1970
  }

  private init(_ centuryIndex: UInt8) {
    // An update takes 2 ms at most; the bound is for a machine without the clock.
    Wait.spin(atMost: 10_000) { Self.register(Register.statusA) & Self.updating != 0 }
    second = Self.register(Register.second)
    minute = Self.register(Register.minute)
    hour = Self.register(Register.hour)
    day = Self.register(Register.day)
    month = Self.register(Register.month)
    year = Self.register(Register.year)
    century = centuryIndex == 0 ? 0 : Self.register(centuryIndex)
  }

  /// Both forms of numbers and of hours made one: binary, 0 to 23.
  private func decoded(status: UInt8) -> RealTimeClock {
    var clock = self
    let isAfternoon = status & Self.is24Hours == 0 && hour & 0x80 != 0
    clock.hour = hour & 0x7F
    if status & Self.isBinary == 0 {
      clock.second = Self.decimal(second)
      clock.minute = Self.decimal(minute)
      clock.hour = Self.decimal(clock.hour)
      clock.day = Self.decimal(day)
      clock.month = Self.decimal(month)
      clock.year = Self.decimal(year)
      clock.century = Self.decimal(century)
    }
    if status & Self.is24Hours == 0 {
      clock.hour = clock.hour % 12 &+ (isAfternoon ? 12 : 0)
    }
    return clock
  }

  private static func decimal(_ value: UInt8) -> UInt8 { value >> 4 &* 10 &+ value & 15 }

  private var secondsSince1970: UInt64 {
    guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61,
      year < 100
    else { return 0 }
    // Without a century: this system is younger than 2000.
    let century = (19...99).contains(century) ? UInt64(century) : 20
    let days = Self.days(year: century &* 100 &+ UInt64(year), month: UInt64(month))
    let hours = (days &+ UInt64(day) &- 1) &* 24 &+ UInt64(hour)
    return (hours &* 60 &+ UInt64(minute)) &* 60 &+ UInt64(second)
  }

  /// Days from 1970-01-01 to the first of a month. Counting years from March puts the leap day at
  /// the end, so that the months before it always add up alike.
  private static func days(year: UInt64, month: UInt64) -> UInt64 {
    let shifted = month > 2 ? year : year &- 1
    let monthFromMarch = month > 2 ? month &- 3 : month &+ 9
    let leapDays = shifted / 4 &- shifted / 100 &+ shifted / 400
    let days = 365 &* shifted &+ leapDays &+ (153 &* monthFromMarch &+ 2) / 5
    return days &- 719_468
  }

  private static func register(_ index: UInt8) -> UInt8 {
    port_out8(indexPort, index)
    return port_in8(dataPort)
  }
}
