// SPDX-License-Identifier: MIT

/// UTF-8 as Unicode defines it: no longer forms than needed, no surrogates, nothing beyond U+10FFFF.
enum UTF8Check {
  /// Where the first byte stands that is part of no character.
  static func firstError(in bytes: [UInt8]) -> Int? {
    var index = 0
    while index < bytes.count {
      let first = bytes[index]
      if first < 0x80 {
        index += 1
        continue
      }
      let count: Int
      // What the second byte may be.
      var second: ClosedRange<UInt8> = 0x80...0xBF
      switch first {
      case 0xC2...0xDF: count = 2
      case 0xE0: (count, second) = (3, 0xA0...0xBF)
      case 0xED: (count, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: count = 3
      case 0xF0: (count, second) = (4, 0x90...0xBF)
      case 0xF1...0xF3: count = 4
      case 0xF4: (count, second) = (4, 0x80...0x8F)
      default: return index
      }
      guard index + count <= bytes.count, second.contains(bytes[index + 1]) else { return index }
      for next in index + 2..<index + count where bytes[next] & 0xC0 != 0x80 { return index }
      index += count
    }
    return nil
  }

  static func bytes(of scalar: Unicode.Scalar) -> [UInt8] {
    let number = scalar.value
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | number >> shift & 0x3F) }
    switch number {
    case 0..<0x80: return [UInt8(number)]
    case 0x80..<0x800: return [UInt8(0xC0 | number >> 6), tail(0)]
    case 0x800..<0x1_0000: return [UInt8(0xE0 | number >> 12), tail(6), tail(0)]
    default: return [UInt8(0xF0 | number >> 18), tail(12), tail(6), tail(0)]
    }
  }
}
