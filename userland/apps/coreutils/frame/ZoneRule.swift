// SPDX-License-Identifier: MIT
public import Base
import Core

/// A time zone as the variable `TZ` describes it in POSIX's form: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// Names such as `Europe/Berlin` would need the world's table of zones, which is not there.
public struct ZoneRule: Equatable, Sendable {
  /// A zone's difference to UTC.
  public struct Offset: Equatable, Sendable {
    public var name: Text
    /// East of Greenwich.
    public var seconds: Int64
  }

  /// When a change comes, by the clock that goes before it.
  struct Change: Equatable, Sendable {
    enum Day: Equatable, Sendable {
      /// 1 ... 365, without the leap day.
      case julian(Int)
      /// 0 ... 365
      case zeroBased(Int)
      /// The `week`-th such weekday of the month; 5 is the last.
      case weekday(month: Int, week: Int, weekday: Int)
    }
    var day: Day
    var seconds: Int64 = 7200
  }

  public private(set) var standard: Offset
  public private(set) var daylight: Offset?
  private var start = Change(day: .weekday(month: 3, week: 2, weekday: 0))
  private var end = Change(day: .weekday(month: 11, week: 1, weekday: 0))

  public static var utc: ZoneRule { ZoneRule(Offset(name: "UTC", seconds: 0)) }

  private init(_ standard: Offset) { self.standard = standard }

  /// `nil` if the text is not of that form.
  @export(interface)
  public init?(_ text: Text) {
    var reader = ZoneReader(text: text)
    guard let name = reader.name(), let west = reader.time() else { return nil }
    standard = Offset(name: name, seconds: -west)
    if reader.isAtEnd { return }
    guard let second = reader.name() else { return nil }
    var daylight = Offset(name: second, seconds: standard.seconds + 3600)
    if !reader.isAtEnd, !reader.take(",") {
      guard let west = reader.time() else { return nil }
      daylight.seconds = -west
      if !reader.isAtEnd, !reader.take(",") { return nil }
    }
    self.daylight = daylight
    if reader.isAtEnd { return }
    guard let start = reader.change(), reader.take(","), let end = reader.change(),
      reader.isAtEnd
    else { return nil }
    (self.start, self.end) = (start, end)
  }

  /// What holds at a moment, in seconds since 1970 (UTC).
  @export(interface)
  public func offset(at moment: Int64) -> Offset {
    guard let daylight else { return standard }
    let year = CivilTime(seconds: moment + standard.seconds).year
    let from = Self.moment(of: start, year: year) - standard.seconds
    let until = Self.moment(of: end, year: year) - daylight.seconds
    // In the south summer goes from one year into the next.
    let isDaylight =
      from < until
      ? moment >= from && moment < until : moment >= from || moment < until
    return isDaylight ? daylight : standard
  }

  /// The moment in UTC at which clocks of the zone show `time`.
  @export(interface)
  public func moment(of time: CivilTime) -> Int64 {
    let shown = time.seconds
    let guess = shown - standard.seconds
    let moment = shown - offset(at: guess).seconds
    return offset(at: moment).seconds == shown - moment ? moment : guess
  }

  private static func moment(of change: Change, year: Int64) -> Int64 {
    let january = CivilTime.days(year: year, month: 1, day: 1)
    let day: Int64
    switch change.day {
    case .zeroBased(let number): day = january + Int64(number)
    case .julian(let number):
      day = january + Int64(number - 1) + (CivilTime.isLeap(year) && number >= 60 ? 1 : 0)
    case .weekday(let month, let week, let weekday):
      let first = CivilTime(year: year, month: month, day: 1)
      var number = 1 + (weekday - first.weekday + 7) % 7 + (week - 1) * 7
      while number > CivilTime.dayCount(year: year, month: month) { number -= 7 }
      day = CivilTime.days(year: year, month: month, day: number)
    }
    return day * 86_400 + change.seconds
  }
}

/// Reads the parts of a `TZ`.
private struct ZoneReader {
  let text: Text
  var index = 0

  var isAtEnd: Bool { index >= text.count }
  private var byte: UInt8 { isAtEnd ? 0 : text[index] }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard UInt32(byte) == character.value else { return false }
    index += 1
    return true
  }

  /// Three letters or more, or anything between `<` and `>`.
  mutating func name() -> Text? {
    if take("<") {
      guard let end = text.firstIndex(of: UInt8(ascii: ">"), from: index), end > index else {
        return nil
      }
      defer { index = end + 1 }
      return text[index..<end]
    }
    let start = index
    while byte.isASCIILetter { index += 1 }
    return index - start >= 3 ? text[start..<index] : nil
  }

  mutating func number(upTo limit: Int) -> Int? {
    let start = index
    var value = 0
    while byte.isASCIIDigit, index - start < 4 {
      value = value * 10 + Int(byte - 0x30)
      index += 1
    }
    return index > start && value <= limit ? value : nil
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func time() -> Int64? {
    let isNegative = take("-")
    if !isNegative { _ = take("+") }
    guard let hours = number(upTo: 167) else { return nil }
    var seconds = hours * 3600
    if take(":") {
      guard let minutes = number(upTo: 59) else { return nil }
      seconds += minutes * 60
      if take(":") {
        guard let rest = number(upTo: 59) else { return nil }
        seconds += rest
      }
    }
    return Int64(isNegative ? -seconds : seconds)
  }

  mutating func change() -> ZoneRule.Change? {
    var change: ZoneRule.Change
    if take("M") {
      guard let month = number(upTo: 12), month > 0, take("."), let week = number(upTo: 5),
        week > 0, take("."), let weekday = number(upTo: 6)
      else { return nil }
      change = ZoneRule.Change(day: .weekday(month: month, week: week, weekday: weekday))
    } else if take("J") {
      guard let day = number(upTo: 365), day > 0 else { return nil }
      change = ZoneRule.Change(day: .julian(day))
    } else {
      guard let day = number(upTo: 365) else { return nil }
      change = ZoneRule.Change(day: .zeroBased(day))
    }
    if take("/") {
      guard let seconds = time() else { return nil }
      change.seconds = seconds
    }
    return change
  }
}
