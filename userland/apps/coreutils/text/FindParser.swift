// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// Reads the words behind the paths.
struct FindParser {
  private let words: [Text]
  private let system: UtilitySystem
  private var index = 0
  private var depth = 0
  private(set) var hasAction = false
  private(set) var leastDepth = 0
  private(set) var mostDepth = Int.max
  private(set) var isDepthFirst = false
  private(set) var staysOnDevice = false
  /// Commands of `-exec … +`.
  private(set) var collected: [[Text]] = []

  private static var depthLimit: Int { 1000 }

  init(_ words: [Text], _ system: UtilitySystem) {
    self.words = words
    self.system = system
  }

  /// `nil` if there is no expression.
  mutating func parse() throws(UtilityStop) -> FindExpression? {
    guard !words.isEmpty else { return nil }
    let expression = try alternatives()
    guard index == words.count else {
      throw .usage(
        words[index] == ")"
          ? "there is a ) without a (" : "unexpected " + words[index].quotedForMessage)
    }
    return expression
  }

  private var current: Text? { index < words.count ? words[index] : nil }

  private mutating func take(_ names: StaticString...) -> Bool {
    guard let current else { return false }
    for name in names where current == name {
      index += 1
      return true
    }
    return false
  }

  // MARK: Structure

  // Lists are joined in a loop; their trees lean to the left, and how deep they may get is bounded.

  private mutating func alternatives() throws(UtilityStop) -> FindExpression {
    depth += 1
    guard depth <= Self.depthLimit else { throw .usage("parentheses are nested too deeply") }
    var parts = [try conjunction()]
    while take("-o", "-or") { parts.append(try conjunction()) }
    depth -= 1
    return Self.joined(parts[...]) { .either($0, $1) }
  }

  private mutating func conjunction() throws(UtilityStop) -> FindExpression {
    var parts = [try negation()]
    while let word = current, word != ")", word != "-o", word != "-or" {
      _ = take("-a", "-and")
      parts.append(try negation())
    }
    return Self.joined(parts[...]) { .both($0, $1) }
  }

  /// A balanced tree, so that long lists are no deep ones.
  private static func joined(
    _ parts: ArraySlice<FindExpression>,
    _ join: (FindExpression, FindExpression) -> FindExpression
  ) -> FindExpression {
    if parts.count == 1 { return parts[parts.startIndex] }
    let middle = parts.startIndex + parts.count / 2
    return join(joined(parts[..<middle], join), joined(parts[middle...], join))
  }

  private mutating func negation() throws(UtilityStop) -> FindExpression {
    var isNegated = false
    while take("!", "-not") { isNegated.toggle() }
    let expression = try primary()
    return isNegated ? .negation(expression) : expression
  }

  private mutating func primary() throws(UtilityStop) -> FindExpression {
    guard let word = current else { throw .usage("an expression is missing at the end") }
    index += 1
    if word == "(" {
      let inner = try alternatives()
      guard take(")") else { throw .usage("a ) is missing") }
      return inner
    }
    if let action = try action(word) {
      if case .prune = action { return .action(action) }
      hasAction = true
      return .action(action)
    }
    return .test(try test(word))
  }

  private mutating func argument(of word: Text) throws(UtilityStop) -> Text {
    guard let argument = current else {
      throw .usage("missing argument to " + word.quotedForMessage)
    }
    index += 1
    return argument
  }

  private mutating func number(of word: Text) throws(UtilityStop) -> FindNumber {
    let argument = try argument(of: word)
    guard let number = FindNumber(argument) else { throw Self.wrong(argument, word) }
    return number
  }

  private static func wrong(_ argument: Text, _ word: Text) -> UtilityStop {
    .usage("invalid argument " + argument.quotedForMessage + " to " + word.quotedForMessage)
  }

  // MARK: Actions

  private mutating func action(_ word: Text) throws(UtilityStop) -> FindAction? {
    switch word {
    case "-print": return .print(end: 0x0A)
    case "-print0": return .print(end: 0)
    case "-prune": return .prune
    case "-quit": return .quit
    case "-delete":
      isDepthFirst = true
      return .delete
    case "-exec": return try command()
    default: return nil
    }
  }

  /// The words up to `;`, or up to `{} +`.
  private mutating func command() throws(UtilityStop) -> FindAction {
    var command: [Text] = []
    while let word = current {
      index += 1
      if word == ";", !command.isEmpty { return .execute(command) }
      if word == "+", command.last == "{}" as Text, command.count > 1 {
        command.removeLast()
        for word in command where word == "{}" {
          throw .usage("only one {} may be in -exec … +")
        }
        collected.append(command)
        return .collect(collected.count - 1)
      }
      command.append(word)
    }
    throw .usage("missing ; or {} + after '-exec'")
  }

  // MARK: Tests

  private mutating func test(_ word: Text) throws(UtilityStop) -> FindTest {
    switch word {
    case "-name": return .name(try argument(of: word), ignoresCase: false)
    case "-iname": return .name(try argument(of: word), ignoresCase: true)
    case "-path", "-wholename": return .path(try argument(of: word), ignoresCase: false)
    case "-ipath", "-iwholename": return .path(try argument(of: word), ignoresCase: true)
    case "-lname": return .linkTarget(try argument(of: word))
    case "-type": return .type(try types(word))
    case "-size": return try size(word)
    case "-empty": return .empty
    case "-true": return .always(true)
    case "-false": return .always(false)
    case "-links": return .links(try number(of: word))
    case "-inum": return .inode(try number(of: word))
    case "-uid": return .user(try number(of: word))
    case "-gid": return .group(try number(of: word))
    case "-user", "-group": return try owner(word)
    case "-perm": return try permissions(word)
    case "-newer": return try newer(word)
    case "-mtime", "-atime", "-ctime", "-mmin", "-amin", "-cmin":
      let time: FindTime = word[1] == 0x6D ? .modified : word[1] == 0x61 ? .accessed : .changed
      let minute: UInt64 = 60_000_000_000
      return .age(time, try number(of: word), unit: word.hasSuffix("min") ? minute : minute * 1440)
    case "-maxdepth":
      mostDepth = try depthArgument(word)
      return .always(true)
    case "-mindepth":
      leastDepth = try depthArgument(word)
      return .always(true)
    case "-depth", "-d":
      isDepthFirst = true
      return .always(true)
    case "-mount", "-xdev":
      staysOnDevice = true
      return .always(true)
    default: throw .usage("unknown predicate " + word.quotedForMessage)
    }
  }

  private mutating func depthArgument(_ word: Text) throws(UtilityStop) -> Int {
    let argument = try argument(of: word)
    guard let number = try? UInt64(decimal: argument.span) else { throw Self.wrong(argument, word) }
    return Int(clamping: number)
  }

  private mutating func types(_ word: Text) throws(UtilityStop) -> [UInt32] {
    let argument = try argument(of: word)
    var types: [UInt32] = []
    for letter in argument.split(at: 0x2C) {
      switch letter {
      case "b": types.append(FileMode.blockDevice)
      case "c": types.append(FileMode.characterDevice)
      case "d": types.append(FileMode.directory)
      case "f": types.append(FileMode.regular)
      case "l": types.append(FileMode.symbolicLink)
      case "p": types.append(FileMode.fifo)
      case "s": types.append(FileMode.socket)
      default: throw Self.wrong(argument, word)
      }
    }
    return types
  }

  private mutating func size(_ word: Text) throws(UtilityStop) -> FindTest {
    let argument = try argument(of: word)
    var unit: UInt64 = 512
    var digits = argument
    switch argument.bytes.last {
    case UInt8(ascii: "c"): unit = 1
    case UInt8(ascii: "w"): unit = 2
    case UInt8(ascii: "b"): unit = 512
    case UInt8(ascii: "k"): unit = 1 << 10
    case UInt8(ascii: "M"): unit = 1 << 20
    case UInt8(ascii: "G"): unit = 1 << 30
    default: digits.put(0x62)
    }
    guard let number = FindNumber(digits[0..<(digits.count - 1)]) else {
      throw Self.wrong(argument, word)
    }
    return .size(number, unit: unit)
  }

  private mutating func permissions(_ word: Text) throws(UtilityStop) -> FindTest {
    let argument = try argument(of: word)
    var text = argument
    var kind = FindPermission.exact
    if text.hasPrefix("-") || text.hasPrefix("/") {
      kind = text.hasPrefix("-") ? .all : .any
      text = text[1...]
    }
    guard let mode = SymbolicMode(text) else { throw Self.wrong(argument, word) }
    return .permissions(mode.applied(to: 0, isDirectory: false, mask: 0) & 0o7777, kind)
  }

  /// A name or a number.
  private mutating func owner(_ word: Text) throws(UtilityStop) -> FindTest {
    let argument = try argument(of: word)
    let names = UserNames(system)
    let found = word == "-user" ? names.user(argument) : names.group(argument)
    guard let found, let number = FindNumber(Text { $0.put(decimal: UInt64(found)) }) else {
      throw Self.wrong(argument, word)
    }
    return word == "-user" ? .user(number) : .group(number)
  }

  private mutating func newer(_ word: Text) throws(UtilityStop) -> FindTest {
    let path = try argument(of: word)
    do throws(SystemError) {
      return .newer(.modified, try system.status(path, following: true).modified)
    } catch {
      throw .failed(path.shownSafely + ": " + Text(error.explanation))
    }
  }
}
