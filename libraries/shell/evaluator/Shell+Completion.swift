// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
public import ShellEditor

/// The names that a line may be completed with.
extension Shell {
  public func candidates(for target: CompletionTarget) -> [Completion.Candidate] {
    switch target.kind {
    case .command: commandNames(target.prefix).map { Completion.Candidate($0) }
    case .file: files(target)
    case .variable(let isArray, _):
      variableNames(target.prefix, isArray: isArray).map { Completion.Candidate($0) }
    }
  }

  private static var keywords: [Text] {
    [
      "break", "case", "continue", "else", "end", "export", "for", "if", "let", "match", "not",
      "return", "while",
    ]
  }

  private func commandNames(_ prefix: Text) -> [Text] {
    var names = Builtin.all.map { Text($0.name) } + Self.keywords
    names += state.functions.keys + state.aliases.keys
    for directory in (state.environment["PATH"] ?? Self.standardPath).split(at: 0x3A) {
      let place: Text = directory.isEmpty ? "." : directory
      for name in system.names(in: place) ?? [] where name.hasPrefix(prefix) {
        if isProgram(Path.join(place, name)) { names.append(name) }
      }
    }
    return names
  }

  private func files(_ target: CompletionTarget) -> [Completion.Candidate] {
    let directory = self.directory(of: target)
    let place: Text = directory.isEmpty ? "." : directory
    let onlyDirectories = target.command == "cd" as Text? || target.command == "pushd" as Text?
    var found: [Completion.Candidate] = []
    for name in system.names(in: place) ?? [] where name.hasPrefix(target.prefix) {
      let path = Path.join(place, name)
      let isDirectory = system.facts(path)?.kind == .directory
      if onlyDirectories, !isDirectory { continue }
      if target.isCommandPlace, !isDirectory, !system.access(path, .execute) { continue }
      found.append(Completion.Candidate(name, isDirectory: isDirectory))
    }
    return found
  }

  /// The directory as it is on the system: with its tilde and its variables expanded.
  private func directory(of target: CompletionTarget) -> Text {
    var path = target.directory
    if target.hasTilde, let slash = path.firstIndex(of: 0x2F),
      let home = home(of: path[1..<slash])
    {
      path = home + path[slash...]
    }
    guard path.contains(0x24), target.quote != .single else { return path }
    var result = Text()
    var index = 0
    while index < path.count {
      var end = index + 1
      guard path[index] == 0x24 else {
        result.put(path[index])
        index = end
        continue
      }
      let isBraced = end < path.count && path[end] == 0x7B
      if isBraced { end += 1 }
      let start = end
      while end < path.count, path[end] != 0x2F, path[end] != 0x7D { end += 1 }
      result.put(text(of: path[start..<end]) ?? "")
      index = isBraced ? min(end + 1, path.count) : end
    }
    return result
  }

  private func variableNames(_ prefix: Text, isArray: Bool) -> [Text] {
    if prefix.hasPrefix("env::") { return state.environment.keys.map { "env::" + $0 } }
    let variables = state.variables.all
    var names: [Text] = []
    for (index, name) in variables.keys.enumerated()
    where (variables.values[index].count != nil) == isArray { names.append(name) }
    if !isArray {
      names += state.environment.keys
      names += ["PID", "UID", "EUID", "PWD", "OLDPWD", "SWD", "MWD", "HOME"]
    }
    return names
  }
}
