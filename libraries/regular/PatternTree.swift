// SPDX-License-Identifier: MIT
import Core

/// A pattern as it was read.
indirect enum PatternTree {
  case empty
  case byte(UInt8)
  case set(ByteSet)
  /// A whole character in UTF-8, but no line feed.
  case character
  case assertion(Assertion)
  case sequence([PatternTree])
  case choice([PatternTree])
  case repetition(PatternTree, low: Int, high: Int?, isLazy: Bool)
  /// What it fits is remembered as this group.
  case group(PatternTree, Int)

  /// The bytes that it fits and nothing else; `nil` if it is more than that.
  var literal: [UInt8]? {
    switch self {
    case .byte(let byte): return [byte]
    case .group(let inner, _): return inner.literal
    case .sequence(let parts):
      var bytes: [UInt8] = []
      for part in parts {
        guard let more = part.literal else { return nil }
        bytes += more
      }
      return bytes
    default: return nil
    }
  }

  /// The longest run of bytes that is in whatever it fits; empty if none is known.
  var requiredLiteral: [UInt8] {
    var finder = LiteralFinder()
    finder.visit(self)
    finder.endRun()
    return finder.longest
  }
}

/// What a place between two bytes has to be.
enum Assertion {
  case start, end, wordEdge, noWordEdge, wordStart, wordEnd, noWordBefore, noWordAfter

  /// The same, seen from the other end.
  var mirrored: Assertion {
    switch self {
    case .start: .end
    case .end: .start
    case .wordStart: .wordEnd
    case .wordEnd: .wordStart
    case .noWordBefore: .noWordAfter
    case .noWordAfter: .noWordBefore
    case .wordEdge, .noWordEdge: self
    }
  }

  func holds(between before: Neighbour, and after: Neighbour) -> Bool {
    switch self {
    case .start: before == .edge
    case .end: after == .edge
    case .wordEdge: (before == .word) != (after == .word)
    case .noWordEdge: (before == .word) == (after == .word)
    case .wordStart: before != .word && after == .word
    case .wordEnd: before == .word && after != .word
    case .noWordBefore: before != .word
    case .noWordAfter: after != .word
    }
  }
}

/// What lies on one side of a place.
enum Neighbour: UInt8 {
  case edge, word, other

  /// What the byte at `index` of `text` is to the place before or behind it.
  init(at index: Int, of text: Span<UInt8>) {
    self = WordCharacters.isPart(at: index, of: text) ? .word : .other
  }
}

private struct LiteralFinder {
  var longest: [UInt8] = []
  private var run: [UInt8] = []

  mutating func visit(_ tree: PatternTree) {
    switch tree {
    case .empty, .assertion: break
    case .byte(let byte): run.append(byte)
    case .group(let inner, _): visit(inner)
    case .sequence(let parts): for part in parts { visit(part) }
    case .repetition(let inner, let low, _, _):
      endRun()
      if low > 0 { visit(inner) }
      endRun()
    case .set, .character, .choice: endRun()
    }
  }

  mutating func endRun() {
    if run.count > longest.count { longest = run }
    run = []
  }
}
