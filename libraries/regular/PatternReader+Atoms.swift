// SPDX-License-Identifier: MIT
import Base
import Core

extension PatternReader {
  /// What is repeated as one: a character, a set, a group, an anchor.
  mutating func atom(isAtStart: Bool) throws(RegularExpressionError) -> PatternTree {
    if let (symbol, length) = symbol(at: index) {
      switch symbol {
      case .open:
        index += length
        return try group()
      case .interval:
        // It repeats nothing, so it stands for itself.
        guard syntax != .basic else { throw failure("invalid preceding regular expression") }
        index += length
        return .byte(0x7B)
      case .star where syntax == .basic:
        guard isAtStart else { break }
        index += 1
        return .byte(0x2A)
      default:
        guard syntax == .extended else { throw failure("repetition of nothing") }
        return .empty
      }
    }
    guard let byte = current else { return .empty }
    index += 1
    switch byte {
    case 0x2E: return .character
    case 0x5E where syntax != .basic || isAtStart: return .assertion(.start)
    case 0x24 where syntax != .basic || isAtEnd: return .assertion(.end)
    case 0x5B: return try set().tree
    case 0x5C: return try escape()
    default:
      index -= 1
      return character()
    }
  }

  /// Whether a `$` here ends its alternative.
  private var isAtEnd: Bool {
    if index == pattern.count { return true }
    guard let (symbol, _) = symbol(at: index) else { return false }
    return symbol == .alternative || symbol == .close
  }

  func tree(of byte: UInt8) -> PatternTree {
    guard ignoresCase, byte.isASCIILetter else { return .byte(byte) }
    var set = ByteSet()
    set.insert(byte)
    set.insert(byte ^ 0x20)
    return .set(set)
  }

  /// A character that stands for itself, with all its bytes.
  private mutating func character() -> PatternTree {
    guard let point = codePoint(), point >= 0x80 else {
      index += 1
      return tree(of: pattern[index - 1])
    }
    let bytes = CharacterSet.encoded(point)
    index += bytes.count
    var parts: [PatternTree] = []
    for byte in bytes { parts.append(.byte(byte)) }
    return .sequence(parts)
  }

  /// The character at `index`; `nil` if its bytes are no UTF-8.
  func codePoint() -> UInt32? {
    guard let first = current else { return nil }
    if first < 0x80 { return UInt32(first) }
    let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first <= 0xF4, index + count <= pattern.count else { return nil }
    var point = UInt32(first & (0x7F >> UInt8(count)))
    for place in (index + 1)..<(index + count) {
      guard pattern[place] & 0xC0 == 0x80 else { return nil }
      point = point << 6 | UInt32(pattern[place] & 0x3F)
    }
    // Too long forms and what lies beyond the last character are none.
    guard point <= CharacterSet.last, CharacterSet.encoded(point).count == count else {
      return nil
    }
    return point
  }

  // MARK: Backslashes

  private mutating func escape() throws(RegularExpressionError) -> PatternTree {
    guard let letter = current else { throw failure("trailing backslash") }
    if let set = Self.letterClass(letter), syntax == .shell || letter | 0x20 != 0x64 {
      index += 1
      return set.tree
    }
    if let assertion = assertion(letter) {
      index += 1
      return .assertion(assertion)
    }
    if syntax == .shell {
      index += 1
      return tree(of: Self.meaning(of: letter))
    }
    if letter >= 0x31, letter <= 0x39 { throw failure("back-references are not supported") }
    return character()
  }

  private func assertion(_ letter: UInt8) -> Assertion? {
    switch letter {
    case 0x62: .wordEdge
    case 0x42: .noWordEdge
    case 0x41 where syntax == .shell: .start
    case 0x7A where syntax == .shell: .end
    case 0x3C where syntax != .shell: .wordStart
    case 0x3E where syntax != .shell: .wordEnd
    case 0x60 where syntax != .shell: .start
    case 0x27 where syntax != .shell: .end
    default: nil
    }
  }

  /// What a letter after a backslash stands for; itself unless it is a control character's.
  static func meaning(of letter: UInt8) -> UInt8 {
    switch letter {
    case 0x61: 0x07
    case 0x65: 0x1B
    case 0x66: 0x0C
    case 0x6E: 0x0A
    case 0x72: 0x0D
    case 0x74: 0x09
    case 0x76: 0x0B
    default: letter
    }
  }

  /// `\d`, `\w`, `\s` and their opposites.
  static func letterClass(_ letter: UInt8) -> CharacterSet? {
    var set = CharacterSet()
    switch letter | 0x20 {
    case 0x64: set.bytes = ByteSet { $0.isASCIIDigit }
    case 0x77:
      var apart = CharacterSet()
      apart.bytes = ByteSet { !WordCharacters.isPart($0) }
      apart.ranges = WordCharacters.apart
      set = apart.inverted
    case 0x73: set.bytes = ByteSet { $0.isASCIISpace }
    default: return nil
    }
    guard letter.isASCIILetter else { return nil }
    return letter & 0x20 == 0 ? set.inverted : set
  }
}
