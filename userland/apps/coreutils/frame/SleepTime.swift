// SPDX-License-Identifier: MIT
public import Base
import Core

/// How long `sleep` and `timeout` wait.
public enum SleepTime {
  /// The sum of `10`, `1.5`, `2m`, `1h`, `3d`, in nanoseconds.
  ///
  /// - Throws: `usage` without any, or naming the first that is none. What does not fit 64 bits is
  ///   taken as the longest time that does.
  @export(interface)
  public static func nanoseconds(of operands: [Text]) throws(UtilityStop) -> UInt64 {
    guard !operands.isEmpty else { throw .usage("how long?") }
    var total: UInt64 = 0
    for operand in operands {
      guard let time = parse(operand) else {
        throw .usage(operand.quotedForMessage + " is no length of time")
      }
      total = adding(total, time)
    }
    return total
  }

  @export(interface)
  public static func parse(_ text: Text) -> UInt64? {
    var digits = text
    var unit: UInt64 = 1_000_000_000
    switch text.bytes.last {
    case UInt8(ascii: "s"): digits = text[0..<(text.count - 1)]
    case UInt8(ascii: "m"): (digits, unit) = (text[0..<(text.count - 1)], unit * 60)
    case UInt8(ascii: "h"): (digits, unit) = (text[0..<(text.count - 1)], unit * 3_600)
    case UInt8(ascii: "d"): (digits, unit) = (text[0..<(text.count - 1)], unit * 86_400)
    default: break
    }
    var value: UInt64 = 0
    var fraction = unit
    var isFraction = false
    var count = 0
    for byte in digits.bytes {
      if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
        continue
      }
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let digit = UInt64(byte - UInt8(ascii: "0"))
      count += 1
      if isFraction {
        fraction /= 10
        value = adding(value, digit * fraction)
      } else {
        value = adding(multiplying(value, 10), multiplying(digit, unit))
      }
    }
    return count > 0 ? value : nil
  }

  private static func adding(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? UInt64.max : sum
  }

  private static func multiplying(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? UInt64.max : product
  }
}
