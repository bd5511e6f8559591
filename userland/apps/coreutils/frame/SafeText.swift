// SPDX-License-Identifier: MIT
public import Base
import Core

extension Text {
  /// The text as a terminal may be shown it: as it is if it is UTF-8 without control characters,
  /// otherwise in quotes with `\xNN` for what is not.
  @export(interface)
  public var shownSafely: Text {
    guard !isSafeToShow else { return self }
    return Text { result in
      result.put(0x27)
      var index = 0
      while index < count {
        let length = safeCharacterLength(at: index)
        if length == 0 || bytes[index] == 0x27 || bytes[index] == 0x5C {
          result.put("\\x")
          result.put(hexadecimal: UInt64(bytes[index]), digits: 2)
          index += 1
        } else {
          result.put(self[index..<(index + length)])
          index += length
        }
      }
      result.put(0x27)
    }
  }

  /// The text with `?` for each byte that is no character or controls a terminal.
  @export(interface)
  public var withQuestionMarks: Text {
    guard !isSafeToShow else { return self }
    return Text { result in
      var index = 0
      while index < count {
        let length = safeCharacterLength(at: index)
        if length == 0 { result.put("?") } else { result.put(self[index..<(index + length)]) }
        index += max(length, 1)
      }
    }
  }

  /// Whether it is UTF-8 without control characters.
  @export(interface)
  public var isSafeToShow: Bool {
    var index = 0
    while index < count {
      let length = safeCharacterLength(at: index)
      if length == 0 { return false }
      index += length
    }
    return true
  }

  /// The bytes of the character that begins at `index`; zero if it is none or controls.
  private func safeCharacterLength(at index: Int) -> Int {
    let first = bytes[index]
    if first < 0x80 { return first < 0x20 || first == 0x7F ? 0 : 1 }
    let length = first >= 0xF5 || first < 0xC2 ? 0 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard length > 0, index + length <= count else { return 0 }
    for offset in 1..<length where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
    let second = bytes[index + 1]
    switch first {
    // C1 controls, too long forms, surrogates, beyond the last character.
    case 0xC2 where second < 0xA0: return 0
    case 0xE0 where second < 0xA0: return 0
    case 0xED where second >= 0xA0: return 0
    case 0xF0 where second < 0x90: return 0
    case 0xF4 where second >= 0x90: return 0
    default: return length
    }
  }
}

extension Text {
  /// The part that fits so many columns of a line, in whole characters.
  @export(interface)
  public func prefix(columns: Int) -> Text {
    guard columnCount > columns else { return self }
    var end = 0
    var count = 0
    while end < self.count {
      if self[end] & 0xC0 != 0x80 {
        if count == columns { break }
        count += 1
      }
      end += 1
    }
    return self[0..<end]
  }
}
