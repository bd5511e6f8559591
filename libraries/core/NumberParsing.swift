// SPDX-License-Identifier: MIT

/// Why a text is not the number it was taken for.
public enum NumberError: Error, Equatable {
  case empty
  /// The byte at `index` is not a digit in this base.
  case notADigit(index: Int)
  /// The number does not fit the type.
  case overflow
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// The number that `text` spells in decimal: digits only, no sign, no spaces.
  public init(decimal text: Span<UInt8>) throws(NumberError) {
    try self.init(digits: text, base: 10)
  }

  /// The number that `text` spells in hexadecimal: digits of either case, no `0x`.
  public init(hexadecimal text: Span<UInt8>) throws(NumberError) {
    try self.init(digits: text, base: 16)
  }

  /// The number that `text` spells in octal, as permission bits are written.
  public init(octal text: Span<UInt8>) throws(NumberError) {
    try self.init(digits: text, base: 8)
  }

  private init(digits text: Span<UInt8>, base: Self) throws(NumberError) {
    guard !text.isEmpty else { throw .empty }
    var result: Self = 0
    for index in text.indices {
      guard let digit = text[index].digitValue, digit < base else {
        throw .notADigit(index: index)
      }
      let (product, overflowed) = result.multipliedReportingOverflow(by: base)
      let (sum, carried) = product.addingReportingOverflow(Self(digit))
      guard !overflowed, !carried else { throw .overflow }
      result = sum
    }
    self = result
  }
}

extension UInt8 {
  /// What the ASCII byte is worth as a digit of any base up to 36, or `nil`.
  public var digitValue: UInt8? {
    if isASCIIDigit { return self &- 0x30 }
    if isASCIILetter { return (self | 0x20) &- 0x61 &+ 10 }
    return nil
  }
}
