// SPDX-License-Identifier: MIT
public import Base
public import Core

/// A number that names a disk, a partition or its kind (RFC 9562), as text and as GPT stores it:
/// the first three groups least significant byte first, the rest as written.
public struct GUID: Hashable, Sendable {
  /// The first and the second eight bytes, as they are written, most significant byte first.
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  public static var zero: GUID { GUID(high: 0, low: 0) }
  public var isZero: Bool { high == 0 && low == 0 }

  /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in either case.
  @export(interface)
  public init?(_ text: Text) {
    guard text.count == 36 else { return nil }
    var words: InlineArray<2, UInt64> = [0, 0]
    var digits = 0
    for index in 0..<36 {
      let byte = text[index]
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == 0x2D else { return nil }
        continue
      }
      guard let digit = Self.digit(byte) else { return nil }
      words[digits / 16] = words[digits / 16] << 4 | digit
      digits += 1
    }
    self.init(high: words[0], low: words[1])
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    if byte.isASCIIDigit { return UInt64(byte) &- 0x30 }
    let lower = byte | 0x20
    return lower >= 0x61 && lower <= 0x66 ? UInt64(lower) &- 0x57 : nil
  }

  /// In lower case, with hyphens.
  @export(interface)
  public var text: Text {
    Text {
      $0.put(hexadecimal: high >> 32, digits: 8)
      $0.put("-")
      $0.put(hexadecimal: high >> 16 & 0xFFFF, digits: 4)
      $0.put("-")
      $0.put(hexadecimal: high & 0xFFFF, digits: 4)
      $0.put("-")
      $0.put(hexadecimal: low >> 48, digits: 4)
      $0.put("-")
      $0.put(hexadecimal: low & 0xFFFF_FFFF_FFFF, digits: 12)
    }
  }

  /// The sixteen bytes in the order in which they are written as text.
  public var bytes: InlineArray<16, UInt8> {
    var result = InlineArray<16, UInt8>(repeating: 0)
    for index in 0..<8 {
      result[index] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * index))
      result[8 + index] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * index))
    }
    return result
  }

  /// A number that follows from `high` and `low`, which are sums of some content, and that is marked
  /// as made by a rule of one's own (version 8).
  public static func derived(high: UInt64, low: UInt64) -> GUID {
    GUID(
      high: high & ~0xF000 | 0x8000, low: low & ~0xC000_0000_0000_0000 | 0x8000_0000_0000_0000)
  }
}

extension GUID: WireFormat {
  public static var byteCount: Int { 16 }

  public init() { self = .zero }

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    var first = UInt32(truncatingIfNeeded: high >> 32)
    var second = UInt16(truncatingIfNeeded: high >> 16)
    var third = UInt16(truncatingIfNeeded: high)
    try coder.little(&first)
    try coder.little(&second)
    try coder.little(&third)
    try coder.big(&low)
    high = UInt64(first) << 32 | UInt64(second) << 16 | UInt64(third)
  }
}

/// What partitions are for.
extension GUID {
  /// The EFI system partition (UEFI 2.10, §5.3.3).
  public static var efiSystem: GUID {
    GUID(high: 0xC12A_7328_F81F_11D2, low: 0xBA4B_00A0_C93E_C93B)
  }
  /// Where a boot loader for BIOS keeps its second part.
  public static var biosBoot: GUID {
    GUID(high: 0x2168_6148_6449_6E6F, low: 0x744E_6565_6445_4649)
  }
  /// A RedoxFS volume.
  public static var redoxFileSystem: GUID {
    GUID(high: 0x5265_646F_7846_5300, low: 0x8000_4170_7573_4F53)
  }
}
