// SPDX-License-Identifier: MIT

/// A number as it is written: decimal digits and a power of ten.
struct DecimalFraction {
  /// From 0 to 9, the most significant first.
  var digits: [UInt8] = []
  /// The number is the digits' value times ten to this power.
  var exponent = 0
  var isNegative = false

  /// No number of 64 bits depends on more digits than these, but for whether any other follows.
  private static var digitLimit: Int { 800 }

  /// The nearest number of 64 bits; of two, the even one.
  ///
  /// - Throws: `floatOutOfRange` beyond the largest.
  func double() throws(TOMLError.Cause) -> Double {
    var significant = digits.drop { $0 == 0 }
    guard !significant.isEmpty else { return isNegative ? -0.0 : 0 }
    // In powers of ten; far beyond either end nothing has to be computed.
    let magnitude = significant.count + exponent
    guard magnitude <= 310 else { throw .floatOutOfRange }
    guard magnitude >= -330 else { return isNegative ? -0.0 : 0 }
    var power = exponent
    if significant.count > Self.digitLimit {
      let rest = significant.dropFirst(Self.digitLimit)
      power += rest.count
      significant = significant.prefix(Self.digitLimit)
      if rest.contains(where: { $0 != 0 }) {
        significant.append(1)
        power -= 1
      }
    }
    var top = Natural()
    for digit in significant { top.multiply(by: 10, adding: UInt32(digit)) }
    var bottom = Natural(1)
    for _ in 0..<max(power, 0) { top.multiply(by: 10, adding: 0) }
    for _ in 0..<max(-power, 0) { bottom.multiply(by: 10, adding: 0) }
    let bits = try Self.quotient(top, bottom)
    return Double(bitPattern: isNegative ? bits | 1 << 63 : bits)
  }

  /// The bits of `top / bottom`, both positive.
  private static func quotient(
    _ top: consuming Natural, _ bottom: consuming Natural
  ) throws(TOMLError.Cause) -> UInt64 {
    // As top / bottom × 2^exponent with 1 ≤ top / bottom < 2.
    var exponent = top.bitWidth - bottom.bitWidth
    if exponent > 0 { bottom.shiftLeft(exponent) } else { top.shiftLeft(-exponent) }
    if top < bottom {
      top.shiftLeft(1)
      exponent -= 1
    }
    // Numbers near zero have fewer bits.
    let isSmall = exponent < -1022
    let precision = isSmall ? 53 - (-1022 - exponent) : 53
    guard precision >= 0 else { return 0 }
    var bits: UInt64 = 0
    for _ in 0..<precision {
      bits <<= 1
      if !(top < bottom) {
        top.subtract(bottom)
        bits |= 1
      }
      top.shiftLeft(1)
    }
    // The next bit is worth half of the last one.
    if !(top < bottom), bottom < top || bits & 1 == 1 { bits += 1 }
    if isSmall { return bits }
    // A bit that was carried out of the fraction raises the exponent, as it should.
    let result = UInt64(exponent + 1023) << 52 &+ (bits &- 1 << 52)
    guard result < 0x7FF << 52 else { throw .floatOutOfRange }
    return result
  }
}

/// A number without a limit.
private struct Natural {
  /// The least significant first; the last is not zero.
  private var words: [UInt32] = []

  init() {}
  init(_ word: UInt32) { words = [word] }

  var bitWidth: Int {
    guard let last = words.last else { return 0 }
    return words.count * 32 - last.leadingZeroBitCount
  }

  mutating func multiply(by factor: UInt32, adding summand: UInt32) {
    var carry = UInt64(summand)
    for index in words.indices {
      carry += UInt64(words[index]) * UInt64(factor)
      words[index] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry > 0 { words.append(UInt32(truncatingIfNeeded: carry)) }
  }

  mutating func shiftLeft(_ count: Int) {
    guard count > 0, !words.isEmpty else { return }
    var carry: UInt32 = 0
    let bits = UInt32(count % 32)
    if bits > 0 {
      for index in words.indices {
        let word = words[index]
        words[index] = word << bits | carry
        carry = word >> (32 - bits)
      }
      if carry > 0 { words.append(carry) }
    }
    if count >= 32 { words.insert(contentsOf: [UInt32](repeating: 0, count: count / 32), at: 0) }
  }

  /// Takes away a number that is not greater.
  mutating func subtract(_ other: Natural) {
    var borrow: UInt32 = 0
    for index in words.indices {
      let taken = index < other.words.count ? other.words[index] : 0
      let (first, isBelow) = words[index].subtractingReportingOverflow(taken)
      let (second, isBelowAgain) = first.subtractingReportingOverflow(borrow)
      words[index] = second
      borrow = isBelow || isBelowAgain ? 1 : 0
    }
    while words.last == 0 { words.removeLast() }
  }

  static func < (left: Natural, right: Natural) -> Bool {
    guard left.words.count == right.words.count else {
      return left.words.count < right.words.count
    }
    for index in left.words.indices.reversed() where left.words[index] != right.words[index] {
      return left.words[index] < right.words[index]
    }
    return false
  }
}
