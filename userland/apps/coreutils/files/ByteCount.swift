// SPDX-License-Identifier: MIT
import Base
import Core
import UtilityFrame

/// Numbers of bytes as `fallocate` and `truncate` take them.
enum ByteCount {
  /// A number of bytes, with a unit behind it.
  static func read(_ text: Text) throws(UtilityStop) -> UInt64 {
    guard let value = Self.value(text) else {
      throw .usage(text.quotedForMessage + " is no number of bytes")
    }
    return value
  }

  private static func value(_ text: Text) -> UInt64? {
    var count = 0
    while count < text.count, text[count] >= 0x30, text[count] <= 0x39 { count += 1 }
    var unit = text[count..<text.count]
    let base: UInt64
    if unit.hasSuffix("iB") {
      base = 1024
      unit = unit[0..<unit.count - 2]
    } else if unit.hasSuffix("B") {
      base = 1000
      unit = unit[0..<unit.count - 1]
    } else {
      base = 1024
    }
    let number: UInt64
    do throws(NumberError) { number = try UInt64(decimal: text[0..<count].span) } catch {
      return nil
    }
    if unit.isEmpty { return count == text.count ? number : nil }
    guard unit.count == 1,
      let power = ["K", "M", "G", "T", "P"].firstIndex(where: { unit == $0 as Text })
    else { return nil }
    var value = number
    for _ in 0...power {
      let (product, overflow) = value.multipliedReportingOverflow(by: base)
      if overflow { return nil }
      value = product
    }
    return value
  }
}
