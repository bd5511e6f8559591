// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// An expression of `test`, read and worked out in one go.
///
/// Up to four words mean what POSIX says by their number; more are read as a grammar.
struct TestExpression {
  private let words: [Text]
  private let system: UtilitySystem
  private var index = 0
  private var depth = 0

  private static var depthLimit: Int { 1000 }

  init(_ words: [Text], _ system: UtilitySystem) {
    self.words = words
    self.system = system
  }

  mutating func value() throws(UtilityStop) -> Bool {
    switch words.count {
    case 0: return false
    case 1: return !words[0].isEmpty
    case 2: return try two(0)
    case 3: return try three(0)
    case 4:
      if words[0] == "!" { return try !three(1) }
      if words[0] == "(", words[3] == ")" { return try two(1) }
    default: break
    }
    let result = try alternatives()
    guard index == words.count else {
      throw .usage("extra argument " + words[index].quotedForMessage)
    }
    return result
  }

  private func two(_ start: Int) throws(UtilityStop) -> Bool {
    if words[start] == "!" { return words[start + 1].isEmpty }
    guard let operation = Unary(words[start]) else {
      throw .usage(words[start].quotedForMessage + ": unary operator expected")
    }
    return try holds(operation, words[start + 1])
  }

  private func three(_ start: Int) throws(UtilityStop) -> Bool {
    if let operation = Binary(words[start + 1]) {
      return try holds(words[start], operation, words[start + 2])
    }
    if words[start + 1] == "-a" { return !words[start].isEmpty && !words[start + 2].isEmpty }
    if words[start + 1] == "-o" { return !words[start].isEmpty || !words[start + 2].isEmpty }
    if words[start] == "!" { return try !two(start + 1) }
    if words[start] == "(", words[start + 2] == ")" { return !words[start + 1].isEmpty }
    throw .usage(words[start + 1].quotedForMessage + ": binary operator expected")
  }

  // MARK: The grammar

  private mutating func alternatives() throws(UtilityStop) -> Bool {
    var result = try conjunction()
    while index < words.count, words[index] == "-o" {
      index += 1
      let other = try conjunction()
      result = result || other
    }
    return result
  }

  private mutating func conjunction() throws(UtilityStop) -> Bool {
    var result = try negation()
    while index < words.count, words[index] == "-a" {
      index += 1
      let other = try negation()
      result = result && other
    }
    return result
  }

  private mutating func negation() throws(UtilityStop) -> Bool {
    var isNegated = false
    // A last exclamation mark, and one before an operator, is a text.
    while index + 1 < words.count, words[index] == "!",
      !(index + 2 < words.count && Binary(words[index + 1]) != nil)
    {
      index += 1
      isNegated.toggle()
    }
    return try primary() != isNegated
  }

  private mutating func primary() throws(UtilityStop) -> Bool {
    guard index < words.count else { throw .usage("argument expected") }
    let word = words[index]
    if index + 2 < words.count, let operation = Binary(words[index + 1]) {
      index += 3
      return try holds(word, operation, words[index - 1])
    }
    if word == "(" {
      index += 1
      depth += 1
      guard depth <= Self.depthLimit else { throw .usage("nested too deeply") }
      let result = try alternatives()
      guard index < words.count, words[index] == ")" else { throw .usage("')' expected") }
      index += 1
      depth -= 1
      return result
    }
    if index + 1 < words.count, let operation = Unary(word) {
      index += 2
      return try holds(operation, words[index - 1])
    }
    index += 1
    return !word.isEmpty
  }

  // MARK: Operators

  private enum Unary {
    case isFilled, isEmpty, isTerminal
    case file(UInt8)

    init?(_ word: Text) {
      guard word.count == 2, word[0] == 0x2D else { return nil }
      switch word[1] {
      case UInt8(ascii: "n"): self = .isFilled
      case UInt8(ascii: "z"): self = .isEmpty
      case UInt8(ascii: "t"): self = .isTerminal
      case let letter where Text("abcdefghkLOGprSsuwx").contains(letter): self = .file(letter)
      default: return nil
      }
    }
  }

  private enum Binary {
    case equal, unequal, before, behind, newer, older, same
    case number(StaticString)

    init?(_ word: Text) {
      switch word {
      case "=", "==": self = .equal
      case "!=": self = .unequal
      case "<": self = .before
      case ">": self = .behind
      case "-nt": self = .newer
      case "-ot": self = .older
      case "-ef": self = .same
      case "-eq": self = .number("eq")
      case "-ne": self = .number("ne")
      case "-lt": self = .number("lt")
      case "-le": self = .number("le")
      case "-gt": self = .number("gt")
      case "-ge": self = .number("ge")
      default: return nil
      }
    }
  }

  private func holds(_ operation: Unary, _ word: Text) throws(UtilityStop) -> Bool {
    switch operation {
    case .isFilled: return !word.isEmpty
    case .isEmpty: return word.isEmpty
    case .isTerminal:
      let number = try number(word)
      return number >= 0 && number < 1024
        && system.isTerminal(Handle(rawValue: UInt32(truncatingIfNeeded: number)))
    case .file(let letter): return FileTest.holds(letter, word, system)
    }
  }

  private func holds(
    _ left: Text, _ operation: Binary, _ right: Text
  ) throws(UtilityStop) -> Bool {
    switch operation {
    case .equal: return left == right
    case .unequal: return left.bytes != right.bytes
    case .before: return left < right
    case .behind: return right < left
    case .number(let name):
      let (first, second) = (try number(left), try number(right))
      switch Text(name) {
      case "eq": return first == second
      case "ne": return first != second
      case "lt": return first < second
      case "le": return first <= second
      case "gt": return first > second
      default: return first >= second
      }
    case .newer, .older, .same:
      let first = system.statusIfAny(left)
      let second = system.statusIfAny(right)
      if case .same = operation {
        guard let first, let second else { return false }
        return first.isSame(as: second)
      }
      // A file that is missing is older than any.
      if case .older = operation { return FileTest.isNewer(second, first) }
      return FileTest.isNewer(first, second)
    }
  }

  private func number(_ word: Text) throws(UtilityStop) -> Int {
    guard let number = try? Int(decimal: word.trimmed()) else {
      throw .usage(word.quotedForMessage + ": integer expression expected")
    }
    return number
  }
}

/// What can be asked of a file.
enum FileTest {
  static func holds(_ letter: UInt8, _ path: Text, _ system: UtilitySystem) -> Bool {
    let isOfLink = letter == UInt8(ascii: "h") || letter == UInt8(ascii: "L")
    guard let status = system.statusIfAny(path, following: !isOfLink) else { return false }
    switch letter {
    case UInt8(ascii: "b"): return status.type == FileMode.blockDevice
    case UInt8(ascii: "c"): return status.type == FileMode.characterDevice
    case UInt8(ascii: "d"): return status.isDirectory
    case UInt8(ascii: "f"): return status.isRegular
    case UInt8(ascii: "g"): return status.mode & 0o2000 != 0
    case UInt8(ascii: "h"), UInt8(ascii: "L"): return status.isLink
    case UInt8(ascii: "k"): return status.mode & 0o1000 != 0
    case UInt8(ascii: "O"): return status.user == system.user
    case UInt8(ascii: "G"): return status.group == system.group
    case UInt8(ascii: "p"): return status.type == FileMode.fifo
    case UInt8(ascii: "r"): return isAllowed(4, status, system)
    case UInt8(ascii: "S"): return status.type == FileMode.socket
    case UInt8(ascii: "s"): return status.size > 0
    case UInt8(ascii: "u"): return status.mode & 0o4000 != 0
    case UInt8(ascii: "w"): return isAllowed(2, status, system)
    case UInt8(ascii: "x"): return isAllowed(1, status, system)
    default: return true
    }
  }

  /// Whether the mode's bits let this process do it; the superuser may all but run what nobody may.
  static func isAllowed(_ bit: UInt32, _ status: FileStatus, _ system: UtilitySystem) -> Bool {
    let groups = system.groups
    return status.allows(bit, user: system.user, group: system.group, groups: groups.span)
  }

  static func isNewer(_ first: FileStatus?, _ second: FileStatus?) -> Bool {
    guard let first else { return false }
    guard let second else { return true }
    return first.modified > second.modified
  }
}
