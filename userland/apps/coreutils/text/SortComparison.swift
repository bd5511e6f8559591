// SPDX-License-Identifier: MIT
import Base
import Core

/// Compares parts of a text; negative if the first comes first, zero if they are equal.
enum SortComparison {
  static func compare(
    _ text: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>, _ order: SortOrder
  ) -> Int {
    let result: Int
    switch order.kind {
    case .bytes where order.isPlain: result = bytes(text, left, right)
    case .bytes: result = filtered(text, left, right, order)
    case .number: result = numbers(text, left, right)
    case .human: result = sizes(text, left, right)
    case .general: result = generalNumbers(text, left, right)
    case .month: result = month(text, left) - month(text, right)
    case .version: result = VersionOrder.compare(text, left, right)
    }
    return order.isReversed ? -result : result
  }

  static func bytes(_ text: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Int {
    var first = left.lowerBound
    var second = right.lowerBound
    let end = first &+ min(left.count, right.count)
    while first < end {
      let difference = Int(text[first]) &- Int(text[second])
      if difference != 0 { return difference }
      first &+= 1
      second &+= 1
    }
    return left.count - right.count
  }

  /// Without what the order leaves out, in capital letters if it ignores case.
  private static func filtered(
    _ text: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>, _ order: SortOrder
  ) -> Int {
    func next(_ place: inout Int, _ end: Int) -> Int? {
      while place < end {
        let byte = text[place]
        place &+= 1
        if order.isDictionary, !byte.isASCIILetter, !byte.isASCIIDigit, !byte.isBlank { continue }
        if order.onlyPrintable, !byte.isASCIIPrintable { continue }
        return Int(order.ignoresCase ? byte.uppercased : byte)
      }
      return nil
    }
    var (first, second) = (left.lowerBound, right.lowerBound)
    while true {
      let a = next(&first, left.upperBound)
      let b = next(&second, right.upperBound)
      guard let a, let b else { return a == nil ? (b == nil ? 0 : -1) : 1 }
      if a != b { return a - b }
    }
  }

  // MARK: Numbers

  /// A number in decimal, of any length, as its places in the text.
  struct Digits {
    var isNegative = false
    /// Without leading zeros.
    var whole = 0..<0
    /// Without zeros at the end.
    var fraction = 0..<0
    /// Behind it.
    var end = 0

    var isZero: Bool { whole.isEmpty && fraction.isEmpty }

    init(_ text: Span<UInt8>, _ range: Range<Int>) {
      var place = range.lowerBound
      while place < range.upperBound, text[place].isBlank { place &+= 1 }
      if place < range.upperBound, text[place] == 0x2D {
        isNegative = true
        place &+= 1
      }
      while place < range.upperBound, text[place] == 0x30 { place &+= 1 }
      var start = place
      while place < range.upperBound, text[place].isASCIIDigit { place &+= 1 }
      whole = start..<place
      if place < range.upperBound, text[place] == 0x2E {
        place &+= 1
        start = place
        while place < range.upperBound, text[place].isASCIIDigit { place &+= 1 }
        var last = place
        while last > start, text[last - 1] == 0x30 { last &-= 1 }
        fraction = start..<last
      }
      end = place
      if isZero { isNegative = false }
    }

    /// A number that is never above that of a larger one: in thousandths, about 2^63.
    func roughly(_ text: Span<UInt8>) -> UInt64 {
      var thousandths: UInt64 = 0
      if whole.count > Self.roughPlaces {
        thousandths = 1
        for _ in 0..<(Self.roughPlaces + 3) { thousandths &*= 10 }
      } else {
        for place in whole { thousandths = thousandths &* 10 &+ UInt64(text[place] &- 0x30) }
        for index in 0..<3 {
          let place = fraction.lowerBound &+ index
          let digit = place < fraction.upperBound ? text[place] &- 0x30 : 0
          thousandths = thousandths &* 10 &+ UInt64(digit)
        }
      }
      let zero: UInt64 = 1 << 63
      return isNegative ? zero &- thousandths : zero &+ thousandths
    }

    /// Numbers with more places before the point are all the same, roughly.
    private static var roughPlaces: Int { 15 }
  }

  private static func numbers(
    _ text: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>
  ) -> Int {
    compare(text, Digits(text, left), Digits(text, right))
  }

  private static func compare(_ text: Span<UInt8>, _ a: Digits, _ b: Digits) -> Int {
    if a.isNegative != b.isNegative { return a.isNegative ? -1 : 1 }
    var result = a.whole.count - b.whole.count
    if result == 0 { result = bytes(text, a.whole, b.whole) }
    if result == 0 { result = bytes(text, a.fraction, b.fraction) }
    return a.isNegative ? -result : result
  }

  /// First by sign, then by unit (`K` comes before `M`), then by number.
  private static func sizes(
    _ text: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>
  ) -> Int {
    let (a, b) = (Digits(text, left), Digits(text, right))
    func unit(_ number: Digits, _ range: Range<Int>) -> Int {
      guard !number.isZero, number.end < range.upperBound else { return 0 }
      let letter = text[number.end]
      let power = ("KMGTPEZYRQ" as StaticString).bytes.firstIndex(of: letter)
      let unit = power.map { $0 + 1 } ?? (letter == UInt8(ascii: "k") ? 1 : 0)
      return number.isNegative ? -unit : unit
    }
    if a.isNegative != b.isNegative { return a.isNegative ? -1 : 1 }
    let difference = unit(a, left) - unit(b, right)
    return difference != 0 ? difference : compare(text, a, b)
  }

  /// Floating point; what is no number comes first, then what is not a number.
  private static func generalNumbers(
    _ text: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>
  ) -> Int {
    func rank(_ range: Range<Int>) -> (Int, Double) {
      let (value, end) = FloatText.parse(Text(text.extracting(range)))
      if end == 0 { return (0, 0) }
      return value.isNaN ? (1, 0) : (2, value)
    }
    let (a, b) = (rank(left), rank(right))
    if a.0 != b.0 { return a.0 - b.0 }
    return a.1 < b.1 ? -1 : a.1 > b.1 ? 1 : 0
  }

  /// From one; zero for what is no month.
  private static func month(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
    var place = range.lowerBound
    while place < range.upperBound, text[place].isBlank { place &+= 1 }
    guard range.upperBound - place >= 3 else { return 0 }
    let names = ("JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC" as StaticString).bytes
    for month in 0..<12 {
      var fits = true
      for offset in 0..<3 where text[place + offset].uppercased != names[month * 3 + offset] {
        fits = false
      }
      if fits { return month + 1 }
    }
    return 0
  }
}

/// Names with numbers in them, in the order of their versions: `a9` before `a10`.
enum VersionOrder {
  static func compare(_ text: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Int {
    var (a, b) = (left.lowerBound, right.lowerBound)
    while a < left.upperBound || b < right.upperBound {
      // Up to the next digits, letters come before other bytes, and ~ before everything.
      while (a < left.upperBound && !text[a].isASCIIDigit)
        || (b < right.upperBound && !text[b].isASCIIDigit)
      {
        let difference =
          rank(a < left.upperBound ? text[a] : nil) - rank(b < right.upperBound ? text[b] : nil)
        if difference != 0 { return difference }
        a &+= 1
        b &+= 1
      }
      while a < left.upperBound, text[a] == 0x30 { a &+= 1 }
      while b < right.upperBound, text[b] == 0x30 { b &+= 1 }
      let (firstStart, secondStart) = (a, b)
      while a < left.upperBound, text[a].isASCIIDigit { a &+= 1 }
      while b < right.upperBound, text[b].isASCIIDigit { b &+= 1 }
      let lengths = (a - firstStart) - (b - secondStart)
      if lengths != 0 { return lengths }
      let difference = SortComparison.bytes(text, firstStart..<a, secondStart..<b)
      if difference != 0 { return difference }
    }
    return 0
  }

  private static func rank(_ byte: UInt8?) -> Int {
    guard let byte, !byte.isASCIIDigit else { return 0 }
    if byte == 0x7E { return -1 }
    return byte.isASCIILetter ? Int(byte) : Int(byte) + 256
  }
}
