// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander

extension Shell {
  /// `test`: 0 if it holds, 1 if not, 2 if it cannot be asked.
  func test(_ words: [Text]) -> Int {
    var arguments = Array(words[1...])
    var isInverted = false
    while arguments.count > 1, arguments[0] == "!" {
      isInverted.toggle()
      arguments.removeFirst()
    }
    let holds: Bool?
    switch arguments.count {
    case 0: holds = false
    case 1: holds = !arguments[0].isEmpty
    case 2: holds = test(arguments[0], arguments[1])
    case 3: holds = test(arguments[0], arguments[1], arguments[2])
    default:
      report("test: too many arguments")
      return 2
    }
    guard let holds else { return 2 }
    return holds != isInverted ? 0 : 1
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
    case "-t": return (try? Int(decimal: operand)).map { system.isTerminal($0) } ?? false
    default:
      report("test: unknown condition: " + option)
      return nil
    }
  }

  private func test(_ left: Text, _ comparison: Text, _ right: Text) -> Bool? {
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
    case "-eq", "-ne", "-lt", "-le", "-gt", "-ge":
      guard let order = order(left, right) else { return nil }
      switch comparison {
      case "-eq": return order == 0
      case "-ne": return order != 0
      case "-lt": return order < 0
      case "-le": return order <= 0
      case "-gt": return order > 0
      default: return order >= 0
      }
    default:
      report("test: unknown condition: " + comparison)
      return nil
    }
  }

  /// Below zero if the left number is smaller, above if it is larger; `nil`, with a message, if one
  /// is no number.
  private func order(_ left: Text, _ right: Text) -> Int? {
    var numbers: [Number] = []
    for text in [left, right] {
      guard let number = Number(spaced: text) else {
        report("test: integer expression expected: '" + text + "'")
        return nil
      }
      numbers.append(number)
    }
    if case .whole(let first) = numbers[0], case .whole(let second) = numbers[1] {
      return first < second ? -1 : first > second ? 1 : 0
    }
    let (first, second) = (numbers[0].double, numbers[1].double)
    return first < second ? -1 : first > second ? 1 : 0
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
