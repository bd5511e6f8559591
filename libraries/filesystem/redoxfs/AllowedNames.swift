// SPDX-License-Identifier: MIT
import Base
import Core

extension Span where Element == UInt8 {
  /// Whether a file may be called so. Older implementations take no colon, cannot list an empty name, and
  /// read names as UTF-8.
  var isAllowedName: Bool {
    !isEmpty && count <= Layout.nameBytes && !equals(".") && !equals("..")
      && firstIndex(of: 0x2F) == nil && firstIndex(of: 0) == nil && firstIndex(of: 0x3A) == nil
      && isUTF8
  }

  /// Whether the bytes are well-formed UTF-8 (RFC 3629, §4).
  private var isUTF8: Bool {
    var index = 0
    while index < count {
      let first = self[index]
      let length: Int
      var lowest: UInt32
      switch first {
      case 0..<0x80: (length, lowest) = (1, 0)
      case 0xC2..<0xE0: (length, lowest) = (2, 0x80)
      case 0xE0..<0xF0: (length, lowest) = (3, 0x800)
      case 0xF0..<0xF5: (length, lowest) = (4, 0x10000)
      default: return false
      }
      guard length <= count &- index else { return false }
      var scalar = length == 1 ? UInt32(first) : UInt32(first) & (0x7F >> UInt32(length))
      for offset in 1..<max(length, 1) {
        let next = self[index &+ offset]
        guard next & 0xC0 == 0x80 else { return false }
        scalar = scalar << 6 | UInt32(next & 0x3F)
      }
      guard scalar >= lowest, scalar <= 0x10FFFF, !(0xD800..<0xE000).contains(scalar) else {
        return false
      }
      index &+= length
    }
    return true
  }
}
