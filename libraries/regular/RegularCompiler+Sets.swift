// SPDX-License-Identifier: MIT
import Base
import Core

extension RegularCompiler {
  /// The set after `[`.
  mutating func set() throws(RegularExpressionError) -> ByteSet {
    var set = ByteSet()
    var isInverted = false
    if current == 0x5E {
      isInverted = true
      index += 1
    }
    var isFirst = true
    while let byte = current, byte != 0x5D || isFirst {
      isFirst = false
      if byte == 0x5B, let named = namedClass() {
        set.insert(named)
        continue
      }
      index += 1
      var low = byte
      if byte == 0x5C, let letter = current {
        index += 1
        if let found = Self.letterClass(letter) {
          set.insert(found)
          continue
        }
        low = Self.meaning(of: letter)
      }
      var high = low
      if current == 0x2D, index + 1 < pattern.count, pattern[index + 1] != 0x5D {
        high = pattern[index + 1]
        index += 2
      }
      guard low <= high else { throw failure("a range in a set is the wrong way round") }
      set.insert { $0 >= low && $0 <= high }
    }
    guard current == 0x5D else { throw failure("unclosed set") }
    index += 1
    return isInverted ? set.inverted : set
  }

  /// `[:alpha:]` and its like within a set.
  private mutating func namedClass() -> ByteSet? {
    guard index + 1 < pattern.count, pattern[index + 1] == 0x3A,
      let close = pattern.firstIndex(of: ":]" as Text, from: index + 2)
    else { return nil }
    var set = ByteSet()
    switch pattern[(index + 2)..<close] {
    case "alpha": set.insert { $0.isASCIILetter }
    case "digit": set.insert { $0.isASCIIDigit }
    case "alnum": set.insert { $0.isASCIILetter || $0.isASCIIDigit }
    case "upper": set.insert { $0 >= 0x41 && $0 <= 0x5A }
    case "lower": set.insert { $0 >= 0x61 && $0 <= 0x7A }
    case "space": set.insert { $0.isASCIISpace }
    case "blank": set.insert { $0 == 0x20 || $0 == 0x09 }
    case "punct":
      set.insert { $0.isASCIIPrintable && $0 != 0x20 && !$0.isASCIILetter && !$0.isASCIIDigit }
    case "print": set.insert { $0.isASCIIPrintable }
    case "xdigit": set.insert { ($0.digitValue ?? 99) < 16 }
    case "cntrl": set.insert { $0 < 0x20 || $0 == 0x7F }
    case "word": set.insert(where: Self.isWordPart)
    default: return nil
    }
    index = close + 2
    return set
  }
}
