// SPDX-License-Identifier: MIT
import Base
import Core
import Regular

/// A shell's pattern for names: `*`, `?`, `[…]`; a backslash takes the next character as it is.
///
/// A leading dot and slashes are nothing special, as `find` has it. Only the last `*` is ever tried
/// again, so it takes at most the product of the lengths.
enum NamePattern {
  static func matches(_ name: Text, _ pattern: Text, ignoringCase: Bool = false) -> Bool {
    var (at, place) = (0, 0)
    var retry: (at: Int, place: Int)?
    while at < name.count {
      if place < pattern.count, pattern[place] == 0x2A {
        place += 1
        retry = (at, place)
        continue
      }
      if let next = step(name, at, pattern, place, ignoringCase) {
        (at, place) = next
        continue
      }
      guard let last = retry else { return false }
      retry = (last.at + 1, last.place)
      (at, place) = (last.at + 1, last.place)
    }
    while place < pattern.count, pattern[place] == 0x2A { place += 1 }
    return place == pattern.count
  }

  private static func folded(_ byte: UInt8, _ ignoringCase: Bool) -> UInt8 {
    ignoringCase ? byte.lowercased : byte
  }

  /// The places behind one character of each, if they fit.
  private static func step(
    _ name: Text, _ at: Int, _ pattern: Text, _ place: Int, _ ignoringCase: Bool
  ) -> (Int, Int)? {
    guard place < pattern.count else { return nil }
    var end = at + 1
    while end < name.count, name[end] & 0xC0 == 0x80 { end += 1 }
    switch pattern[place] {
    case 0x3F: return (end, place + 1)
    case 0x5B:
      guard let (fits, next) = set(pattern, place, name[at..<end], ignoringCase) else {
        return name[at] == 0x5B ? (at + 1, place + 1) : nil
      }
      return fits ? (end, next) : nil
    case 0x5C where place + 1 < pattern.count:
      return folded(name[at], ignoringCase) == folded(pattern[place + 1], ignoringCase)
        ? (at + 1, place + 2) : nil
    case let byte:
      return folded(name[at], ignoringCase) == folded(byte, ignoringCase)
        ? (at + 1, place + 1) : nil
    }
  }

  /// Whether a character is in the set, and where that ends; `nil` if it never does.
  private static func set(
    _ pattern: Text, _ start: Int, _ character: Text, _ ignoringCase: Bool
  ) -> (Bool, Int)? {
    var place = start + 1
    var isInverted = false
    if place < pattern.count, pattern[place] == 0x21 || pattern[place] == 0x5E {
      isInverted = true
      place += 1
    }
    let first = place
    var found = false
    func folded(_ text: Text) -> Text {
      guard ignoringCase else { return text }
      return Text { result in for byte in text.bytes { result.put(byte.lowercased) } }
    }
    /// The character at `place`, all of whose bytes are taken.
    func member() -> Text {
      if pattern[place] == 0x5C, place + 1 < pattern.count { place += 1 }
      var end = place + 1
      while end < pattern.count, pattern[end] & 0xC0 == 0x80 { end += 1 }
      defer { place = end }
      return folded(pattern[place..<end])
    }
    let wanted = folded(character)
    while place < pattern.count {
      if pattern[place] == 0x5D, place > first { return (found != isInverted, place + 1) }
      if pattern[place] == 0x5B, place + 1 < pattern.count, pattern[place + 1] == 0x3A,
        let close = pattern.firstIndex(of: ":]" as Text, from: place + 2),
        let named = ByteSet(class: pattern[(place + 2)..<close])
      {
        if character.count == 1, named[character[0]] { found = true }
        place = close + 2
        continue
      }
      let low = member()
      if place + 1 < pattern.count, pattern[place] == 0x2D, pattern[place + 1] != 0x5D {
        place += 1
        let high = member()
        // In UTF-8, the order of bytes is that of characters.
        if !(wanted < low), !(high < wanted) { found = true }
      } else if wanted.bytes == low.bytes {
        found = true
      }
    }
    return nil
  }
}
