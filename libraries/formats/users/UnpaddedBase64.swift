// SPDX-License-Identifier: MIT
import Base
import Core

/// Base64 (RFC 4648) without what fills it up at the end, as encoded hashes have it.
extension Text {
  /// The bytes that it spells; nil if it has other characters, or bits that no byte has.
  var unpaddedBase64: [UInt8]? {
    var result: [UInt8] = []
    var bits: UInt32 = 0
    var bitCount: UInt32 = 0
    for byte in bytes {
      guard let value = Self.base64Value(byte) else { return nil }
      bits = bits << 6 | value
      bitCount += 6
      guard bitCount >= 8 else { continue }
      bitCount -= 8
      result.append(UInt8(truncatingIfNeeded: bits >> bitCount))
      bits &= (1 << bitCount) - 1
    }
    return bitCount < 6 && bits == 0 ? result : nil
  }

  mutating func put(unpaddedBase64 bytes: [UInt8]) {
    var bits: UInt32 = 0
    var bitCount: UInt32 = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      bitCount += 8
      while bitCount >= 6 {
        bitCount -= 6
        put(Self.base64Digit(bits >> bitCount & 0x3F))
      }
      bits &= (1 << bitCount) - 1
    }
    if bitCount > 0 { put(Self.base64Digit(bits << (6 - bitCount))) }
  }

  private static func base64Value(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x41...0x5A: UInt32(byte) - 0x41
    case 0x61...0x7A: UInt32(byte) - 0x61 + 26
    case 0x30...0x39: UInt32(byte) - 0x30 + 52
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }

  private static func base64Digit(_ value: UInt32) -> UInt8 {
    switch value {
    case 0..<26: UInt8(0x41 + value)
    case 26..<52: UInt8(0x61 + value - 26)
    case 52..<62: UInt8(0x30 + value - 52)
    case 62: 0x2B
    default: 0x2F
    }
  }
}
