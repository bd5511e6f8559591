// SPDX-License-Identifier: MIT
public import Base
import Core

/// Reads dates as `date -d` and `touch -d` take them.
public struct DateReader: Sendable {
  private let zone: ZoneRule
  private let now: Int64

  /// - Parameter now: nanoseconds since 1970.
  public init(zone: ZoneRule, now: UInt64) {
    self.zone = zone
    self.now = Int64(clamping: now)
  }

  /// `@SECONDS`, `now`, `today`, `tomorrow`, `yesterday`, `YYYY-MM-DD`, `hh:mm[:ss[.fraction]]`, or
  /// a date and a time, apart by a space or a T; `Z`, `UTC` or `+hh:mm` after it name its zone. With
  /// them, or for them, may stand `2 days`, `1 month ago`, `next week` and the like.
  ///
  /// - Returns: nanoseconds since 1970; `nil` if it is no date.
  @export(interface)
  public func read(_ text: Text) -> Int64? {
    var words = text.words()
    guard let relative = RelativeTime(takingFrom: &words) else { return nil }
    guard relative.isGiven else { return readAbsolute(text) }
    guard let base = words.isEmpty ? now : readAbsolute(words.joined(by: " ")) else { return nil }
    var moment = base / second
    var rest = base % second
    if rest < 0 { (moment, rest) = (moment - 1, rest + second) }
    if relative.months != 0 {
      let here = CivilTime(seconds: moment + zone.offset(at: moment).seconds)
      moment = zone.moment(of: relative.months(added: here))
    }
    let (sum, overflow) = moment.addingReportingOverflow(relative.seconds)
    let (product, isLarge) = sum.multipliedReportingOverflow(by: second)
    return overflow || isLarge ? nil : product + rest
  }

  private func readAbsolute(_ text: Text) -> Int64? {
    let text = text.trimmed()
    if text.hasPrefix("@") { return seconds(text[1...]) }
    var today = CivilTime(seconds: now / second + zone.offset(at: now / second).seconds)
    var fraction: Int64 = 0
    switch text {
    case "now", "": return now
    case "today", "tomorrow", "yesterday":
      let days: Int64 = text == "today" ? 0 : text == "tomorrow" ? 1 : -1
      let moment = zone.moment(of: CivilTime(seconds: today.seconds + days * 86_400))
      return moment * second + now % second
    default: break
    }
    var words = text.words()
    if words.count == 1, let mark = text.firstIndex(of: UInt8(ascii: "T")) {
      words = [text[0..<mark], text[(mark + 1)...]]
    }
    var zoneSeconds: Int64?
    if words.count > 1, let last = words.last, let offset = offset(last) {
      zoneSeconds = offset
      words.removeLast()
    }
    (today.hour, today.minute, today.second) = (0, 0, 0)
    var index = 0
    if let date = date(words[0]) {
      today = date
      index = 1
    }
    if index < words.count {
      var time = words[index]
      if zoneSeconds == nil, let start = zoneStart(time) {
        guard let offset = offset(time[start...]) else { return nil }
        zoneSeconds = offset
        time = time[0..<start]
      }
      guard let rest = clock(time, &today) else { return nil }
      fraction = rest
      index += 1
    }
    guard index == words.count else { return nil }
    let moment = zoneSeconds.map { today.seconds - $0 } ?? zone.moment(of: today)
    let (product, overflow) = moment.multipliedReportingOverflow(by: second)
    let (sum, carried) = product.addingReportingOverflow(fraction)
    return overflow || carried ? nil : sum
  }

  private var second: Int64 { 1_000_000_000 }

  /// `[[CC]YY]MMDDhhmm[.ss]`; years below 69 without a century are of this one.
  @export(interface)
  public func readStamp(_ text: Text) -> Int64? {
    var digits = text
    var seconds = 0
    if let dot = text.firstIndex(of: UInt8(ascii: ".")) {
      guard text.count == dot + 3, let value = number(text[(dot + 1)...], upTo: 60) else {
        return nil
      }
      seconds = value
      digits = text[0..<dot]
    }
    guard [8, 10, 12].contains(digits.count) else { return nil }
    let start = digits.count - 8
    var year = CivilTime(seconds: now / second).year
    if start > 0 {
      guard let value = number(digits[0..<start], upTo: 9999) else { return nil }
      year = Int64(value)
      if start == 2 { year += value < 69 ? 2000 : 1900 }
    }
    let fields = digits[start...]
    guard let month = number(fields[0..<2], upTo: 12), let date = number(fields[2..<4], upTo: 31),
      let hour = number(fields[4..<6], upTo: 23), let minute = number(fields[6..<8], upTo: 59),
      var time = day(year, month, date)
    else { return nil }
    (time.hour, time.minute, time.second) = (hour, minute, seconds)
    let (product, overflow) = zone.moment(of: time).multipliedReportingOverflow(by: second)
    return overflow ? nil : product
  }

  private func seconds(_ text: Text) -> Int64? {
    let isNegative = text.hasPrefix("-")
    let parts = (isNegative ? text[1...] : text).split(at: UInt8(ascii: "."), limit: 2)
    guard let whole = wholeNumber(parts[0]), whole < 9_000_000_000 else { return nil }
    var value = Int64(whole) * second
    if parts.count > 1 {
      guard let rest = self.fraction(parts[1]) else { return nil }
      value += rest
    }
    return isNegative ? -value : value
  }

  /// The digits after a point, in nanoseconds.
  private func fraction(_ text: Text) -> Int64? {
    var value: Int64 = 0
    var unit = second
    for byte in text.bytes {
      guard byte.isASCIIDigit else { return nil }
      unit /= 10
      value += Int64(byte - 0x30) * unit
    }
    return text.isEmpty ? nil : value
  }

  private func date(_ text: Text) -> CivilTime? {
    let parts = text.split(at: UInt8(ascii: "-"))
    guard parts.count == 3, parts[0].count == 4, let year = number(parts[0], upTo: 9999),
      let month = number(parts[1], upTo: 12), let date = number(parts[2], upTo: 31)
    else { return nil }
    return day(Int64(year), month, date)
  }

  private func day(_ year: Int64, _ month: Int, _ day: Int) -> CivilTime? {
    guard month >= 1, day >= 1, day <= CivilTime.dayCount(year: year, month: month) else {
      return nil
    }
    return CivilTime(year: year, month: month, day: day)
  }

  /// Sets the time of day; answers the fraction of a second.
  private func clock(_ text: Text, _ time: inout CivilTime) -> Int64? {
    var parts = text.split(at: UInt8(ascii: ":"))
    guard parts.count == 2 || parts.count == 3 else { return nil }
    var rest: Int64 = 0
    if parts.count == 3, let dot = parts[2].firstIndex(of: UInt8(ascii: ".")) {
      guard let value = fraction(parts[2][(dot + 1)...]) else { return nil }
      rest = value
      parts[2] = parts[2][0..<dot]
    }
    guard let hour = number(parts[0], upTo: 23), let minute = number(parts[1], upTo: 59) else {
      return nil
    }
    (time.hour, time.minute, time.second) = (hour, minute, 0)
    if parts.count == 3 {
      guard let seconds = number(parts[2], upTo: 60) else { return nil }
      time.second = seconds
    }
    return rest
  }

  private func zoneStart(_ text: Text) -> Int? {
    text.bytes.firstIndex {
      $0 == UInt8(ascii: "Z") || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
    }
  }

  /// `Z`, `UTC`, `+hh`, `+hhmm`, `+hh:mm`, in seconds.
  private func offset(_ text: Text) -> Int64? {
    if text == "Z" || text == "UTC" || text == "GMT" { return 0 }
    guard text.hasPrefix("+") || text.hasPrefix("-"), text.count >= 3 else { return nil }
    var digits = text[1...].replacing(":", with: "")
    if digits.count == 2 { digits += "00" }
    guard digits.count == 4, let hours = number(digits[0..<2], upTo: 24),
      let minutes = number(digits[2..<4], upTo: 59)
    else { return nil }
    let seconds = Int64(hours * 3600 + minutes * 60)
    return text.hasPrefix("-") ? -seconds : seconds
  }

  private func number(_ text: Text, upTo limit: Int) -> Int? {
    guard text.count <= 4, let value = wholeNumber(text), value <= limit else { return nil }
    return Int(value)
  }
}
