// SPDX-License-Identifier: MIT
import Core
import ShellExpander
import ShellParser

/// A line of any bytes, perhaps of several lines, and the place of the cursor, which is always
/// between two characters.
public struct LineBuffer: Equatable, Sendable {
  public private(set) var bytes: [UInt8]
  public private(set) var cursor: Int

  public init(_ bytes: [UInt8] = []) {
    self.bytes = bytes
    cursor = bytes.count
  }

  var count: Int { bytes.count }
  var isAtEnd: Bool { cursor == bytes.count }

  mutating func move(to place: Int) { cursor = max(0, min(place, bytes.count)) }

  /// Puts `new` in the place of what is in `range`, and the cursor behind it.
  mutating func replace(_ range: Range<Int>, with new: [UInt8]) {
    bytes.replaceSubrange(range, with: new)
    cursor = range.lowerBound + new.count
  }

  /// The end of the character that begins at `place`.
  func after(_ place: Int) -> Int {
    place < bytes.count ? Graphemes.end(of: bytes, from: place) : bytes.count
  }

  /// The beginning of the character that ends at `place`.
  func before(_ place: Int) -> Int {
    guard place > 0 else { return 0 }
    if bytes[place - 1] < 0x80, bytes[place - 1] != 0x0A { return place - 1 }
    // Characters are told apart forwards. ASCII begins one; if there is none near, what is far off
    // decides nothing in any script.
    var start = place - 1
    let limit = max(0, place - 256)
    while start > limit, bytes[start] >= 0x80 { start -= 1 }
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    if start > 0, bytes[start] == 0x0A, bytes[start - 1] == 0x0D { start -= 1 }
    while true {
      let next = after(start)
      if next >= place { return start }
      start = next
    }
  }

  func lineStart(_ place: Int) -> Int {
    var index = place
    while index > 0, bytes[index - 1] != 0x0A { index -= 1 }
    return index
  }

  func lineEnd(_ place: Int) -> Int {
    var index = place
    while index < bytes.count, bytes[index] != 0x0A { index += 1 }
    return index
  }

  /// The end of the word at or after `place`; a word is what `isPart` holds for.
  func wordEnd(_ place: Int, _ isPart: (UInt8) -> Bool) -> Int {
    var index = place
    while index < bytes.count, !isPart(bytes[index]) { index += 1 }
    while index < bytes.count, isPart(bytes[index]) { index += 1 }
    return index
  }

  /// The beginning of the word at or before `place`.
  func wordStart(_ place: Int, _ isPart: (UInt8) -> Bool) -> Int {
    var index = place
    while index > 0, !isPart(bytes[index - 1]) { index -= 1 }
    while index > 0, isPart(bytes[index - 1]) { index -= 1 }
    return index
  }

  static func isLetter(_ byte: UInt8) -> Bool {
    byte.isASCIILetter || byte.isASCIIDigit || byte >= 0x80
  }

  static func isText(_ byte: UInt8) -> Bool { !byte.isASCIISpace }
}
