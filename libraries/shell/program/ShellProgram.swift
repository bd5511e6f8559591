// SPDX-License-Identifier: MIT
import Base
import ShellEditor
import ShellEvaluator
import ShellParser
public import ShellSession

/// The shell as a program, on whichever system: what its options ask for, from start to status.
public struct ShellProgram<System: SessionSystem> {
  private let system: System
  private let options: ShellOptions

  public init(_ system: System, _ options: ShellOptions) {
    self.system = system
    self.options = options
  }

  /// Whether commands come from a person.
  public var isSession: Bool {
    if options.command != nil || !options.arguments.isEmpty { return false }
    return options.isInteractive || system.isTerminal(0)
  }

  /// Runs all that the options name.
  /// - Returns: the shell's status.
  public func run() -> Int {
    if isSession {
      let shell = self.shell(named: "ion")
      if options.keyBindings == .vi { shell.keyBindings = .vi }
      return Session(system, shell).run()
    }
    let script: Text
    do throws(SystemFailure) { script = try self.script() } catch {
      note((options.arguments.first ?? "standard input") + ": " + error.reason)
      return error.kind == .notFound ? 127 : 126
    }
    return options.onlyParses ? check(script) : run(script)
  }

  private func script() throws(SystemFailure) -> Text {
    if let command = options.command { return command }
    guard let file = options.arguments.first else { return try system.contents(of: 0) }
    let handle = try system.open(file, for: .reading)
    defer { system.close(handle) }
    return try system.contents(of: handle)
  }

  private func run(_ script: Text) -> Int {
    let shell = self.shell(named: options.arguments.first ?? "")
    if options.isLogin, shell.runInitialisation() == .exit { return shell.status }
    guard options.staysAfterErrors else {
      _ = shell.run(script)
      return shell.status
    }
    // As at a prompt: a command is what has an end, be it on a later line.
    var command = Text()
    for line in script.lines() {
      command += line + "\n"
      if Shell<System>.isIncomplete(command) { continue }
      if shell.run(command) == .exit { return shell.status }
      command = Text()
    }
    if !command.isEmpty { _ = shell.run(command) }
    return shell.status
  }

  private func shell(named name: Text) -> Shell<System> {
    let shell = Shell(system, arguments: options.arguments.isEmpty ? ["ion"] : options.arguments)
    shell.fileName = name
    shell.isLogin = options.isLogin
    if options.printsCommands { shell.printCommands() }
    return shell
  }

  private func check(_ script: Text) -> Int {
    do throws(ParseError) {
      _ = try Script(parsing: script)
      return 0
    } catch {
      note("syntax error: " + error.message)
      return 1
    }
  }

  private func note(_ message: Text) { system.writeError("ion: " + message + "\n") }
}

extension ShellSystem {
  /// All that is left to read.
  func contents(of handle: Int) throws(SystemFailure) -> Text {
    var bytes: [UInt8] = []
    while true {
      let more = try read(handle, limit: 65_536)
      if more.isEmpty { return Text(bytes) }
      bytes += more
    }
  }

  /// Writes to the shell's own standard error; there is nobody to be told if that fails.
  func writeError(_ text: Text) {
    var rest = text.bytes[...]
    while !rest.isEmpty {
      do throws(SystemFailure) { rest = rest.dropFirst(max(1, try write(2, rest))) } catch {
        return
      }
    }
  }
}
