// SPDX-License-Identifier: MIT
public import Core

/// A date, a time of day, or both, with or without an offset from UTC.
public struct TOMLDateTime: Equatable, Sendable {
  public struct Date: Equatable, Sendable {
    /// 0 to 9999.
    public var year: Int
    /// From 1.
    public var month: Int
    /// From 1.
    public var day: Int
  }

  public struct Time: Equatable, Sendable {
    public var hour: Int
    public var minute: Int
    /// Up to 60: leap seconds exist.
    public var second: Int
    /// What was written beyond nanoseconds is dropped.
    public var nanosecond: Int
  }

  public var date: Date?
  public var time: Time?
  /// Minutes east of UTC; `nil` for local time.
  public var offset: Int?

  /// Writes it as RFC 3339 does, with as many decimals as there are.
  public func put(to sink: inout some ByteSink & ~Copyable & ~Escapable) {
    if let date {
      sink.put(number: date.year, digits: 4)
      sink.put("-")
      sink.put(number: date.month, digits: 2)
      sink.put("-")
      sink.put(number: date.day, digits: 2)
    }
    if date != nil, time != nil { sink.put("T") }
    if let time {
      sink.put(number: time.hour, digits: 2)
      sink.put(":")
      sink.put(number: time.minute, digits: 2)
      sink.put(":")
      sink.put(number: time.second, digits: 2)
      if time.nanosecond > 0 {
        var (decimals, digits) = (time.nanosecond, 9)
        while decimals % 10 == 0 {
          decimals /= 10
          digits -= 1
        }
        sink.put(".")
        sink.put(number: decimals, digits: digits)
      }
    }
    guard let offset else { return }
    if offset == 0 { return sink.put("Z") }
    sink.put(offset < 0 ? "-" : "+")
    sink.put(number: Int(offset.magnitude) / 60, digits: 2)
    sink.put(":")
    sink.put(number: Int(offset.magnitude) % 60, digits: 2)
  }

  /// Reads `token` whole.
  ///
  /// - Throws: `invalidDate` for what has another form, `dateOutOfRange` for what does not exist.
  init(_ token: ArraySlice<UInt8>) throws(TOMLError.Cause) {
    var reader = DateReader(rest: token)
    if token.count > 2, token[token.startIndex + 2] == 0x3A {
      time = try reader.time()
    } else {
      date = try reader.date()
      if reader.takeOne(of: [0x54, 0x74, 0x20]) {
        time = try reader.time()
        offset = try reader.offset()
      }
    }
    guard reader.rest.isEmpty else { throw .invalidDate }
  }
}

extension ByteSink where Self: ~Copyable & ~Escapable {
  fileprivate mutating func put(number: Int, digits: Int) {
    var power = 1
    for _ in 1..<digits { power *= 10 }
    while power > 0 {
      put(UInt8(0x30 + number / power % 10))
      power /= 10
    }
  }
}

private struct DateReader {
  var rest: ArraySlice<UInt8>

  mutating func takeOne(of bytes: [UInt8]) -> Bool {
    guard let first = rest.first, bytes.contains(first) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func number(_ digits: Int) throws(TOMLError.Cause) -> Int {
    var number = 0
    for _ in 0..<digits {
      guard let digit = rest.popFirst(), digit >= 0x30, digit <= 0x39 else { throw .invalidDate }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }

  private mutating func expect(_ byte: UInt8) throws(TOMLError.Cause) {
    guard rest.popFirst() == byte else { throw .invalidDate }
  }

  mutating func date() throws(TOMLError.Cause) -> TOMLDateTime.Date {
    let year = try number(4)
    try expect(0x2D)
    let month = try number(2)
    try expect(0x2D)
    let day = try number(2)
    guard month >= 1, month <= 12, day >= 1, day <= Self.days(in: month, of: year) else {
      throw .dateOutOfRange
    }
    return TOMLDateTime.Date(year: year, month: month, day: day)
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: return 30
    default: return 31
    }
  }

  mutating func time() throws(TOMLError.Cause) -> TOMLDateTime.Time {
    let hour = try number(2)
    try expect(0x3A)
    let minute = try number(2)
    try expect(0x3A)
    let second = try number(2)
    var nanosecond = 0
    if takeOne(of: [0x2E]) {
      var weight = 100_000_000
      var count = 0
      while let digit = rest.first, digit >= 0x30, digit <= 0x39 {
        rest.removeFirst()
        nanosecond += Int(digit - 0x30) * weight
        weight /= 10
        count += 1
      }
      guard count > 0 else { throw .invalidDate }
    }
    guard hour <= 23, minute <= 59, second <= 60 else { throw .dateOutOfRange }
    return TOMLDateTime.Time(hour: hour, minute: minute, second: second, nanosecond: nanosecond)
  }

  mutating func offset() throws(TOMLError.Cause) -> Int? {
    if rest.isEmpty { return nil }
    if takeOne(of: [0x5A, 0x7A]) { return 0 }
    let isWest = rest.first == 0x2D
    guard takeOne(of: [0x2B, 0x2D]) else { throw .invalidDate }
    let hours = try number(2)
    try expect(0x3A)
    let minutes = try number(2)
    guard hours <= 23, minutes <= 59 else { throw .dateOutOfRange }
    return (hours * 60 + minutes) * (isWest ? -1 : 1)
  }
}
