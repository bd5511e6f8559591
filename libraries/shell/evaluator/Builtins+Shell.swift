// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

extension Shell {
  func exit(_ words: [Text]) -> Flow {
    if words.count > 1 {
      guard let number = try? Int(decimal: words[1]) else {
        fail(words[0], "'" + words[1] + "' is not a status", status: 2)
        return .exit
      }
      status = number & 0xFF
    }
    return .exit
  }

  /// Runs a text that has no lines of its own.
  func evaluateInPlace(_ text: Text) throws(ShellError) -> Flow {
    let wasHeld = holdsLine
    holdsLine = true
    defer { holdsLine = wasHeld }
    return try evaluate(text)
  }

  func source(_ words: [Text]) throws(ShellError) -> Flow {
    guard words.count > 1 else {
      fail(words[0], "a file is needed")
      return .normal
    }
    let text: Text
    do throws(SystemFailure) { text = try contents(of: words[1]) } catch {
      fail(words[0], words[1] + ": " + error.reason)
      return .normal
    }
    let saved = state.variables["args"]
    if words.count > 2 { state.variables.setGlobal("args", Value(Array(words[1...]))) }
    defer { if let saved, words.count > 2 { state.variables.setGlobal("args", saved) } }
    let (name, isNamed) = (fileName, namesFile)
    (fileName, namesFile) = (words[1], true)
    let flow = try evaluate(text)
    (fileName, namesFile) = (name, isNamed)
    return flow == .exit ? .exit : .normal
  }

  func execute(_ words: [Text]) throws(ShellError) {
    guard words.count > 1 else { return fail(words[0], "a program is needed") }
    guard let path = findProgram(words[1]) else { throw ShellError(.commandNotFound, words[1]) }
    var program = ProgramStart(path: path, words: Array(words[1...]), environment: [])
    for (index, name) in state.environment.keys.enumerated() {
      program.environment.append((name, state.environment.values[index]))
    }
    if case .handle(let handle) = streams.input { program.input = handle }
    if case .handle(let handle) = streams.output { program.output = handle }
    if case .handle(let handle) = streams.error { program.error = handle }
    do throws(SystemFailure) { try system.become(program) } catch {
      fail(words[0], words[1] + ": " + error.reason, status: 126)
    }
  }

  func alias(_ words: [Text]) {
    status = 0
    guard words.count > 1 else {
      for (index, name) in state.aliases.keys.enumerated() {
        write(name + " = " + state.aliases.values[index].quotedForShell + "\n")
      }
      return
    }
    let text = words[1...].map { $0 }.joined(by: " ")
    guard let equals = text.firstIndex(of: 0x3D) else {
      return fail(words[0], "an alias is defined as NAME = COMMAND")
    }
    let name = text[0..<equals].trimmed()
    guard !name.isEmpty, !name.contains(0x20) else {
      return fail(words[0], "an alias is defined as NAME = COMMAND")
    }
    state.aliases[name] = text[(equals + 1)...].trimmed()
  }

  func unalias(_ words: [Text]) {
    guard words.count > 1 else { return fail(words[0], "a name is needed") }
    status = 0
    for name in words[1...] {
      if state.aliases[name] == nil { return fail(words[0], "undefined alias: " + name) }
      state.aliases[name] = nil
    }
  }

  func drop(_ words: [Text]) {
    guard words.count > 1 else { return fail(words[0], "a name is needed") }
    status = 0
    for name in words[1...] where !state.variables.drop(name) {
      report("undefined variable: " + name)
      status = 1
    }
  }

  func listFunctions() {
    status = 0
    for defined in state.functions.values {
      let function = defined.function
      let note = function.documentation.isEmpty ? "" : " -- " + function.documentation
      write(function.name + note + "\n")
    }
  }

  func set(_ words: [Text]) {
    status = 0
    var index = 1
    while index < words.count {
      switch words[index] {
      case "-e": state.endsOnFailure = true
      case "+e": state.endsOnFailure = false
      case "-p": state.failsWithAnyStage = true
      case "+p": state.failsWithAnyStage = false
      case "-x": state.printsCommands = true
      case "+x": state.printsCommands = false
      // A single one keeps the arguments if none follow.
      case "-" where index == words.count - 1: return
      case "--", "-":
        let name = state.variables.global("args")?.texts.first ?? ""
        state.variables.setGlobal("args", Value([name] + words[(index + 1)...]))
        return
      default:
        return fail(words[0], "argument '" + words[index] + "' is not an option; use -- before it")
      }
      index += 1
    }
  }

  func showStatus(_ words: [Text]) {
    status = 0
    if words.count == 1 {
      return write(isLogin ? "This is a login shell\n" : "This is not a login shell\n")
    }
    for option in words.dropFirst() {
      switch option {
      case "-l", "--is-login": status = isLogin ? 0 : 1
      case "-i", "--is-interactive": status = isInteractive ? 0 : 1
      case "-f", "--current-filename": write(fileName + "\n")
      default: return fail(words[0], "unknown option " + option, status: 2)
      }
    }
  }

  /// Whether what a command has as this handle, maybe by a redirection, is a terminal.
  func isTerminal(_ handle: Int) -> Bool {
    streams.handle(handle).map { system.isTerminal($0) } ?? false
  }

  func isTerminal(_ words: [Text]) {
    let handle = words.count > 1 ? try? Int(decimal: words[1]) : 0
    guard let handle else { return fail(words[0], "'" + words[1] + "' is not a handle", status: 2) }
    status = isTerminal(handle) ? 0 : 1
  }

  func which(_ words: [Text]) {
    var names = words[1...]
    let listsAll = names.first == "-a" as Text?
    if listsAll { names.removeFirst() }
    guard !names.isEmpty else { return fail(words[0], "a command is needed") }
    status = 0
    for name in names {
      let own = ownCommand(name)
      if let own { write(name + ": " + own + "\n") }
      if own != nil, !listsAll { continue }
      let paths = findPrograms(name)
      for path in listsAll ? paths[...] : paths.prefix(1) { write(path + "\n") }
      if own == nil, paths.isEmpty {
        report(name + " not found")
        status = 1
      }
    }
  }

  /// What a name means that is no program's.
  private func ownCommand(_ name: Text) -> Text? {
    if let alias = state.aliases[name] { return "alias to " + alias }
    if state.functions[name] != nil { return "function" }
    return Builtin(name: name) != nil ? "built-in shell command" : nil
  }

  func help(_ words: [Text]) {
    status = 0
    if words.count > 1, Builtin(name: words[1]) == nil {
      return fail(words[0], "there is no builtin " + words[1].quotedForMessage)
    }
    for entry in Builtin.all where words.count < 2 || words[1] == entry.name {
      write(
        Text { line in
          line.put(Text(entry.name), width: 14)
          line.put(entry.summary)
          line.put("\n")
        })
    }
  }

  func listJobs() {
    collectJobs()
    for job in jobs { write(describe(job) + "\n") }
    status = 0
  }

  func disown(_ words: [Text]) {
    status = 0
    let names = words[1...].filter { !$0.hasPrefix("-") }
    if names.isEmpty {
      let onlyRunning = words.contains("-r")
      for job in jobs where !onlyRunning || !job.isStopped { disown(job) }
      return
    }
    for name in names {
      guard let place = place(ofJob: [words[0], name]) else {
        return fail(words[0], "no such job: " + name)
      }
      disown(jobs[place])
    }
  }

  private func disown(_ job: Job) {
    disowned += job.processes.filter { job.ended[$0] == nil }
    jobs.removeAll { $0.number == job.number }
  }

  func suspendShell() {
    // Nobody is there to continue the first of a session.
    guard !isLogin else { return fail("suspend", "a login shell cannot be suspended") }
    status = 0
    do throws(SystemFailure) {
      try system.signal(19, process: system.processIdentifier, isGroup: false)
    } catch { fail("suspend", error.reason) }
  }
}
