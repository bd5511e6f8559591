// SPDX-License-Identifier: MIT

/// A moment by the calendar and the clock, in whatever zone it was made for.
public struct CivilTime: Equatable, Sendable {
  public var year: Int64
  /// 1 ... 12
  public var month: Int
  /// 1 ... 31
  public var day: Int
  public var hour: Int
  public var minute: Int
  public var second: Int
  /// Sunday is 0.
  public private(set) var weekday = 0
  /// The first of January is 0.
  public private(set) var dayOfYear = 0

  /// The first instant of a day.
  public init(year: Int64, month: Int, day: Int) {
    self.init(
      seconds: Self.days(year: year, month: month, day: day).multipliedReportingOverflow(
        by: 86_400
      ).partialValue)
  }

  /// - Parameter seconds: since 1970, those of the zone's difference to UTC included.
  @export(interface)
  public init(seconds: Int64) {
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let rest = Int(seconds - days * 86_400)
    (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
    // Years are counted from the first of March of the year 0, so that a leap day is the last.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let leapDays = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leapDays) / 365
    let dayFromMarch = Int(dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100))
    let monthFromMarch = (5 * dayFromMarch + 2) / 153
    day = dayFromMarch - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    weekday = Int(((days % 7) + 11) % 7)
    dayOfYear = Int(days - Self.days(year: year, month: 1, day: 1))
  }

  /// Seconds since 1970, if the time is in UTC.
  public var seconds: Int64 {
    Self.days(year: year, month: month, day: day) * 86_400
      + Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)
  }

  /// Days since 1970.
  @export(interface)
  public static func days(year: Int64, month: Int, day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let fromMarch = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * fromMarch + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  public static func isLeap(_ year: Int64) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  public static func dayCount(year: Int64, month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
