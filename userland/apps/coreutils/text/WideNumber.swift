// SPDX-License-Identifier: MIT

/// A whole number of any length.
struct WideNumber {
  /// The lowest first; none of the highest is zero.
  private var words: [UInt32] = []

  init(_ value: UInt64 = 0) {
    words = [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
    trim()
  }

  private mutating func trim() {
    while words.last == 0 { words.removeLast() }
  }

  var bitCount: Int {
    words.last.map { words.count * 32 - $0.leadingZeroBitCount } ?? 0
  }

  mutating func multiply(by factor: UInt32, adding term: UInt32) {
    var carry = UInt64(term)
    for index in words.indices {
      let product = UInt64(words[index]) * UInt64(factor) + carry
      words[index] = UInt32(truncatingIfNeeded: product)
      carry = product >> 32
    }
    if carry != 0 { words.append(UInt32(carry)) }
  }

  mutating func multiplyByPowerOfTen(_ power: Int) {
    var left = power
    while left > 0 {
      let step = min(left, 9)
      multiply(by: Self.powerOfTen(step), adding: 0)
      left -= step
    }
  }

  /// - Returns: the remainder.
  mutating func divide(by divisor: UInt32) -> UInt32 {
    var remainder: UInt64 = 0
    for index in words.indices.reversed() {
      let part = remainder << 32 | UInt64(words[index])
      words[index] = UInt32(part / UInt64(divisor))
      remainder = part % UInt64(divisor)
    }
    trim()
    return UInt32(remainder)
  }

  mutating func shiftLeft(_ count: Int) {
    guard !words.isEmpty else { return }
    for _ in 0..<(count / 30) { multiply(by: 1 << 30, adding: 0) }
    multiply(by: 1 << UInt32(count % 30), adding: 0)
  }

  /// The number without its lowest bits, of which the highest is told, and whether others are set.
  func rounded(dropping count: Int) -> (kept: UInt64, isHalf: Bool, isMore: Bool) {
    var kept: UInt64 = 0
    for bit in (count..<max(count, bitCount)).reversed() { kept = kept << 1 | (self[bit] ? 1 : 0) }
    guard count > 0 else { return (kept, false, false) }
    var isMore = false
    for bit in 0..<(count - 1) where self[bit] {
      isMore = true
      break
    }
    return (kept, self[count - 1], isMore)
  }

  private subscript(bit: Int) -> Bool {
    bit / 32 < words.count && words[bit / 32] >> UInt32(bit % 32) & 1 != 0
  }

  /// Without leading zeros; none at all of zero.
  var decimalDigits: [UInt8] {
    var rest = self
    var digits: [UInt8] = []
    while !rest.words.isEmpty {
      var group = rest.divide(by: 1_000_000_000)
      for _ in 0..<9 {
        digits.append(UInt8(group % 10))
        group /= 10
      }
    }
    while digits.last == 0 { digits.removeLast() }
    digits.reverse()
    return digits
  }

  static func powerOfTen(_ power: Int) -> UInt32 {
    (0..<power).reduce(1) { value, _ in value * 10 }
  }
  static func powerOfFive(_ power: Int) -> UInt32 {
    (0..<power).reduce(1) { value, _ in value * 5 }
  }
}
