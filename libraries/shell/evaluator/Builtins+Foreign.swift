// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

extension Shell {
  /// Runs a script of POSIX's shell, in a file or as a text, and takes over what it has changed in
  /// the environment. Its output is dropped.
  func sourcePOSIX(_ words: [Text]) throws(ShellError) {
    guard words.count > 1 else { return fail(words[0], "a script for sh is needed", status: 2) }
    guard findProgram("sh") != nil else {
      return fail(words[0], "there is no program 'sh' here to run it", status: 127)
    }
    let script: Text
    if system.facts(words[1])?.kind == .file {
      do throws(SystemFailure) { script = try contents(of: words[1]) } catch {
        return fail(words[0], words[1] + ": " + error.reason)
      }
    } else {
      script = words[1]
    }
    let command: [Text] = ["sh", "-c", "eval \"$1\" >/dev/null 2>&1; env -0", "sh", script]
    let stage = Stage(
      offset: 0, words: command.map { Word([.literal($0, isQuoted: true)]) })
    let link = Link(
      connector: .always, prefixes: [],
      action: .pipeline(Pipeline(stages: [stage], placement: .foreground)))
    let block = Block([Statement(offset: 0, line: line, kind: .chain(Chain(links: [link])))])
    let changed = try expanding { () throws(ExpansionError) in try self.output(of: block) }
    guard status == 0 else { return fail(words[0], "sh ended before the script did") }
    for entry in changed.split(at: 0) where !entry.isEmpty {
      let parts = entry.split(at: 0x3D, limit: 2)
      // What belongs to that shell itself.
      if parts.count < 2 || parts[0] == "_" || parts[0] == "SHLVL" { continue }
      if state.environment[parts[0]] == parts[1] as Text? { continue }
      state.environment[parts[0]] = parts[1]
      write("Set " + parts[0] + " to " + parts[1] + "\n")
    }
  }
}
