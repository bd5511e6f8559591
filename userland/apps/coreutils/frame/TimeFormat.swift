// SPDX-License-Identifier: MIT
public import Base
import Core

/// Prints moments as `date +FORMAT` does.
public struct TimeFormat: Sendable {
  private let zone: ZoneRule

  public init(_ zone: ZoneRule) { self.zone = zone }

  /// - Parameters:
  ///   - format: text with `%Y`, `%m`, `%d` and so on; `%-d` does without filling, `%_d` fills with
  ///     spaces. What is no such letter stays.
  ///   - nanoseconds: since 1970.
  @export(interface)
  public func text(_ format: Text, _ nanoseconds: Int64) -> Text {
    var seconds = nanoseconds / 1_000_000_000
    if nanoseconds < 0, nanoseconds % 1_000_000_000 != 0 { seconds -= 1 }
    let offset = zone.offset(at: seconds)
    var printer = TimePrinter(
      time: CivilTime(seconds: seconds + offset.seconds), seconds: seconds,
      nanosecond: nanoseconds - seconds * 1_000_000_000, offset: offset)
    printer.put(format)
    return printer.text
  }
}

private struct TimePrinter {
  let time: CivilTime
  let seconds: Int64
  let nanosecond: Int64
  let offset: ZoneRule.Offset
  var text = Text()
  private var fill: UInt8?
  private var isUnfilled = false

  init(time: CivilTime, seconds: Int64, nanosecond: Int64, offset: ZoneRule.Offset) {
    self.time = time
    self.seconds = seconds
    self.nanosecond = nanosecond
    self.offset = offset
  }

  mutating func put(_ format: Text) {
    var index = 0
    while index < format.count {
      let byte = format[index]
      index += 1
      guard byte == UInt8(ascii: "%"), index < format.count else {
        text.put(byte)
        continue
      }
      let start = index - 1
      (fill, isUnfilled) = (nil, false)
      switch format[index] {
      case UInt8(ascii: "-"): isUnfilled = true
      case UInt8(ascii: "_"): fill = 0x20
      case UInt8(ascii: "0"): fill = 0x30
      case UInt8(ascii: ":"): break
      default: index -= 1
      }
      index += 1
      guard index < format.count, put(letter: format[index], after: format[index - 1]) else {
        text.put(format[start..<min(index + 1, format.count)])
        index += 1
        continue
      }
      index += 1
    }
  }

  private mutating func number(_ value: Int64, _ width: Int, _ normal: UInt8 = 0x30) {
    if value < 0 { text.put("-") }
    text.put(decimal: value.magnitude, width: isUnfilled ? 0 : width, fill: fill ?? normal)
  }

  private mutating func number(_ value: Int, _ width: Int, _ normal: UInt8 = 0x30) {
    number(Int64(value), width, normal)
  }

  /// - Returns: whether there is such a letter.
  private mutating func put(letter: UInt8, after mark: UInt8) -> Bool {
    if mark == UInt8(ascii: ":") {
      guard letter == UInt8(ascii: "z") else { return false }
      putOffset(":")
      return true
    }
    switch letter {
    case UInt8(ascii: "a"): text.put(Self.names(Self.weekdays, time.weekday)[0..<3])
    case UInt8(ascii: "A"): text.put(Self.names(Self.weekdays, time.weekday))
    case UInt8(ascii: "b"), UInt8(ascii: "h"):
      text.put(Self.names(Self.months, time.month - 1)[0..<3])
    case UInt8(ascii: "B"): text.put(Self.names(Self.months, time.month - 1))
    case UInt8(ascii: "c"): put("%a %b %e %H:%M:%S %Y")
    case UInt8(ascii: "C"): number(time.year / 100, 2)
    case UInt8(ascii: "d"): number(time.day, 2)
    case UInt8(ascii: "D"), UInt8(ascii: "x"): put("%m/%d/%y")
    case UInt8(ascii: "e"): number(time.day, 2, 0x20)
    case UInt8(ascii: "F"): put("%Y-%m-%d")
    case UInt8(ascii: "g"): number(weekOfISO.year % 100, 2)
    case UInt8(ascii: "G"): number(weekOfISO.year, 4)
    case UInt8(ascii: "H"): number(time.hour, 2)
    case UInt8(ascii: "I"): number((time.hour + 11) % 12 + 1, 2)
    case UInt8(ascii: "j"): number(time.dayOfYear + 1, 3)
    case UInt8(ascii: "k"): number(time.hour, 2, 0x20)
    case UInt8(ascii: "l"): number((time.hour + 11) % 12 + 1, 2, 0x20)
    case UInt8(ascii: "m"): number(time.month, 2)
    case UInt8(ascii: "M"): number(time.minute, 2)
    case UInt8(ascii: "n"): text.put("\n")
    case UInt8(ascii: "N"): number(nanosecond, 9)
    case UInt8(ascii: "p"): text.put(time.hour < 12 ? "AM" : "PM")
    case UInt8(ascii: "P"): text.put(time.hour < 12 ? "am" : "pm")
    case UInt8(ascii: "r"): put("%I:%M:%S %p")
    case UInt8(ascii: "R"): put("%H:%M")
    case UInt8(ascii: "s"): number(seconds, 0)
    case UInt8(ascii: "S"): number(time.second, 2)
    case UInt8(ascii: "t"): text.put("\t")
    case UInt8(ascii: "T"), UInt8(ascii: "X"): put("%H:%M:%S")
    case UInt8(ascii: "u"): number(time.weekday == 0 ? 7 : time.weekday, 1)
    case UInt8(ascii: "U"): number((time.dayOfYear + 7 - time.weekday) / 7, 2)
    case UInt8(ascii: "V"): number(weekOfISO.week, 2)
    case UInt8(ascii: "w"): number(time.weekday, 1)
    case UInt8(ascii: "W"): number((time.dayOfYear + 7 - (time.weekday + 6) % 7) / 7, 2)
    case UInt8(ascii: "y"): number(time.year % 100, 2)
    case UInt8(ascii: "Y"): number(time.year, 4)
    case UInt8(ascii: "z"): putOffset("")
    case UInt8(ascii: "Z"): text.put(offset.name)
    case UInt8(ascii: "%"): text.put("%")
    default: return false
    }
    return true
  }

  private mutating func putOffset(_ separator: StaticString) {
    text.put(offset.seconds < 0 ? "-" : "+")
    let minutes = offset.seconds.magnitude / 60
    text.put(decimal: minutes / 60, width: 2, fill: 0x30)
    text.put(separator)
    text.put(decimal: minutes % 60, width: 2, fill: 0x30)
  }

  /// The week that begins on Monday and belongs to the year that most of it lies in.
  private var weekOfISO: (year: Int64, week: Int) {
    let thursday = time.dayOfYear - (time.weekday + 6) % 7 + 3
    if thursday < 0 {
      let days = CivilTime.isLeap(time.year - 1) ? 366 : 365
      return (time.year - 1, (thursday + days) / 7 + 1)
    }
    let days = CivilTime.isLeap(time.year) ? 366 : 365
    return thursday >= days ? (time.year + 1, 1) : (time.year, thursday / 7 + 1)
  }

  private static var weekdays: StaticString {
    "Sunday Monday Tuesday Wednesday Thursday Friday Saturday"
  }
  private static var months: StaticString {
    "January February March April May June July August September October November December"
  }

  private static func names(_ list: StaticString, _ index: Int) -> Text {
    Text(list).split(at: 0x20)[index]
  }
}
