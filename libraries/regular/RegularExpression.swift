// SPDX-License-Identifier: MIT
public import Base
import Core

/// A regular expression of the shell: the leftmost match counts, and of several the one that the
/// pattern prefers. Matching takes time that grows with text times pattern.
public struct RegularExpression {
  /// The most nodes of a compiled pattern.
  static var sizeLimit: Int { 20_000 }
  /// The most bytes that `replacing` makes.
  public static var outputLimit: Int { 64 << 20 }

  private let program: RegularProgram
  private let groupCount: Int

  /// - Throws: what is wrong with the pattern.
  @export(interface)
  public init(_ pattern: Text) throws(RegularExpressionError) {
    guard pattern.count <= Self.sizeLimit else {
      throw RegularExpressionError("the regular expression is too long")
    }
    var reader = PatternReader(pattern, .shell, ignoresCase: false)
    let tree = try reader.read()
    program = try RegularProgram(tree, savesGroups: true, limit: Self.sizeLimit)
    groupCount = reader.groupCount
  }

  /// Whether it fits somewhere in `text`.
  @export(interface)
  public func matches(_ text: Text) -> Bool {
    var automaton = RegularAutomaton(program, mode: .search)
    return automaton.matches(text.span)
  }

  /// The text with each place that fits replaced; `$1` in `replacement` is the first group.
  @export(interface)
  public func replacing(
    in text: Text, with replacement: Text
  ) throws(RegularExpressionError) -> Text {
    var result = Text()
    var start = 0
    var lastEnd = -1
    while start <= text.count, let groups = match(in: text, from: start),
      let first = groups[0], let last = groups[1]
    {
      result.put(text[start..<first])
      // Nothing right behind a match is none of its own.
      let counts = last > first || first != lastEnd
      if counts { put(replacement, groups, text, into: &result) }
      lastEnd = last
      if last > first {
        start = last
      } else {
        if last < text.count { result.put(text[last]) }
        start = last + 1
      }
      guard result.count <= Self.outputLimit else {
        throw RegularExpressionError("the text would be too long")
      }
    }
    if start < text.count { result.put(text[start...]) }
    return result
  }

  private func put(
    _ replacement: Text, _ groups: [Int?], _ text: Text, into result: inout Text
  ) {
    var index = 0
    while index < replacement.count {
      let next = index + 1
      if let (number, end) = Self.group(in: replacement, at: index) {
        if number * 2 + 1 < groups.count, let first = groups[number * 2],
          let last = groups[number * 2 + 1]
        {
          result.put(text[first..<last])
        }
        index = end
      } else {
        result.put(replacement[index])
        let isPair =
          replacement[index] == 0x24 && next < replacement.count && replacement[next] == 0x24
        index = isPair ? next + 1 : next
      }
    }
  }

  /// `$1` or `${12}`: the group's number, and where it ends.
  private static func group(in text: Text, at index: Int) -> (number: Int, end: Int)? {
    guard text[index] == 0x24, index + 1 < text.count else { return nil }
    if text[index + 1].isASCIIDigit { return (Int(text[index + 1] - 0x30), index + 2) }
    guard text[index + 1] == 0x7B, let end = text.firstIndex(of: "}", from: index + 2),
      let number = try? Int(decimal: text[(index + 2)..<end]), number >= 0, number < 1000
    else { return nil }
    return (number, end + 1)
  }

  /// The bounds of the leftmost match and its groups; `nil` if there is none.
  private func match(in text: Text, from start: Int) -> [Int?]? {
    var machine = RegularMachine(program, text, slots: (groupCount + 1) * 2)
    return machine.run(from: start)
  }
}
