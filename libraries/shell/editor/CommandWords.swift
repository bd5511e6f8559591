// SPDX-License-Identifier: MIT
public import Base
import Core

/// The words of a command as written, and what stands for words of the command before.
public enum CommandWords {
  /// Where the words are, their quotes and escapes included.
  @export(interface)
  public static func ranges(in text: Text) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start: Int?
    var quote: UInt8?
    var index = 0
    while index < text.count {
      let byte = text[index]
      if quote == nil, byte.isASCIISpace {
        if let begun = start { result.append(begun..<index) }
        start = nil
      } else {
        if start == nil { start = index }
        if quote == byte {
          quote = nil
        } else if quote == nil, byte == 0x22 || byte == 0x27 {
          quote = byte
        } else if byte == 0x5C, quote != 0x27 {
          index += 1
        }
      }
      index += 1
    }
    if let start { result.append(start..<text.count) }
    return result
  }

  /// The command with Ion's designators replaced by parts of the one before: `!!` all of it, `!0`
  /// its first word, `!^` the second, `!$` the last, `!*` all after the first. Not in single quotes
  /// and not after a backslash.
  @export(interface)
  public static func replacingDesignators(in text: Text, by last: Text) -> Text {
    guard text.contains(0x21) else { return text }
    var words: [Range<Int>]?
    var result = Text()
    var isQuoted = false
    var index = 0
    while index < text.count {
      let byte = text[index]
      let next = index + 1 < text.count ? text[index + 1] : 0
      if byte == 0x27 { isQuoted.toggle() }
      if byte == 0x5C, !isQuoted, next != 0 {
        result.put(byte)
        result.put(next)
        index += 2
        continue
      }
      guard byte == 0x21, !isQuoted else {
        result.put(byte)
        index += 1
        continue
      }
      let ranges = words ?? ranges(in: last)
      words = ranges
      guard let part = part(next, ranges, last) else {
        result.put(byte)
        index += 1
        continue
      }
      result.put(last[part])
      index += 2
    }
    return result
  }

  private static func part(_ letter: UInt8, _ words: [Range<Int>], _ last: Text) -> Range<Int>? {
    guard let first = words.first, let final = words.last else { return nil }
    switch letter {
    case 0x21: return 0..<last.count
    case 0x30: return first
    case 0x5E: return words.count > 1 ? words[1] : nil
    case 0x24: return final
    case 0x2A: return words.count > 1 ? words[1].lowerBound..<final.upperBound : nil
    default: return nil
    }
  }
}
