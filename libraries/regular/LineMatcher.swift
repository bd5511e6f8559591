// SPDX-License-Identifier: MIT
public import Base
import Core

/// Finds the lines that fit one of several patterns, and the places in them that do.
///
/// Of several matches at one place the longest counts, as POSIX has it. Patterns with bytes that
/// must occur are looked for by these first. Finding a line takes time that grows with text times
/// pattern; finding all matches of one line may take the square of its length for patterns such as
/// `a|a*b`.
public struct LineMatcher {
  private let terminator: UInt8
  /// Bytes that every fitting line has.
  private let literal: LiteralSearch?
  /// Whether these are all that is asked for.
  private let isLiteral: Bool
  private let tree: PatternTree
  private var search: RegularAutomaton
  /// The classes of `search`, with the terminator's the end.
  private var classes: [UInt16]
  private var start: Int32 = 0
  private var generation = 0
  /// Made when places are asked for.
  private var longest: RegularAutomaton?
  private var reversed: RegularAutomaton?

  private static var sizeLimit: Int { 400_000 }

  /// - Parameter terminator: what ends a line; it is no part of it.
  /// - Throws: what is wrong with a pattern.
  @export(interface)
  public init(
    _ patterns: [Text], _ syntax: RegularSyntax, _ options: RegularOptions, terminator: UInt8
  ) throws(RegularExpressionError) {
    var choices: [PatternTree] = []
    for pattern in patterns {
      var reader = PatternReader(pattern, syntax, ignoresCase: options.ignoresCase)
      choices.append(try reader.read())
    }
    var tree: PatternTree = choices.count == 1 ? choices[0] : .choice(choices)
    // No pattern fits no line.
    if choices.isEmpty { tree = .set(ByteSet()) }
    if options.matchesAll {
      tree = .sequence([.assertion(.start), tree, .assertion(.end)])
    } else if options.matchesWords {
      tree = .sequence([.assertion(.noWordBefore), tree, .assertion(.noWordAfter)])
    }
    self.tree = tree
    self.terminator = terminator
    let whole = tree.literal
    let bytes = whole ?? tree.requiredLiteral
    literal = bytes.isEmpty || bytes.contains(terminator) ? nil : LiteralSearch(bytes)
    isLiteral = literal != nil && (whole?.count ?? Int.max) <= LiteralSearch.longest
    let program = try RegularProgram(tree, limit: Self.sizeLimit)
    search = RegularAutomaton(program, mode: .search)
    classes = search.classes
    classes[Int(terminator)] = UInt16(search.endClass)
    refresh()
  }

  private mutating func refresh() {
    start = search.start(behind: .edge)
    generation = search.generation
  }

  /// The first line that fits among those of `text[first..<end]`, which begins with a line and ends
  /// with one, terminated or not.
  ///
  /// - Returns: its bounds, without the terminator.
  @export(interface)
  public mutating func nextLine(
    in text: Span<UInt8>, from first: Int, to end: Int
  ) -> Range<Int>? {
    guard let literal else { return scan(text, first, end) }
    var place = first
    while let found = literal.firstIndex(in: text, from: place, to: end) {
      let line = line(around: found, in: text, from: place, to: end)
      if isLiteral || matches(text.extracting(line)) { return line }
      place = line.upperBound + 1
    }
    return nil
  }

  private func line(
    around place: Int, in text: Span<UInt8>, from first: Int, to end: Int
  ) -> Range<Int> {
    var start = place
    while start > first, text[start - 1] != terminator { start &-= 1 }
    let stop = text.firstIndex(of: terminator, from: place) ?? end
    return start..<min(stop, end)
  }

  /// Runs the automaton over all lines at once: at a terminator it begins again.
  private mutating func scan(_ text: Span<UInt8>, _ first: Int, _ end: Int) -> Range<Int>? {
    if generation != search.generation { refresh() }
    var lineStart = first
    var row = start
    var index = first
    while index < end {
      let byte = text[index]
      let kind = byte < 0x80 ? Int(classes[Int(byte)]) : search.kind(of: text, at: index)
      var step = search.steps[Int(row) &+ kind]
      if step <= 1 {
        if step < 0 { step = search.step(row, kind) }
        if step & 1 != 0 {
          let stop = text.firstIndex(of: terminator, from: index) ?? end
          return lineStart..<min(stop, end)
        }
        if kind == search.endClass {
          if generation != search.generation { refresh() }
          lineStart = index &+ 1
          row = start
          index &+= 1
          continue
        }
      }
      row = step >> 1
      index &+= 1
    }
    guard lineStart < end, search.step(row, search.endClass) & 1 != 0 else { return nil }
    return lineStart..<end
  }

  /// Whether a line fits.
  @export(interface)
  public mutating func matches(_ line: Span<UInt8>) -> Bool {
    guard isLiteral, let literal else { return search.matches(line) }
    return literal.firstIndex(in: line, from: 0, to: line.count) != nil
  }

  /// The places in a line that fit and are not empty, from left to right, none overlapping.
  ///
  /// - Throws: if the pattern is too big when read backwards.
  @export(interface)
  public mutating func matches(
    in line: Span<UInt8>
  ) throws(RegularExpressionError) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var place = 0
    if isLiteral, let literal {
      while let start = literal.firstIndex(in: line, from: place, to: line.count) {
        place = start + literal.literal.count
        found.append(start..<place)
      }
      return found
    }
    try prepareForPlaces()
    guard let starts = reversed?.starts(in: line) else { return found }
    while place < line.count {
      if starts[place], let end = longest?.end(of: place, in: line), end > place {
        found.append(place..<end)
        place = end
      } else {
        place += 1
      }
    }
    return found
  }

  private mutating func prepareForPlaces() throws(RegularExpressionError) {
    guard longest == nil else { return }
    let program = try RegularProgram(tree, limit: Self.sizeLimit)
    let mirrored = try RegularProgram(tree, isReversed: true, limit: Self.sizeLimit)
    longest = RegularAutomaton(program, mode: .anchored)
    reversed = RegularAutomaton(mirrored, mode: .everywhere)
  }
}
