// SPDX-License-Identifier: MIT
public import Base
import Core

/// A regular expression, matched in time that grows with the text times the pattern's size: all
/// ways through the pattern are followed at once.
public struct RegularExpression {
  /// The most instructions of a compiled pattern.
  public static var sizeLimit: Int { 20_000 }
  /// The most bytes that `replacing` makes.
  public static var outputLimit: Int { 64 << 20 }

  let program: [Instruction]
  let groupCount: Int

  enum Instruction {
    case byte(UInt8)
    /// Any character but a line feed.
    case any
    case set(ByteSet)
    case start, end, wordEdge(Bool)
    /// The first is preferred.
    case either(Int, Int)
    case jump(Int)
    case save(Int)
    case match
  }

  /// - Throws: what is wrong with the pattern.
  @export(interface)
  public init(_ pattern: Text) throws(RegularExpressionError) {
    guard pattern.count <= RegularExpression.sizeLimit else {
      throw RegularExpressionError("the regular expression is too long")
    }
    var compiler = RegularCompiler(pattern)
    program = try compiler.compile()
    groupCount = compiler.groupCount
  }

  /// Whether it fits somewhere in `text`.
  @export(interface)
  public func matches(_ text: Text) -> Bool { match(in: text, from: 0) != nil }

  /// The text with each place that fits replaced; `$1` in `replacement` is the first group.
  @export(interface)
  public func replacing(
    in text: Text, with replacement: Text
  ) throws(RegularExpressionError) -> Text {
    var result = Text()
    var start = 0
    while start <= text.count, let groups = match(in: text, from: start),
      let first = groups[0], let last = groups[1]
    {
      result.put(text[start..<first])
      put(replacement, groups, text, into: &result)
      if last > first {
        start = last
      } else {
        if last < text.count { result.put(text[last]) }
        start = last + 1
      }
      guard result.count <= RegularExpression.outputLimit else {
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
      if replacement[index] == 0x24, next < replacement.count, replacement[next].isASCIIDigit {
        let group = Int(replacement[next] - 0x30) * 2
        if group + 1 < groups.count, let first = groups[group], let last = groups[group + 1] {
          result.put(text[first..<last])
        }
        index += 2
      } else {
        result.put(replacement[index])
        index = next
      }
    }
  }

  /// The bounds of the leftmost match and its groups; `nil` if there is none.
  func match(in text: Text, from start: Int) -> [Int?]? {
    var machine = RegularMachine(program, text, slots: (groupCount + 1) * 2)
    return machine.run(from: start)
  }
}

/// A set of bytes.
struct ByteSet {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  subscript(byte: UInt8) -> Bool {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: return words.0 & bit != 0
    case 1: return words.1 & bit != 0
    case 2: return words.2 & bit != 0
    default: return words.3 & bit != 0
    }
  }

  mutating func insert(_ byte: UInt8) {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  mutating func insert(_ other: ByteSet) {
    words.0 |= other.words.0
    words.1 |= other.words.1
    words.2 |= other.words.2
    words.3 |= other.words.3
  }

  mutating func insert(where condition: (UInt8) -> Bool) {
    for byte in 0...UInt8.max where condition(byte) { insert(byte) }
  }

  var inverted: ByteSet {
    var result = ByteSet()
    result.words = (~words.0, ~words.1, ~words.2, ~words.3)
    return result
  }
}
