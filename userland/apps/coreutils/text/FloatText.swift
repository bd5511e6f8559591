// SPDX-License-Identifier: MIT
import Base
import Core

/// Numbers in floating point as text, and back: exact in both directions, by whole numbers of any
/// length.
enum FloatText {
  /// The number that `text` begins with, after white space, and where it ends: at zero if there is
  /// none.
  static func parse(_ text: Text) -> (value: Double, end: Int) {
    var index = 0
    while index < text.count, text[index].isASCIISpace { index += 1 }
    var isNegative = false
    if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
      isNegative = text[index] == 0x2D
      index += 1
    }
    func signed(_ value: Double) -> Double { isNegative ? -value : value }
    for (name, value) in [("infinity", Double.infinity), ("inf", .infinity), ("nan", .nan)]
      as [(StaticString, Double)] where isNamed(text, index, name)
    {
      return (signed(value), index + name.utf8CodeUnitCount)
    }
    if index + 2 < text.count, text[index] == 0x30, text[index + 1] | 0x20 == 0x78,
      (text[index + 2].digitValue ?? 99) < 16
    {
      var value = 0.0
      index += 2
      while index < text.count, let digit = text[index].digitValue, digit < 16 {
        value = value * 16 + Double(digit)
        index += 1
      }
      return (signed(value), index)
    }
    guard let (digits, places, end) = digits(text, index) else { return (0, 0) }
    let (power, after) = exponent(text, end)
    return (signed(value(digits, exponent: power - places)), after)
  }

  private static func isNamed(_ text: Text, _ index: Int, _ name: StaticString) -> Bool {
    let bytes = name.bytes
    guard text.count - index >= bytes.count else { return false }
    for offset in bytes.indices where text[index + offset] | 0x20 != bytes[offset] {
      return false
    }
    return true
  }

  /// Digits with a point among them, without leading zeros; `nil` if there are none.
  private static func digits(
    _ text: Text, _ start: Int
  ) -> (digits: [UInt8], places: Int, end: Int)? {
    var digits: [UInt8] = []
    var places = 0
    var isFraction = false
    var hasDigits = false
    var index = start
    while index < text.count {
      if text[index] == 0x2E, !isFraction {
        isFraction = true
      } else if text[index].isASCIIDigit {
        hasDigits = true
        // No more than 770 digits decide which double is nearest; a last one that is not zero
        // stands for all that are left out.
        if digits.count < 800 {
          if !digits.isEmpty || text[index] != 0x30 { digits.append(text[index] - 0x30) }
          if isFraction { places += 1 }
        } else {
          if text[index] != 0x30 { digits[799] = max(digits[799], 1) }
          if !isFraction { places -= 1 }
        }
      } else {
        break
      }
      index += 1
    }
    return hasDigits ? (digits, places, index) : nil
  }

  private static func exponent(_ text: Text, _ start: Int) -> (Int, Int) {
    guard start < text.count, text[start] | 0x20 == 0x65 else { return (0, start) }
    var index = start + 1
    var isNegative = false
    if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
      isNegative = text[index] == 0x2D
      index += 1
    }
    let first = index
    var power = 0
    while index < text.count, text[index].isASCIIDigit {
      power = min(power * 10 + Int(text[index] - 0x30), 100_000)
      index += 1
    }
    return index == first ? (0, start) : (isNegative ? -power : power, index)
  }

  /// The double nearest to the digits times a power of ten.
  private static func value(_ digits: [UInt8], exponent: Int) -> Double {
    if digits.isEmpty || digits.count + exponent < -330 { return 0 }
    if digits.count + exponent > 310 { return .infinity }
    var number = WideNumber()
    for digit in digits { number.multiply(by: 10, adding: UInt32(digit)) }
    var isInexact = false
    var shift = 0
    if exponent >= 0 {
      number.multiplyByPowerOfTen(exponent)
    } else {
      shift = max(0, 70 - exponent * 4 - number.bitCount)
      number.shiftLeft(shift)
      var left = -exponent
      while left > 0 {
        let step = min(left, 9)
        isInexact = number.divide(by: WideNumber.powerOfTen(step)) != 0 || isInexact
        left -= step
      }
    }
    // The lowest bit of a double is worth at least 2^-1074.
    let dropped = max(0, number.bitCount - 53, shift - 1074)
    var (significand, isHalf, isMore) = number.rounded(dropping: dropped)
    isMore = isMore || isInexact
    if isHalf, isMore || significand & 1 != 0 { significand += 1 }
    return Double(sign: .plus, exponent: dropped - shift, significand: Double(significand))
  }

  // MARK: Printing

  /// - Parameters:
  ///   - value: not negative.
  ///   - style: `f`, `e` or `g`.
  ///   - keepsPoint: whether there is a point though nothing follows, and zeros at the end with `g`.
  static func text(
    _ value: Double, style: UInt8, precision: Int, keepsPoint: Bool
  ) -> Text {
    if value.isNaN { return "nan" }
    if value.isInfinite { return "inf" }
    var decimal = ExactDecimal(value)
    switch style {
    case UInt8(ascii: "f"):
      decimal.round(to: decimal.exponent + precision)
      return fixed(decimal, places: precision, keepsPoint)
    case UInt8(ascii: "e"):
      decimal.round(to: precision + 1)
      return scientific(decimal, places: precision, keepsPoint)
    default:
      let count = max(precision, 1)
      decimal.round(to: count)
      let power = decimal.digits.isEmpty ? 0 : decimal.exponent - 1
      let isFixed = power >= -4 && power < count
      var places = isFixed ? count - 1 - power : count - 1
      if !keepsPoint {
        let needed = isFixed ? decimal.digits.count - decimal.exponent : decimal.digits.count - 1
        places = decimal.digits.isEmpty ? 0 : min(places, max(0, needed))
      }
      return isFixed
        ? fixed(decimal, places: places, keepsPoint)
        : scientific(decimal, places: places, keepsPoint)
    }
  }

  private static func fixed(_ decimal: ExactDecimal, places: Int, _ keepsPoint: Bool) -> Text {
    Text { text in
      if decimal.exponent <= 0 { text.put(0x30) }
      for place in 0..<max(0, decimal.exponent) { text.put(decimal.digit(place)) }
      if places > 0 || keepsPoint { text.put(0x2E) }
      for place in 0..<places { text.put(decimal.digit(decimal.exponent + place)) }
    }
  }

  private static func scientific(
    _ decimal: ExactDecimal, places: Int, _ keepsPoint: Bool
  ) -> Text {
    Text { text in
      text.put(decimal.digit(0))
      if places > 0 || keepsPoint { text.put(0x2E) }
      for place in 0..<places { text.put(decimal.digit(1 + place)) }
      let power = decimal.digits.isEmpty ? 0 : decimal.exponent - 1
      text.put(power < 0 ? "e-" : "e+")
      text.put(decimal: UInt64(power.magnitude), width: 2, fill: 0x30)
    }
  }
}
