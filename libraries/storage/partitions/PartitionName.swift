// SPDX-License-Identifier: MIT
import Base
import Core

/// A partition's name: UTF-16 on the disk, UTF-8 here.
enum PartitionName {
  /// Units that a name may have.
  static var limit: Int { 36 }

  /// Up to the first zero; half a pair is U+FFFD.
  static func text(_ stored: InlineArray<72, UInt8>) -> Text {
    var result = Text()
    var index = 0
    while index < limit {
      let unit = unit(stored, index)
      if unit == 0 { break }
      index += 1
      var scalar = UInt32(unit)
      if unit & 0xFC00 == 0xD800, index < limit, self.unit(stored, index) & 0xFC00 == 0xDC00 {
        let second = UInt32(self.unit(stored, index) & 0x3FF)
        scalar = 0x10000 &+ ((scalar & 0x3FF) << 10 | second)
        index += 1
      } else if unit & 0xF800 == 0xD800 {
        scalar = 0xFFFD
      }
      put(scalar, into: &result)
    }
    return result
  }

  private static func unit(_ stored: InlineArray<72, UInt8>, _ index: Int) -> UInt16 {
    UInt16(stored[2 * index]) | UInt16(stored[2 * index + 1]) << 8
  }

  private static func put(_ scalar: UInt32, into text: inout Text) {
    let low = { (shift: UInt32) in UInt8(truncatingIfNeeded: scalar >> shift & 0x3F) | 0x80 }
    if scalar < 0x80 {
      text.put(UInt8(scalar))
    } else if scalar < 0x800 {
      text.put(UInt8(scalar >> 6) | 0xC0)
      text.put(low(0))
    } else if scalar < 0x10000 {
      text.put(UInt8(scalar >> 12) | 0xE0)
      text.put(low(6))
      text.put(low(0))
    } else {
      text.put(UInt8(scalar >> 18 & 7) | 0xF0)
      text.put(low(12))
      text.put(low(6))
      text.put(low(0))
    }
  }

  /// A name of ASCII, as it is stored; nil if it has other characters or too many.
  static func stored(_ text: Text) -> InlineArray<72, UInt8>? {
    guard text.count <= limit else { return nil }
    var result = InlineArray<72, UInt8>(repeating: 0)
    for index in text.indices {
      guard text[index].isASCIIPrintable else { return nil }
      result[2 * index] = text[index]
    }
    return result
  }
}
