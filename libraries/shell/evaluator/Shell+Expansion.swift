// SPDX-License-Identifier: MIT
public import Base
import Core
public import ShellExpander
public import ShellParser

extension Shell: ExpansionContext {
  public func value(namespace: Text, name: Text) throws(ExpansionError) -> Value? {
    guard !namespace.isEmpty else {
      if let value = state.variables[name] { return value }
      if let value = state.environment[name] { return .string(value) }
      return special(name)
    }
    switch namespace {
    case "env": return .string(state.environment[name] ?? "")
    case "global": return state.variables.global(name)
    case "super":
      var rest = name
      var levels = 1
      while rest.hasPrefix("super::") {
        rest = rest[7...]
        levels += 1
      }
      return state.variables.outer(rest, levels: levels)
    default: throw ExpansionError("unknown namespace '" + namespace + "'")
    }
  }

  /// The variables that the shell itself has an answer for.
  private func special(_ name: Text) -> Value? {
    switch name {
    case "?": return .string(Text { $0.put(decimal: status) })
    case "PID": return .string(Text { $0.put(decimal: system.processIdentifier) })
    case "UID", "EUID": return .string(Text { $0.put(decimal: system.userIdentifier) })
    case "PWD": return .string(state.directory)
    case "OLDPWD": return state.previousDirectory.map { .string($0) }
    case "SWD", "MWD": return .string(shortDirectory)
    case "HOME": return system.home(of: "").map { .string($0) }
    case "CDPATH": return .array([])
    case "PROMPT":
      return .string(
        "${x::1B}]0;${USER}: ${PWD}${x::07}${c::0x55,bold}${USER}${c::default}:${c::0x4B}${SWD}"
          + "${c::default}" + (system.userIdentifier == 0 ? "#" : "$") + " ${c::reset}")
    default: return nil
    }
  }

  /// The working directory, with `~` for the home directory.
  private var shortDirectory: Text {
    guard let home = home(of: ""), home.count > 1, state.directory.hasPrefix(home) else {
      return state.directory
    }
    let rest = state.directory[home.count...]
    return rest.isEmpty || rest.hasPrefix("/") ? "~" + rest : state.directory
  }

  public func output(of block: Block) throws(ExpansionError) -> Text {
    let buffer = StreamBuffer()
    outputDepth += 1
    defer { outputDepth -= 1 }
    var inner = streams
    inner.output = .buffer(buffer)
    do throws(ShellError) {
      try with(inner) { () throws(ShellError) in
        try isolated { () throws(ShellError) in _ = try run(block) }
      }
    } catch {
      // Once is enough, however many are within one another.
      if let inner = error.failedSubprocess { throw ExpansionError(inner) }
      throw ExpansionError(ShellError.subprocess + error.message)
    }
    guard buffer.bytes.count <= ShellLimits.captureBytes else {
      throw ExpansionError("the output of a subprocess is too long")
    }
    return Text(buffer.bytes)
  }

  public func names(in directory: Text) -> [Text]? { system.names(in: directory) }
  public func exists(_ path: Text) -> Bool { system.facts(path) != nil || system.isLink(path) }

  public func isLink(_ path: Text) -> Bool { system.isLink(path) }

  public func home(of user: Text) -> Text? {
    switch user {
    case "": return state.environment["HOME"] ?? system.home(of: "")
    case "+": return state.directory
    case "-": return state.previousDirectory
    default: return system.home(of: user)
    }
  }
}
