// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander

extension Shell {
  /// `test`: 0 if it holds, 1 if not, 2 if it cannot be asked.
  func test(_ words: [Text]) -> Int {
    if words.count > 3, let status = testConnected(words) { return status }
    var first = 1
    var isInverted = false
    while words.count - first > 1, words[first] == "!" {
      isInverted.toggle()
      first += 1
    }
    let holds: Bool?
    switch words.count - first {
    case 0: holds = false
    case 1: holds = !words[first].isEmpty
    case 2: holds = test(words[first], words[first + 1])
    case 3: holds = test(words[first], words[first + 1], words[first + 2])
    default:
      report("test: too many arguments")
      return 2
    }
    guard let holds else { return 2 }
    return holds != isInverted ? 0 : 1
  }

  /// Conditions that `-o` or `-a` connects; `nil` if neither does. `-o` binds looser than `-a`, and both
  /// looser than `!`. In front and at the end they are operands.
  private func testConnected(_ words: [Text]) -> Int? {
    let start = words[1] == "!" ? 3 : 2
    guard start < words.count - 1 else { return nil }
    var place: Int?
    var isAnd = false
    // Every comparison of a script comes here, so nothing is made for it.
    for index in start..<(words.count - 1) {
      if words[index] == "-o" {
        (place, isAnd) = (index, false)
        break
      }
      if place == nil, words[index] == "-a" { (place, isAnd) = (index, true) }
    }
    guard let place else { return nil }
    let left = test(Array(words[..<place]))
    let right = test(["test"] + words[(place + 1)...])
    if left > 1 || right > 1 { return 2 }
    return left == (isAnd ? 1 : 0) ? left : right
  }

  private func test(_ option: Text, _ operand: Text) -> Bool? {
    let facts = system.facts(operand)
    switch option {
    case "-n": return !operand.isEmpty
    case "-z": return operand.isEmpty
    case "-a", "-e": return facts != nil
    case "-f": return facts?.kind == .file
    case "-d": return facts?.kind == .directory
    case "-b": return facts?.kind == .blockDevice
    case "-c": return facts?.kind == .characterDevice
    case "-p": return facts?.kind == .pipe
    case "-S": return facts?.kind == .socket
    case "-h", "-L": return system.isLink(operand)
    case "-s": return (facts?.size ?? 0) > 0
    case "-r": return system.access(operand, .read)
    case "-w": return system.access(operand, .write)
    case "-x": return system.access(operand, .execute)
    case "-u": return (facts?.mode ?? 0) & 0o4000 != 0
    case "-g": return (facts?.mode ?? 0) & 0o2000 != 0
    case "-k": return (facts?.mode ?? 0) & 0o1000 != 0
    case "-t": return (try? Int(decimal: operand)).map { isTerminal($0) } ?? false
    default:
      report("test: unknown condition: " + option)
      return nil
    }
  }

  private func test(_ left: Text, _ comparison: Text, _ right: Text) -> Bool? {
    if let comparison = NumberComparison(comparison) {
      return order(left, right).map { comparison.holds($0) }
    }
    switch comparison {
    case "=", "==": return left == right
    case "!=": return left != right
    case "-ef":
      guard let first = system.facts(left), let second = system.facts(right) else { return false }
      return first.identity == second.identity
    case "-nt":
      guard let first = system.facts(left) else { return false }
      return system.facts(right).map { first.modified > $0.modified } ?? true
    case "-ot":
      guard let second = system.facts(right) else { return false }
      return system.facts(left).map { $0.modified < second.modified } ?? true
    default:
      report("test: unknown condition: " + comparison)
      return nil
    }
  }

  /// Below zero if the left number is smaller, above if it is larger; `nil`, with a message, if one
  /// is no number.
  private func order(_ left: Text, _ right: Text) -> Int? {
    if let first = Number.small(left), let second = Number.small(right) {
      return first < second ? -1 : first > second ? 1 : 0
    }
    guard let first = number(left), let second = number(right) else { return nil }
    if case .whole(let first) = first, case .whole(let second) = second {
      return first < second ? -1 : first > second ? 1 : 0
    }
    return first.double < second.double ? -1 : first.double > second.double ? 1 : 0
  }

  private func number(_ text: Text) -> Number? {
    if let number = Number(spaced: text) { return number }
    report("test: integer expression expected: '" + text + "'")
    return nil
  }

  func exists(_ words: [Text]) {
    status = 1
    guard words.count > 1 else { return }
    if words.contains("--help") {
      write(existsHelp)
      status = 0
      return
    }
    guard words.count > 2 else {
      status = words[1].isEmpty ? 1 : 0
      return
    }
    let name = words[2]
    let holds: Bool
    switch words[1] {
    case "-a": holds = state.variables[name].map { ($0.count ?? 0) > 0 } ?? false
    case "-s":
      if case .string(let text)? = state.variables[name] {
        holds = !text.isEmpty
      } else {
        holds = state.environment[name].map { !$0.isEmpty } ?? false
      }
    case "-b": holds = findProgram(name, in: state.variables["PATH"]?.text) != nil
    case "-d": holds = system.facts(name)?.kind == .directory
    case "-f": holds = system.facts(name)?.kind == .file
    case "--fn": holds = state.functions[name] != nil
    case let word where word.hasPrefix("-"): holds = false
    default: holds = !words[1].isEmpty
    }
    status = holds ? 0 : 1
  }

  private var existsHelp: Text {
    """
    usage: exists TEXT | exists OPTION NAME
    Succeeds if the text is not empty, or if there is:
      -a NAME    an array variable that is not empty
      -b NAME    a program in PATH
      -d PATH    a directory
      -f PATH    a file
      --fn NAME  a function
      -s NAME    a text variable that is not empty

    """
  }
}

/// How `test` compares numbers.
private enum NumberComparison {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

  init?(_ text: Text) {
    guard text.count == 3, text[0] == 0x2D else { return nil }
    switch (text[1], text[2]) {
    case (0x65, 0x71): self = .equal  // -eq
    case (0x6E, 0x65): self = .notEqual  // -ne
    case (0x6C, 0x74): self = .less  // -lt
    case (0x6C, 0x65): self = .lessOrEqual  // -le
    case (0x67, 0x74): self = .greater  // -gt
    case (0x67, 0x65): self = .greaterOrEqual  // -ge
    default: return nil
    }
  }

  /// Whether it holds for two numbers of which the first is smaller where `order` is below zero.
  func holds(_ order: Int) -> Bool {
    switch self {
    case .equal: order == 0
    case .notEqual: order != 0
    case .less: order < 0
    case .lessOrEqual: order <= 0
    case .greater: order > 0
    case .greaterOrEqual: order >= 0
    }
  }
}
