// SPDX-License-Identifier: MIT

/// A set of characters as a bracket expression gives it.
struct CharacterSet {
  /// ASCII characters; bytes from 0x80 on stand for themselves, where no character was spelled.
  var bytes = ByteSet()
  /// Characters beyond ASCII, by code point; they may overlap.
  var ranges: [ClosedRange<UInt32>] = []

  static var last: UInt32 { 0x10FFFF }

  mutating func insert(_ range: ClosedRange<UInt32>) {
    if range.lowerBound < 0x80 {
      let high = UInt8(min(range.upperBound, 0x7F))
      bytes.insert(ByteSet(UInt8(range.lowerBound)...high))
    }
    if range.upperBound >= 0x80 {
      ranges.append(max(range.lowerBound, 0x80)...range.upperBound)
    }
  }

  mutating func insert(_ other: CharacterSet) {
    bytes.insert(other.bytes)
    ranges += other.ranges
  }

  /// Adds the other case of each ASCII letter.
  mutating func addOtherCases() {
    for letter in UInt8(0x61)...0x7A where bytes[letter] || bytes[letter - 0x20] {
      bytes.insert(letter)
      bytes.insert(letter - 0x20)
    }
  }

  /// All characters that are not in it.
  var inverted: CharacterSet {
    var result = CharacterSet()
    for byte in UInt8(0)..<0x80 where !bytes[byte] { result.bytes.insert(byte) }
    var next: UInt32 = 0x80
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { result.ranges.append(next...(range.lowerBound - 1)) }
      next = max(next, range.upperBound + 1)
    }
    if next <= Self.last { result.ranges.append(next...Self.last) }
    return result
  }

  /// The pattern over bytes that fits one of its characters in UTF-8.
  var tree: PatternTree {
    var choices: [PatternTree] = []
    if !bytes.isEmpty { choices.append(.set(bytes)) }
    for range in ranges { Self.split(range, into: &choices) }
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  /// Cuts a range where the number of bytes changes, and then where a byte's range would not be
  /// independent of the one before.
  private static func split(_ range: ClosedRange<UInt32>, into choices: inout [PatternTree]) {
    var waiting = [range]
    while let range = waiting.popLast() {
      let (low, high) = (range.lowerBound, range.upperBound)
      if let cut = cut(low, high) {
        waiting.append((cut + 1)...high)
        waiting.append(low...cut)
        continue
      }
      let (first, last) = (encoded(low), encoded(high))
      var parts: [PatternTree] = []
      for index in first.indices { parts.append(.set(ByteSet(first[index]...last[index]))) }
      choices.append(.sequence(parts))
    }
  }

  /// The last code point of the first part; `nil` if the range is a product of byte ranges.
  private static func cut(_ low: UInt32, _ high: UInt32) -> UInt32? {
    for limit: UInt32 in [0x7FF, 0xFFFF] where low <= limit && high > limit { return limit }
    for shift: UInt32 in [6, 12, 18] {
      let mask: UInt32 = (1 << shift) - 1
      guard low & ~mask != high & ~mask else { continue }
      if low & mask != 0 { return low | mask }
      if high & mask != mask { return (high & ~mask) - 1 }
    }
    return nil
  }

  /// A code point from 0x80 on in UTF-8.
  static func encoded(_ point: UInt32) -> [UInt8] {
    func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(point >> shift & 0x3F) }
    if point < 0x800 { return [0xC0 | UInt8(point >> 6), tail(0)] }
    if point < 0x1_0000 { return [0xE0 | UInt8(point >> 12), tail(6), tail(0)] }
    return [0xF0 | UInt8(point >> 18), tail(12), tail(6), tail(0)]
  }
}
