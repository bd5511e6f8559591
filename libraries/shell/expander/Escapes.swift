// SPDX-License-Identifier: MIT
import Base
import Core

extension Text {
  /// The text with `\n`, `\t` and their like as what they stand for; a backslash, a quote and a space
  /// stand for themselves, and what else is escaped stays as it is.
  public var unescaped: Text { unescaped(standingForThemselves: "\\'\" ") }

  /// As `echo -e` has it: of the bytes that stand for themselves there is the backslash alone.
  public var unescapedForEcho: Text { unescaped(standingForThemselves: "\\") }

  private func unescaped(standingForThemselves plain: StaticString) -> Text {
    guard contains(0x5C) else { return self }
    return Text { result in
      var index = 0
      while index < count {
        guard self[index] == 0x5C, index + 1 < count else {
          result.put(self[index])
          index += 1
          continue
        }
        let letter = self[index + 1]
        if let meaning = Self.meaning(of: letter) {
          result.put(meaning)
        } else {
          if plain.bytes.firstIndex(of: letter) == nil { result.put(0x5C) }
          result.put(letter)
        }
        index += 2
      }
    }
  }

  /// What `echo -e` writes: nothing from `\c` on.
  public var endOfEcho: Int? {
    var index = 0
    while index + 1 < count {
      if self[index] == 0x5C {
        if self[index + 1] == 0x63 { return index }
        index += 1
      }
      index += 1
    }
    return nil
  }

  private static func meaning(of letter: UInt8) -> UInt8? {
    switch letter {
    case 0x61: 0x07
    case 0x62: 0x08
    case 0x65: 0x1B
    case 0x66: 0x0C
    case 0x6E: 0x0A
    case 0x72: 0x0D
    case 0x74: 0x09
    case 0x76: 0x0B
    default: nil
    }
  }

  /// The reverse: control characters, and all signs that mean something to a shell, as escapes.
  public var escaped: Text {
    Text { result in
      for byte in bytes {
        switch byte {
        case 0x07: result.put("\\a")
        case 0x08: result.put("\\b")
        case 0x1B: result.put("\\e")
        case 0x0C: result.put("\\f")
        case 0x0A: result.put("\\n")
        case 0x0D: result.put("\\r")
        case 0x09: result.put("\\t")
        case 0x0B: result.put("\\v")
        case 0x00: result.put("\\0")
        case 0x3B, 0x5F: result.put(byte)
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E:
          result.put(0x5C)
          result.put(byte)
        default: result.put(byte)
        }
      }
    }
  }

  /// A regular expression whose groups, bars, braces and spaces may be written with a backslash.
  var unescapedForPattern: Text {
    Text { result in
      var index = 0
      while index < count {
        let isEscape = self[index] == 0x5C && index + 1 < count
        if isEscape, ("()|{} \"'" as StaticString).bytes.firstIndex(of: self[index + 1]) == nil {
          result.put(self[index])
          result.put(self[index + 1])
        } else {
          result.put(self[isEscape ? index + 1 : index])
        }
        index += isEscape ? 2 : 1
      }
    }
  }
}
