// SPDX-License-Identifier: MIT
import Core

/// Reads a number that stands alone.
struct NumberReader {
  private var rest: ArraySlice<UInt8>
  private var isNegative = false

  init(_ word: ArraySlice<UInt8>) { rest = word }

  /// - Throws: `invalidNumber`, `integerOutOfRange`, `floatOutOfRange`.
  mutating func number() throws(TOMLError.Cause) -> TOMLDocument.Content {
    let isSigned = rest.first == 0x2B || rest.first == 0x2D
    if isSigned { isNegative = rest.popFirst() == 0x2D }
    if rest.elementsEqual([0x69, 0x6E, 0x66]) {
      return .float(isNegative ? -Double.infinity : .infinity)
    }
    if rest.elementsEqual([0x6E, 0x61, 0x6E]) { return .float(.nan) }
    if !isSigned, rest.first == 0x30, let radix = radix(rest.dropFirst().first) {
      rest = rest.dropFirst(2)
      return .integer(try integer(try digits(radix), radix: UInt64(radix)))
    }
    var fraction = DecimalFraction()
    fraction.isNegative = isNegative
    fraction.digits = try digits(10)
    guard fraction.digits.count == 1 || fraction.digits.first != 0 else { throw .invalidNumber }
    if rest.isEmpty { return .integer(try integer(fraction.digits, radix: 10)) }
    if rest.first == 0x2E {
      rest.removeFirst()
      let decimals = try digits(10, endsAtExponent: true)
      fraction.digits += decimals
      fraction.exponent = -decimals.count
    }
    if let mark = rest.popFirst() {
      guard mark == 0x65 || mark == 0x45 else { throw .invalidNumber }
      fraction.exponent += try exponent()
    }
    return .float(try fraction.double())
  }

  private func radix(_ letter: UInt8?) -> UInt8? {
    switch letter {
    case 0x78: 16
    case 0x6F: 8
    case 0x62: 2
    default: nil
    }
  }

  /// Digits with underscores between them, up to the end or to what belongs to no integer.
  private mutating func digits(
    _ radix: UInt8, endsAtExponent: Bool = false
  ) throws(TOMLError.Cause) -> [UInt8] {
    var digits: [UInt8] = []
    var mayEnd = false
    while let byte = rest.first {
      if byte == 0x5F {
        guard mayEnd else { throw .invalidNumber }
        mayEnd = false
      } else if let digit = value(of: byte), digit < radix {
        digits.append(digit)
        mayEnd = true
      } else if radix == 10, byte == 0x65 || byte == 0x45 || byte == 0x2E && !endsAtExponent {
        break
      } else {
        throw .invalidNumber
      }
      rest.removeFirst()
    }
    guard mayEnd else { throw .invalidNumber }
    return digits
  }

  private func value(of byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x61 + 10
    case 0x41...0x46: byte - 0x41 + 10
    default: nil
    }
  }

  private func integer(
    _ digits: [UInt8], radix: UInt64
  ) throws(TOMLError.Cause) -> Int64 {
    var magnitude: UInt64 = 0
    let limit = UInt64(Int64.max) + (isNegative ? 1 : 0)
    for digit in digits {
      let (product, overflows) = magnitude.multipliedReportingOverflow(by: radix)
      let (sum, overflowsAgain) = product.addingReportingOverflow(UInt64(digit))
      guard !overflows, !overflowsAgain, sum <= limit else { throw .integerOutOfRange }
      magnitude = sum
    }
    return isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude)
  }

  /// A power of ten; far beyond what numbers can have, it stays the same.
  private mutating func exponent() throws(TOMLError.Cause) -> Int {
    let isBelow = rest.first == 0x2D
    if isBelow || rest.first == 0x2B { rest.removeFirst() }
    var exponent = 0
    for digit in try digits(10, endsAtExponent: true) {
      exponent = min(exponent * 10 + Int(digit), 1 << 30)
    }
    guard rest.isEmpty else { throw .invalidNumber }
    return isBelow ? -exponent : exponent
  }
}
