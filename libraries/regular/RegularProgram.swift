// SPDX-License-Identifier: MIT
import Base
import Core

/// A pattern as a graph of nodes, all of whose ways are followed at once.
struct RegularProgram {
  enum Node {
    case match
    case byte(UInt8, next: Int32)
    /// A set, by its index.
    case set(Int32, next: Int32)
    /// The first is preferred.
    case either(Int32, Int32)
    case save(Int32, next: Int32)
    case assertion(Assertion, next: Int32)
  }

  private(set) var nodes: [Node] = [.match]
  private(set) var sets: [ByteSet] = []
  private(set) var entry: Int32 = 0
  private(set) var usesWords = false
  private(set) var usesStart = false
  /// Whether it fits texts that are read from their end.
  private let isReversed: Bool
  /// Whether groups are remembered.
  private let savesGroups: Bool
  private let limit: Int

  /// - Throws: if there are more than `limit` nodes.
  init(
    _ tree: PatternTree, isReversed: Bool = false, savesGroups: Bool = false, limit: Int
  ) throws(RegularExpressionError) {
    self.isReversed = isReversed
    self.savesGroups = savesGroups
    self.limit = limit
    entry = try add(savesGroups ? .group(tree, 0) : tree, before: 0)
  }

  private mutating func append(_ node: Node) throws(RegularExpressionError) -> Int32 {
    guard nodes.count < limit else {
      throw RegularExpressionError("the regular expression is too big")
    }
    nodes.append(node)
    return Int32(nodes.count - 1)
  }

  /// Adds what goes on at `next` after `tree`.
  /// - Returns: where it begins.
  private mutating func add(
    _ tree: PatternTree, before next: Int32
  ) throws(RegularExpressionError) -> Int32 {
    switch tree {
    case .empty: return next
    case .byte(let byte): return try append(.byte(byte, next: next))
    case .set(let set): return try append(.set(index(of: set), next: next))
    case .character: return try addCharacter(before: next)
    case .assertion(let assertion):
      let assertion = isReversed ? assertion.mirrored : assertion
      switch assertion {
      case .start: usesStart = true
      case .end: break
      default: usesWords = true
      }
      return try append(.assertion(assertion, next: next))
    case .sequence(let parts):
      var place = next
      for index in parts.indices {
        place = try add(parts[isReversed ? index : parts.count - 1 - index], before: place)
      }
      return place
    case .choice(let choices):
      var place: Int32?
      for choice in choices.reversed() {
        let start = try add(choice, before: next)
        place = if let place { try append(.either(start, place)) } else { start }
      }
      return place ?? next
    case .group(let inner, let number):
      guard savesGroups else { return try add(inner, before: next) }
      let end = try append(.save(Int32(number * 2 + 1), next: next))
      return try append(.save(Int32(number * 2), next: try add(inner, before: end)))
    case .repetition(let inner, let low, let high, let isLazy):
      return try add(inner, low, high, isLazy, before: next)
    }
  }

  private mutating func add(
    _ inner: PatternTree, _ low: Int, _ high: Int?, _ isLazy: Bool, before next: Int32
  ) throws(RegularExpressionError) -> Int32 {
    var place = next
    if let high {
      for _ in low..<high {
        let start = try add(inner, before: place)
        place = try append(isLazy ? .either(next, start) : .either(start, next))
      }
    } else {
      let loop = try append(.match)
      let start = try add(inner, before: loop)
      nodes[Int(loop)] = isLazy ? .either(next, start) : .either(start, next)
      place = loop
    }
    for _ in 0..<low { place = try add(inner, before: place) }
    return place
  }

  /// A character in UTF-8: its first byte decides how many follow, which all share their nodes.
  private mutating func addCharacter(before next: Int32) throws(RegularExpressionError) -> Int32 {
    var ascii = ByteSet(0x00...0x7F)
    ascii.remove(0x0A)
    let leads: [ByteSet] = [ByteSet(0xC2...0xDF), ByteSet(0xE0...0xEF), ByteSet(0xF0...0xF4)]
    let tail = index(of: ByteSet(0x80...0xBF))
    var place = try append(.set(index(of: ascii), next: next))
    var rest = next
    for lead in leads {
      let start: Int32
      if isReversed {
        // The tails come first, then the lead byte that says how many there had to be.
        var chain = try append(.set(index(of: lead), next: next))
        for _ in 0..<(lead[0xC2] ? 1 : lead[0xE0] ? 2 : 3) {
          chain = try append(.set(tail, next: chain))
        }
        start = chain
      } else {
        rest = try append(.set(tail, next: rest))
        start = try append(.set(index(of: lead), next: rest))
      }
      place = try append(.either(place, start))
    }
    return place
  }

  private mutating func index(of set: ByteSet) -> Int32 {
    // Few sets are different, and those of a pattern with many repetitions are near the end.
    for index in sets.indices.reversed().prefix(64) where sets[index] == set {
      return Int32(index)
    }
    sets.append(set)
    return Int32(sets.count - 1)
  }
}
