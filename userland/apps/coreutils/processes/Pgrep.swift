// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import Regular
import UtilityFrame

enum Pgrep: UtilityProgram {
  static var manual: Manual {
    Manual(
      "pgrep", "find processes by name", synopsis: ["[-acflnovx] [-P LIST] [-u LIST] [PATTERN]"],
      description: ProcessChoice.description,
      options: ProcessChoice.options + [
        .init("-a, --list-full", "also the arguments"),
        .init("-c, --count", "only how many there are"),
        .init("-l, --list-name", "also the name"),
      ],
      exitStatus: ProcessChoice.exitStatus, seeAlso: ["pkill", "ps"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let found = try ProcessChoice(options, invocation).processes(invocation)
    if options.has("-c") {
      invocation.output.put(decimal: UInt64(found.count))
      invocation.output.put("\n")
      return found.isEmpty ? 1 : 0
    }
    for process in found {
      invocation.output.put(decimal: UInt64(process.number))
      if options.has("-a") {
        invocation.output.put(" ")
        invocation.output.put(
          ProcessArguments(system: invocation.system).commandLine(of: process))
      } else if options.has("-l") {
        invocation.output.put(" ")
        invocation.output.put(process.name.withQuestionMarks)
      }
      invocation.output.put("\n")
    }
    return found.isEmpty ? 1 : 0
  }
}

enum Pkill: UtilityProgram {
  static var manual: Manual {
    Manual(
      "pkill", "send a signal to processes by name",
      synopsis: ["[-SIGNAL] [-efnovx] [-P LIST] [-u LIST] [PATTERN]"],
      description: ProcessChoice.description,
      options: ProcessChoice.options + [
        .init("-e, --echo", "say whom the signal was sent to"),
        .init("--signal=SIGNAL", "which signal, by name or number; TERM without it"),
      ],
      exitStatus: ProcessChoice.exitStatus, seeAlso: ["kill", "pgrep"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    var arguments = invocation.arguments
    var signal: UInt32 = 15
    // As with kill, `-9` and `-HUP` name the signal. One letter is an option.
    if let first = arguments.first, first.hasPrefix("-"),
      first.count > 2
        || first.count == 2
          && first[1].isASCIIDigit,
      let number = SignalNames.number(first[1...])
    {
      signal = number
      arguments.removeFirst()
    }
    let options = try invocation.options(of: arguments)
    if let name = options.value("--signal") {
      guard let number = SignalNames.number(name) else {
        throw .usage("unknown signal " + name.quotedForMessage)
      }
      signal = number
    }
    let found = try ProcessChoice(options, invocation).processes(invocation)
    for process in found {
      do throws(SystemError) {
        try invocation.system.signal(Int(process.number), signal)
      } catch {
        // It ended meanwhile: that is what was wanted.
        if error == .noProcess { continue }
        invocation.complain(Text { $0.put(decimal: UInt64(process.number)) }, error)
        continue
      }
      guard options.has("-e") else { continue }
      invocation.output.put(process.name.withQuestionMarks + " ")
      invocation.output.put(decimal: UInt64(process.number))
      invocation.output.put("\n")
    }
    return found.isEmpty ? 1 : 0
  }
}

/// What `pgrep` and `pkill` share.
struct ProcessChoice {
  private let options: Options
  private let pattern: LineMatcher?
  private let parents: [UInt32]
  private let users: [UInt32]

  static var description: StaticString {
    """
    Takes the processes whose name fits the pattern, a POSIX extended regular expression, somewhere. \
    The kernel keeps 31 bytes of a name. The command itself is never among them.
    """
  }

  static var options: [Manual.Entry] {
    [
      .init("-f, --full", "look at all arguments, not only the name"),
      .init("-n, --newest", "only the one that was started last"),
      .init("-o, --oldest", "only the one that was started first"),
      .init("-P, --parent=LIST", "children of these processes, apart by commas"),
      .init("-u, --euid=LIST", "processes of these users"),
      .init("-v, --inverse", "all others"),
      .init("-x, --exact", "the whole name must fit the pattern"),
    ]
  }

  static var exitStatus: [Manual.Entry] {
    [
      .init("0", "There are such processes."), .init("1", "There are none."),
      .init("2", "The call was wrong."),
    ]
  }

  init(_ options: Options, _ invocation: Invocation) throws(UtilityStop) {
    self.options = options
    guard options.operands.count <= 1 else { throw .usage("only one pattern can be given") }
    pattern = try options.operands.first.map { text throws(UtilityStop) in
      try Self.matcher(text, isWhole: options.has("-x"))
    }
    var parents: [UInt32] = []
    for value in options.values("-P") {
      for word in value.split(at: UInt8(ascii: ",")) {
        guard let number = wholeNumber(word), let process = UInt32(exactly: number) else {
          throw .usage(word.quotedForMessage + " is no process number")
        }
        parents.append(process)
      }
    }
    let names = UserNames(invocation.system)
    var users: [UInt32] = []
    for value in options.values("-u") {
      for word in value.split(at: UInt8(ascii: ",")) {
        guard let user = names.user(word) else {
          throw .usage("there is no user " + word.quotedForMessage)
        }
        users.append(user)
      }
    }
    self.parents = parents
    self.users = users
    guard pattern != nil || !parents.isEmpty || !users.isEmpty else {
      throw .usage("which processes?")
    }
  }

  func processes(_ invocation: Invocation) throws(UtilityStop) -> [ProcessRecord] {
    let own = invocation.system.processNumber
    let arguments = ProcessArguments(system: invocation.system)
    var found: [ProcessRecord] = []
    for process in try ProcessList.read(invocation).processes where process.number != own {
      if matches(process, arguments) != options.has("-v") { found.append(process) }
    }
    guard options.has("-n") || options.has("-o"), var best = found.first else { return found }
    for process in found where (process.start > best.start) == options.has("-n") { best = process }
    return [best]
  }

  private func matches(_ process: ProcessRecord, _ arguments: ProcessArguments) -> Bool {
    if !parents.isEmpty, !parents.contains(process.parent) { return false }
    if !users.isEmpty, !users.contains(process.user) { return false }
    guard var pattern else { return true }
    var name = process.name
    if options.has("-f"), let words = arguments.arguments(of: process) {
      name = words.joined(by: " ")
    }
    // Arguments may have any byte but a zero, so that ends the line.
    name.put(0)
    return pattern.nextLine(in: name.span, from: 0, to: name.count) != nil
  }

  private static func matcher(
    _ pattern: Text, isWhole: Bool
  ) throws(UtilityStop) -> LineMatcher {
    var options = RegularOptions()
    options.matchesAll = isWhole
    do throws(RegularExpressionError) {
      return try LineMatcher([pattern], .extended, options, terminator: 0)
    } catch { throw .usage(error.message) }
  }
}
