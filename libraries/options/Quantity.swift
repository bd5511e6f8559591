// SPDX-License-Identifier: MIT
public import Base
import Core

/// Numbers as options give them.
public enum Quantity {
  /// A number of bytes or things: digits, and perhaps `K`, `M`, `G`, `T`, `P` (also `KiB`; powers of
  /// 1024), `kB`, `KB`, `MB` … (powers of 1000) or `b` (512).
  ///
  /// - Returns: `nil` if it is no number, or does not fit.
  @export(interface)
  public static func parse(_ text: Text) -> UInt64? {
    var end = 0
    while end < text.count, text[end].isASCIIDigit { end += 1 }
    do throws(NumberError) {
      let number = try UInt64(decimal: text[0..<end].span)
      guard let factor = factor(text[end...]) else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: factor)
      return overflow ? nil : product
    } catch {
      return nil
    }
  }

  private static func factor(_ suffix: Text) -> UInt64? {
    if suffix.isEmpty { return 1 }
    if suffix == "b" { return 512 }
    let base: UInt64
    switch suffix.count {
    case 1: base = 1024
    case 2 where suffix[1] == UInt8(ascii: "B"): base = 1000
    case 3 where suffix[1...] == "iB": base = 1024
    default: return nil
    }
    let powers: StaticString = "KMGTPE"
    let letter = suffix[0] == UInt8(ascii: "k") ? UInt8(ascii: "K") : suffix[0]
    guard let power = powers.bytes.firstIndex(of: letter) else { return nil }
    var factor: UInt64 = 1
    for _ in 0...power { factor *= base }
    return factor
  }
}
