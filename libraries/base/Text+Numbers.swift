// SPDX-License-Identifier: MIT
import Core

extension Int {
  /// The number that `text` spells in decimal, with a sign or without.
  ///
  /// - Throws: why it is none; an index counts from the start of the text.
  @export(interface)
  public init(decimal text: Text) throws(NumberError) {
    let signed = text.count > 0 && (text[0] == 0x2D || text[0] == 0x2B)
    let magnitude: UInt64
    do throws(NumberError) {
      magnitude = try UInt64(decimal: text.span.extracting((signed ? 1 : 0)..<text.count))
    } catch {
      guard signed, case .notADigit(let index) = error else { throw error }
      throw .notADigit(index: index + 1)
    }
    if signed, text[0] == 0x2D {
      guard magnitude <= Int.min.magnitude else { throw .overflow }
      self = Int(truncatingIfNeeded: 0 &- magnitude)
    } else {
      guard let value = Int(exactly: magnitude) else { throw .overflow }
      self = value
    }
  }
}

extension Text {
  /// `number` in decimal, with a minus sign if it is negative.
  @export(interface)
  public init(decimal number: Int64) {
    var rest = number.magnitude
    var count = number < 0 ? 2 : 1
    while rest > 9 {
      rest /= 10
      count &+= 1
    }
    var digits = [UInt8](repeating: 0x2D, count: count)
    rest = number.magnitude
    let end = number < 0 ? 1 : 0
    while count > end {
      count &-= 1
      digits[count] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    self.init(digits)
  }
}

/// On which side filling goes.
public enum Alignment: Sendable { case left, right }

extension ByteSink where Self: ~Copyable & ~Escapable {
  /// Writes `text` in a field of at least `width` columns.
  public mutating func put(_ text: Text, width: Int, alignment: Alignment = .left) {
    let missing = Swift.max(0, width - text.columnCount)
    if alignment == .right { put(spaces: missing) }
    put(text)
    if alignment == .left { put(spaces: missing) }
  }

  public mutating func put(spaces count: Int) {
    for _ in 0..<Swift.max(0, count) { put(0x20) }
  }

  /// Writes an amount of bytes as people read it: `512`, `4.0K`, `17M`; units are powers of 1024,
  /// a single digit gets one decimal, rounded down, or up as is usual for the space that files take.
  public mutating func put(byteSize: UInt64, isRoundedUp: Bool = false) {
    var (unit, shift) = (-1, UInt64(0))
    while byteSize >> shift >= 1024 {
      shift += 10
      unit += 1
    }
    let mask: UInt64 = 1 << shift &- 1
    var whole = byteSize >> shift
    // Tenths of the rest, from so many bits of it that ten times as much fits.
    let fine = min(shift, 50)
    let rest = (byteSize & mask) >> (shift - fine) * 10
    var tenths = rest >> fine
    let isBelow = rest & (1 << fine &- 1) > 0 || byteSize & (1 << (shift - fine) &- 1) > 0
    if isRoundedUp, whole < 10, isBelow { tenths += 1 }
    if isRoundedUp, whole >= 10, byteSize & mask > 0 { whole += 1 }
    if tenths == 10 { (whole, tenths) = (whole + 1, 0) }
    if whole == 1024, unit < 5 { (whole, tenths, unit) = (1, 0, unit + 1) }
    put(decimal: whole)
    guard unit >= 0 else { return }
    if whole < 10 {
      put(0x2E)
      put(decimal: tenths)
    }
    put(("KMGTPE" as StaticString).bytes[unit])
  }
}
