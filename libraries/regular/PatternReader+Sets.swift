// SPDX-License-Identifier: MIT
import Base
import Core

extension PatternReader {
  /// The set after `[`.
  mutating func set() throws(RegularExpressionError) -> CharacterSet {
    let start = index
    var set = CharacterSet()
    var isInverted = false
    if current == 0x5E {
      isInverted = true
      index += 1
    }
    var isFirst = true
    while let byte = current, byte != 0x5D || isFirst {
      isFirst = false
      if byte == 0x5B, let named = try namedClass() {
        set.insert(named)
        continue
      }
      if syntax == .shell, byte == 0x5C, index + 1 < pattern.count,
        let found = Self.letterClass(pattern[index + 1])
      {
        index += 2
        set.insert(found)
        continue
      }
      try insertRange(into: &set)
    }
    guard current == 0x5D else {
      throw failure("unmatched [, [^, [:, [., or [=")
    }
    index += 1
    try refuseBareClass(start)
    if ignoresCase { set.addOtherCases() }
    return isInverted ? set.inverted : set
  }

  /// `[:space:]` outside a set is a set of colons and letters, which nobody means.
  private func refuseBareClass(_ start: Int) throws(RegularExpressionError) {
    let end = index - 2
    guard syntax != .shell, end > start + 1, pattern[start] == 0x3A, pattern[end] == 0x3A,
      ByteSet(class: pattern[(start + 1)..<end]) != nil
    else { return }
    throw failure("character class syntax is [[:space:]], not [:space:]")
  }

  private mutating func insertRange(
    into set: inout CharacterSet
  ) throws(RegularExpressionError) {
    let low = try member()
    guard current == 0x2D, index + 1 < pattern.count, pattern[index + 1] != 0x5D else {
      if low.isCharacter {
        set.insert(low.value...low.value)
      } else {
        set.bytes.insert(UInt8(low.value))
      }
      return
    }
    index += 1
    let high = try member()
    guard low.value <= high.value, low.isCharacter == high.isCharacter else {
      throw failure("invalid range end")
    }
    if low.isCharacter {
      set.insert(low.value...high.value)
    } else {
      set.bytes.insert(ByteSet(UInt8(low.value)...UInt8(high.value)))
    }
  }

  /// One end of a range: a character, or a byte that is part of none.
  private mutating func member() throws(RegularExpressionError) -> (
    value: UInt32, isCharacter: Bool
  ) {
    if current == 0x5B, index + 1 < pattern.count,
      pattern[index + 1] == 0x2E || pattern[index + 1] == 0x3D
    {
      let mark = pattern[index + 1]
      index += 2
      let found = character()
      guard current == mark, index + 1 < pattern.count, pattern[index + 1] == 0x5D else {
        throw failure("invalid collation character")
      }
      index += 2
      return found
    }
    if syntax == .shell, current == 0x5C, index + 1 < pattern.count {
      index += 2
      return (UInt32(Self.meaning(of: pattern[index - 1])), pattern[index - 1] < 0x80)
    }
    return character()
  }

  private mutating func character() -> (value: UInt32, isCharacter: Bool) {
    if let point = codePoint() {
      index += point < 0x80 ? 1 : CharacterSet.encoded(point).count
      return (point, true)
    }
    guard let byte = current else { return (0, true) }
    index += 1
    return (UInt32(byte), false)
  }

  /// `[:alpha:]` and its like within a set.
  private mutating func namedClass() throws(RegularExpressionError) -> CharacterSet? {
    guard index + 1 < pattern.count, pattern[index + 1] == 0x3A,
      let close = pattern.firstIndex(of: ":]" as Text, from: index + 2)
    else { return nil }
    let name = pattern[(index + 2)..<close]
    var set = CharacterSet()
    if syntax == .shell, name == "word", let word = Self.letterClass(0x77) {
      set = word
    } else if let bytes = ByteSet(class: name) {
      set.bytes = bytes
    } else {
      guard syntax != .shell else { return nil }
      throw failure("invalid character class name")
    }
    index = close + 2
    return set
  }
}
