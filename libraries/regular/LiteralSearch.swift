// SPDX-License-Identifier: MIT
import Core

/// Finds a short run of bytes by looking at few of the text's (Horspool's method).
struct LiteralSearch {
  let literal: [UInt8]
  /// For each byte how far to go on if it stands below the literal's last; zero for that last.
  private var skips: [Int]
  /// How far to go on if the last byte fits and the others do not.
  private var skipAfterLast = 1

  /// The most bytes looked for at once: they bound what a text of many near misses costs.
  static var longest: Int { 32 }

  /// - Parameter literal: not empty; of a longer one only the first bytes are looked for.
  init(_ literal: [UInt8]) {
    self.literal = Array(literal.prefix(Self.longest))
    let count = self.literal.count
    skips = [Int](repeating: count, count: 256)
    for index in 0..<(count - 1) { skips[Int(self.literal[index])] = count - 1 - index }
    let last = Int(self.literal[count - 1])
    skipAfterLast = skips[last]
    skips[last] = 0
  }

  /// Where it begins first in `text[start..<end]`.
  func firstIndex(in text: Span<UInt8>, from start: Int, to end: Int) -> Int? {
    let last = literal.count - 1
    if last == 0 {
      guard let found = text.firstIndex(of: literal[0], from: start), found < end else {
        return nil
      }
      return found
    }
    var place = start + last
    while place < end {
      let skip = skips[Int(text[place])]
      if skip == 0 {
        if isHere(text, place - last) { return place - last }
        place &+= skipAfterLast
      } else {
        place &+= skip
      }
    }
    return nil
  }

  private func isHere(_ text: Span<UInt8>, _ start: Int) -> Bool {
    for index in 0..<(literal.count - 1) where text[start + index] != literal[index] {
      return false
    }
    return true
  }
}
