// SPDX-License-Identifier: MIT
import Base
import Core

/// A name of MS-DOS: eight characters and three, in capitals, filled up with spaces.
enum FATName {
  static var padding: InlineArray<11, UInt8> { InlineArray(repeating: 0x20) }

  /// `name` as it is stored; nil if it does not fit. Small letters become capitals, since names are
  /// compared without regard to that.
  static func stored(_ name: Text) -> InlineArray<11, UInt8>? {
    let parts = name.split(at: 0x2E)
    guard let first = parts.first, parts.count <= 2, (1...8).contains(first.count),
      parts.count == 1 || (1...3).contains(parts[1].count)
    else { return nil }
    var result = padding
    for (index, byte) in first.bytes.enumerated() {
      guard let character = character(byte) else { return nil }
      result[index] = character
    }
    if parts.count == 2 {
      for (index, byte) in parts[1].bytes.enumerated() {
        guard let character = character(byte) else { return nil }
        result[8 + index] = character
      }
    }
    return result
  }

  private static func character(_ byte: UInt8) -> UInt8? {
    if byte.isASCIILetter { return byte & 0xDF }
    return byte.isASCIIDigit || byte == 0x5F || byte == 0x2D ? byte : nil
  }
}
