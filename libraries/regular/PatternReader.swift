// SPDX-License-Identifier: MIT
import Base
import Core

/// Reads a pattern: alternatives, repetition, groups. Atoms are in `PatternReader+Atoms.swift`.
struct PatternReader {
  let pattern: Text
  let syntax: RegularSyntax
  let ignoresCase: Bool
  var index = 0
  private var depth = 0
  /// How many repetitions are within one another in what was read last.
  private var height = 0
  private(set) var groupCount = 0

  private static var depthLimit: Int { 100 }
  private static var repetitionLimit: Int { 1000 }

  init(_ pattern: Text, _ syntax: RegularSyntax, ignoresCase: Bool) {
    self.pattern = pattern
    self.syntax = syntax
    self.ignoresCase = ignoresCase
  }

  mutating func read() throws(RegularExpressionError) -> PatternTree {
    if syntax == .literal {
      var parts: [PatternTree] = []
      for byte in pattern.bytes { parts.append(tree(of: byte)) }
      return .sequence(parts)
    }
    let tree = try alternatives()
    guard index == pattern.count else { throw failure("unmatched )") }
    return tree
  }

  func failure(_ what: Text) -> RegularExpressionError {
    RegularExpressionError("invalid regular expression " + pattern.quotedForMessage + ": " + what)
  }

  var current: UInt8? { index < pattern.count ? pattern[index] : nil }

  // MARK: Operators

  enum Operator { case alternative, open, close, star, plus, question, interval }

  /// The operator at `place`, and how many bytes spell it.
  func symbol(at place: Int) -> (symbol: Operator, length: Int)? {
    guard place < pattern.count else { return nil }
    if syntax == .basic {
      if pattern[place] == 0x2A { return (.star, 1) }
      guard pattern[place] == 0x5C, place + 1 < pattern.count,
        let symbol = Self.symbol(pattern[place + 1])
      else { return nil }
      return symbol == .star ? nil : (symbol, 2)
    }
    return Self.symbol(pattern[place]).map { ($0, 1) }
  }

  private static func symbol(_ byte: UInt8) -> Operator? {
    switch byte {
    case 0x7C: .alternative
    case 0x28: .open
    case 0x29: .close
    case 0x2A: .star
    case 0x2B: .plus
    case 0x3F: .question
    case 0x7B: .interval
    default: nil
    }
  }

  // MARK: Structure

  mutating func alternatives() throws(RegularExpressionError) -> PatternTree {
    depth += 1
    guard depth <= Self.depthLimit else { throw failure("groups are nested too deeply") }
    var choices = [try sequence()]
    var highest = height
    while let (symbol, length) = symbol(at: index), symbol == .alternative {
      index += length
      choices.append(try sequence())
      highest = max(highest, height)
    }
    height = highest
    depth -= 1
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func sequence() throws(RegularExpressionError) -> PatternTree {
    var parts: [PatternTree] = []
    /// Whether nothing but anchors came before: there, basic syntax takes `*` as it is.
    var isAtStart = true
    var highest = 0
    while index < pattern.count {
      let found = symbol(at: index)
      if let found, found.symbol == .alternative || found.symbol == .close {
        // A lone `)` is an error in `read`.
        break
      }
      let place = index
      height = 0
      let atom = try atom(isAtStart: isAtStart)
      parts.append(try repeated(atom, isAnchor: isAnchor(atom, from: place)))
      isAtStart = isAtStart && isAnchor(atom, from: place)
      highest = max(highest, height)
    }
    height = highest
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private func isAnchor(_ tree: PatternTree, from place: Int) -> Bool {
    if case .assertion(.start) = tree { return pattern[place] == 0x5E }
    return false
  }

  mutating func group() throws(RegularExpressionError) -> PatternTree {
    var number: Int?
    if syntax == .shell, current == 0x3F, index + 1 < pattern.count, pattern[index + 1] == 0x3A {
      index += 2
    } else {
      groupCount += 1
      number = groupCount
    }
    let inner = try alternatives()
    guard let (symbol, length) = symbol(at: index), symbol == .close else {
      throw failure(syntax == .basic ? "unmatched \\(" : "unmatched (")
    }
    index += length
    guard let number else { return inner }
    return .group(inner, number)
  }

  // MARK: Repetition

  private mutating func repeated(
    _ atom: PatternTree, isAnchor: Bool
  ) throws(RegularExpressionError) -> PatternTree {
    var tree = atom
    while let (symbol, length) = symbol(at: index) {
      var (low, high): (Int, Int?)
      switch symbol {
      case .star where syntax == .basic && isAnchor: return tree
      case .star: (low, high) = (0, nil)
      case .plus: (low, high) = (1, nil)
      case .question: (low, high) = (0, 1)
      case .interval:
        guard let counts = try interval(index + length) else { return tree }
        (low, high) = counts
      case .alternative, .open, .close: return tree
      }
      if symbol != .interval { index += length }
      guard low <= Self.repetitionLimit, high ?? 0 <= Self.repetitionLimit, low <= high ?? low
      else { throw failure("invalid repetition") }
      var isLazy = false
      if syntax == .shell, current == 0x3F {
        isLazy = true
        index += 1
      }
      height += 1
      guard height <= Self.depthLimit else {
        throw failure("repetitions are nested too deeply")
      }
      tree = .repetition(tree, low: low, high: high, isLazy: isLazy)
    }
    return tree
  }

  /// The counts in `{2}`, `{2,}`, `{,5}`, `{2,5}`, after which reading goes on. `nil`, and nothing
  /// taken, if a brace stands for itself, as it may in all but basic syntax.
  private mutating func interval(
    _ start: Int
  ) throws(RegularExpressionError) -> (Int, Int?)? {
    guard let (counts, end) = counts(start) else {
      guard syntax == .basic else { return nil }
      throw failure("invalid content of \\{\\}")
    }
    index = end
    return counts
  }

  private func counts(_ start: Int) -> (counts: (Int, Int?), end: Int)? {
    guard let close = pattern.firstIndex(of: 0x7D, from: start) else { return nil }
    var end = close
    if syntax == .basic {
      guard close > start, pattern[close - 1] == 0x5C else { return nil }
      end -= 1
    }
    let parts = pattern[start..<end].split(at: 0x2C)
    guard parts.count <= 2 else { return nil }
    var low = 0
    if !parts[0].isEmpty || parts.count == 1 || syntax == .shell {
      guard let number = Self.count(parts[0]) else { return nil }
      low = number
    }
    guard parts.count == 2 else { return ((low, low), close + 1) }
    if parts[1].isEmpty { return ((low, nil), close + 1) }
    guard let high = Self.count(parts[1]) else { return nil }
    return ((low, high), close + 1)
  }

  private static func count(_ text: Text) -> Int? {
    guard !text.isEmpty, text.bytes.allSatisfy({ $0.isASCIIDigit }) else { return nil }
    return (try? Int(decimal: text)) ?? Int.max
  }
}
