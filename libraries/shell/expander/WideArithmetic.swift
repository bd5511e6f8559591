// SPDX-License-Identifier: MIT
import Base
import Core

/// Arithmetic of 128 bits that needs no help from a runtime library, which bare metal has not.
enum WideArithmetic {
  static func sum(_ left: Int128, _ right: Int128) -> Int128? {
    let (sum, overflowed) = left.addingReportingOverflow(right)
    return overflowed ? nil : sum
  }

  static func product(_ left: Int128, _ right: Int128) -> Int128? {
    let (first, second) = (left.magnitude, right.magnitude)
    let (firstHigh, secondHigh) = (high(first), high(second))
    guard firstHigh == 0 || secondHigh == 0 else { return nil }
    let small = firstHigh == 0 ? low(first) : low(second)
    let large = firstHigh == 0 ? second : first
    let (bottomHigh, bottomLow) = low(large).multipliedFullWidth(by: small)
    let (topHigh, topLow) = high(large).multipliedFullWidth(by: small)
    let (upper, carried) = topLow.addingReportingOverflow(bottomHigh)
    guard topHigh == 0, !carried, upper < 1 << 63 else { return nil }
    let magnitude = Int128(truncatingIfNeeded: UInt128(upper) << 64 | UInt128(bottomLow))
    return (left < 0) != (right < 0) ? -magnitude : magnitude
  }

  /// Quotient and remainder, which has the dividend's sign; `nil` if the quotient does not fit.
  /// `right` is not zero.
  static func quotient(_ left: Int128, _ right: Int128) -> (Int128, Int128)? {
    let (quotient, remainder) = divide(left.magnitude, right.magnitude)
    guard quotient >> 127 == 0, remainder >> 127 == 0 else { return nil }
    let whole = Int128(truncatingIfNeeded: quotient)
    let rest = Int128(truncatingIfNeeded: remainder)
    return ((left < 0) != (right < 0) ? -whole : whole, left < 0 ? -rest : rest)
  }

  private static func divide(_ left: UInt128, _ right: UInt128) -> (UInt128, UInt128) {
    if high(left) == 0, high(right) == 0 {
      return (UInt128(low(left) / low(right)), UInt128(low(left) % low(right)))
    }
    var quotient: UInt128 = 0
    var remainder: UInt128 = 0
    for bit in (0..<128).reversed() {
      // The bit that falls out here is one that `right` is surely below.
      let isBeyond = remainder >> 127 != 0
      remainder = remainder &<< 1 | (left >> UInt128(bit)) & 1
      if isBeyond || remainder >= right {
        remainder = remainder &- right
        quotient |= 1 &<< UInt128(bit)
      }
    }
    return (quotient, remainder)
  }

  static func decimal(_ value: Int128) -> Text {
    if let small = Int(exactly: value) { return Text { $0.put(decimal: small) } }
    var groups: [UInt64] = []
    var rest = value.magnitude
    repeat {
      let (quotient, remainder) = divide(rest, 1_000_000_000_000_000_000)
      groups.append(low(remainder))
      rest = quotient
    } while rest != 0
    return Text { text in
      if value < 0 { text.put(0x2D) }
      text.put(decimal: groups[groups.count - 1])
      for group in groups.dropLast().reversed() {
        let digits = Text { $0.put(decimal: group) }
        for _ in digits.count..<18 { text.put(0x30) }
        text.put(digits)
      }
    }
  }

  private static func high(_ value: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: value >> 64) }
  private static func low(_ value: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: value) }
}
