// SPDX-License-Identifier: MIT
import Base
import Core

/// What of a date is said relative to the rest: `+2 days`, `1 week ago`, `next month`.
struct RelativeTime {
  private(set) var seconds: Int64 = 0
  private(set) var months: Int64 = 0
  private(set) var isGiven = false

  /// Takes such words out of `words`.
  /// - Returns: `nil` if an amount is too large.
  init?(takingFrom words: inout [Text]) {
    var rest: [Text] = []
    var index = 0
    while index < words.count {
      var count: Int64?
      switch words[index] {
      case "next": count = 1
      case "last": count = -1
      default: count = Self.number(words[index])
      }
      guard let count, index + 1 < words.count, let unit = Self.unit(words[index + 1]) else {
        rest.append(words[index])
        index += 1
        continue
      }
      index += 2
      var sign: Int64 = 1
      if index < words.count, words[index] == "ago" {
        sign = -1
        index += 1
      }
      guard count.magnitude < 1 << 32 else { return nil }
      seconds += sign * count * unit.seconds
      months += sign * count * unit.months
      isGiven = true
    }
    words = rest
  }

  /// Moves a time of the calendar by the months, and lets days that a month lacks run over.
  func months(added time: CivilTime) -> CivilTime {
    guard months != 0 else { return time }
    let month = time.year * 12 + Int64(time.month - 1) + months
    let year = month >= 0 ? month / 12 : (month - 11) / 12
    var first = CivilTime(year: year, month: Int(month - year * 12) + 1, day: 1)
    (first.hour, first.minute, first.second) = (time.hour, time.minute, time.second)
    return CivilTime(seconds: first.seconds + Int64(time.day - 1) * 86_400)
  }

  private static func number(_ text: Text) -> Int64? {
    let hasSign = text.hasPrefix("+") || text.hasPrefix("-")
    guard let value = wholeNumber(hasSign ? text[1...] : text), value < 1 << 40 else { return nil }
    return text.hasPrefix("-") ? -Int64(value) : Int64(value)
  }

  private static func unit(_ text: Text) -> (seconds: Int64, months: Int64)? {
    switch text.hasSuffix("s") ? text[0..<(text.count - 1)] : text {
    case "second", "sec": (1, 0)
    case "minute", "min": (60, 0)
    case "hour": (3600, 0)
    case "day": (86_400, 0)
    case "week": (604_800, 0)
    case "fortnight": (1_209_600, 0)
    case "month": (0, 1)
    case "year": (0, 12)
    default: nil
    }
  }
}
