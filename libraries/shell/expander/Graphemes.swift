// SPDX-License-Identifier: MIT
public import Base

/// Text as people count it. A character is a code point with the marks, selectors and joined
/// code points after it; the full Unicode tables would cost every program their size.
public enum Graphemes {
  /// The characters; a byte that is no UTF-8 is one by itself.
  public static func split(_ text: Text) -> [Text] {
    var result: [Text] = []
    var start = 0
    while start < text.count {
      let end = end(of: text.bytes, from: start)
      result.append(text[start..<end])
      start = end
    }
    return result
  }

  /// Where the character that begins at `start`, which lies within `bytes`, ends.
  @export(interface)
  public static func end(of bytes: [UInt8], from start: Int) -> Int {
    var (end, scalar) = scalar(bytes, start)
    // Most text: nothing in ASCII but a line feed joins what stands before it.
    if end < bytes.count, bytes[end] < 0x80, scalar != 0x0D { return end }
    var isRegional = Self.isRegional(scalar)
    while end < bytes.count {
      let (after, following) = Self.scalar(bytes, end)
      let joins =
        extends(following) || scalar == 0x200D || (isRegional && Self.isRegional(following))
      guard joins || (scalar == 0x0D && following == 0x0A) else { break }
      isRegional = false
      (end, scalar) = (after, following)
    }
    return end
  }

  /// The code points; a byte that is no UTF-8 is one by itself.
  public static func scalars(_ text: Text) -> [Text] {
    var result: [Text] = []
    var start = 0
    while start < text.count {
      let end = scalar(text.bytes, start).end
      result.append(text[start..<end])
      start = end
    }
    return result
  }

  /// The code point at `start`, which lies within `bytes`, and where it ends. A byte that is no
  /// UTF-8 stands for itself; it is above 0x7F and one byte long, as no code point is.
  @export(interface)
  public static func scalar(_ bytes: [UInt8], _ start: Int) -> (end: Int, scalar: UInt32) {
    let first = bytes[start]
    let count = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1
    guard count > 1, start + count <= bytes.count else { return (start + 1, UInt32(first)) }
    var scalar = UInt32(first) & (0x7F >> UInt32(count))
    for index in (start + 1)..<(start + count) {
      guard bytes[index] & 0xC0 == 0x80 else { return (start + 1, UInt32(first)) }
      scalar = scalar << 6 | UInt32(bytes[index] & 0x3F)
    }
    return (start + count, scalar)
  }

  private static func isRegional(_ scalar: UInt32) -> Bool { scalar >> 5 == 0x1F1E0 >> 5 }

  /// Whether it belongs to the character before it.
  @export(interface)
  public static func extends(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0...0x2FF: false
    case 0x300...0x36F, 0x483...0x489, 0x591...0x5BD, 0x610...0x61A, 0x64B...0x65F, 0x93C,
      0x941...0x948, 0x94D, 0xE31, 0xE34...0xE3A, 0xE47...0xE4E, 0x1AB0...0x1AFF,
      0x1DC0...0x1DFF, 0x200C...0x200D, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFE20...0xFE2F,
      0x1F3FB...0x1F3FF, 0xE0020...0xE007F, 0xE0100...0xE01EF:
      true
    default: false
    }
  }
}
