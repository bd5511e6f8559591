// SPDX-License-Identifier: MIT
import Core

/// Which characters words are made of.
///
/// Of ASCII those are letters, digits and `_`. Beyond it all are but the punctuation, symbols, spaces
/// and pictures of the blocks below (Unicode's general categories P, S and Z, as far as whole stretches
/// have them), and bytes that are no UTF-8 are.
enum WordCharacters {
  static func isPart(_ byte: UInt8) -> Bool {
    byte.isASCIILetter || byte.isASCIIDigit || byte == 0x5F || byte >= 0x80
  }

  /// Whether the character that the byte at `index` belongs to is part of a word.
  static func isPart(at index: Int, of text: Span<UInt8>) -> Bool {
    guard text[index] >= 0x80 else { return isPart(text[index]) }
    var start = index
    while start > 0, index - start < 3, text[start] & 0xC0 == 0x80 { start &-= 1 }
    let first = text[start]
    let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0
    guard count > index - start, start + count <= text.count else { return true }
    var scalar = UInt32(first) & (0xFF &>> UInt32(count &+ 1))
    for place in (start + 1)..<(start + count) {
      guard text[place] & 0xC0 == 0x80 else { return true }
      scalar = scalar << 6 | UInt32(text[place] & 0x3F)
    }
    return !isApart(scalar)
  }

  private static func isApart(_ scalar: UInt32) -> Bool {
    var (low, high) = (0, apart.count)
    while low < high {
      let middle = (low + high) / 2
      if apart[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < apart.count && apart[low].contains(scalar)
  }

  /// Beyond ASCII, rising.
  static let apart: [ClosedRange<UInt32>] = [
    0x80...0xA9, 0xAB...0xB4, 0xB6...0xB9, 0xBB...0xBF, 0xD7...0xD7, 0xF7...0xF7, 0x2C2...0x2C5,
    0x2D2...0x2DF, 0x37E...0x37E, 0x387...0x387, 0x55A...0x55F, 0x589...0x58F, 0x5BE...0x5BE,
    0x5C0...0x5C0, 0x5C3...0x5C3, 0x5F3...0x5F4, 0x60C...0x60D, 0x61B...0x61F, 0x66A...0x66D,
    0x6D4...0x6D4, 0x964...0x965, 0xE3F...0xE3F, 0xE5A...0xE5B, 0x1680...0x1680, 0x2000...0x2070,
    0x2074...0x207E, 0x2080...0x208E, 0x20A0...0x20CF, 0x2190...0x245F, 0x2500...0x2BFF,
    0x2E00...0x2E2E, 0x2E30...0x2FFF, 0x3000...0x3004, 0x3008...0x3020, 0x3030...0x3030,
    0x303D...0x303F, 0x30A0...0x30A0, 0x30FB...0x30FB, 0x3200...0x33FF, 0xE000...0xF8FF,
    0xFD3E...0xFD3F, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFEFF...0xFEFF, 0xFF01...0xFF0F,
    0xFF1A...0xFF20, 0xFF3B...0xFF40, 0xFF5B...0xFF65, 0xFFE0...0xFFFF, 0x1F000...0x1F12F,
    0x1F200...0x1FAFF,
  ]
}
