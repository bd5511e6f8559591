// SPDX-License-Identifier: MIT

/// All decimal digits of a double: the first stands `exponent` places before the point.
struct ExactDecimal {
  private(set) var digits: [UInt8] = []
  private(set) var exponent = 0

  init(_ value: Double) {
    guard value != 0 else { return }
    let bias = Int(value.bitPattern >> 52 & 0x7FF)
    let fraction = value.bitPattern & (1 << 52 - 1)
    // 53 bits times a power of two.
    let bits = bias == 0 ? fraction : fraction | 1 << 52
    let shift = max(bias, 1) - 1075
    var number = WideNumber(bits)
    var places = 0
    if shift >= 0 {
      number.shiftLeft(shift)
    } else {
      // m / 2^k is m · 5^k / 10^k.
      places = -shift
      var left = places
      while left > 0 {
        let step = min(left, 13)
        number.multiply(by: WideNumber.powerOfFive(step), adding: 0)
        left -= step
      }
    }
    digits = number.decimalDigits
    exponent = digits.count - places
    trim()
  }

  private mutating func trim() {
    while digits.last == 0 { digits.removeLast() }
  }

  /// The digit at a place, as ASCII.
  func digit(_ place: Int) -> UInt8 {
    place >= 0 && place < digits.count ? 0x30 + digits[place] : 0x30
  }

  /// Keeps so many digits; a half goes to the even side.
  mutating func round(to count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      digits = []
      exponent = 0
      return
    }
    let next = digits[count]
    let isMore = count + 1 < digits.count
    let isOdd = count > 0 && digits[count - 1] & 1 != 0
    digits.removeLast(digits.count - count)
    guard next > 5 || (next == 5 && (isMore || isOdd)) else {
      trim()
      if digits.isEmpty { exponent = 0 }
      return
    }
    var index = count - 1
    while index >= 0, digits[index] == 9 { index -= 1 }
    digits.removeLast(digits.count - 1 - index)
    if index >= 0 {
      digits[index] += 1
    } else {
      digits = [1]
      exponent += 1
    }
  }
}
