// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander

/// The commands that are part of the shell.
enum Builtin {
  case alias, background, bool, changeDirectory, contains, debug, directoryDepth, directories,
    disown
  case drop, echo, endsWith, equal, evaluate, execute, exists, exit, fail, foreground, functions
  case help, history, isTerminal, jobs, keyBindings, mapFile, matches, math, popDirectory,
    printWorkingDirectory, pushDirectory
  case random, read, set, source, sourcePOSIX, startsWith, status, succeed, suspend, test, unalias
  case wait, which

  /// Their names, rising, and what they do, for `help`.
  static let all: [(name: StaticString, builtin: Builtin, summary: StaticString)] = [
    ("alias", .alias, "show or define aliases: alias NAME = COMMAND"),
    ("bg", .background, "let a stopped job go on in the background"),
    ("bool", .bool, "print a value as true or false"),
    ("cd", .changeDirectory, "change the working directory"),
    ("contains", .contains, "whether a text holds one of the others"),
    ("debug", .debug, "print commands before they run: debug on, debug off"),
    ("dir_depth", .directoryDepth, "limit the directory stack"),
    ("dirs", .directories, "show the directory stack"),
    ("disown", .disown, "forget jobs without ending them"),
    ("drop", .drop, "delete variables"),
    ("echo", .echo, "print its arguments"),
    ("ends-with", .endsWith, "whether a text ends with one of the others"),
    ("eq", .equal, "whether two texts are the same; with 'not' whether they differ"),
    ("eval", .evaluate, "run its arguments as a command"),
    ("exec", .execute, "become another program"),
    ("exists", .exists, "whether a file, variable, program or function exists"),
    ("exit", .exit, "leave the shell"),
    ("false", .fail, "fail"),
    ("fg", .foreground, "let a job go on in the foreground"),
    ("fn", .functions, "list the functions"),
    ("help", .help, "list the builtins"),
    ("history", .history, "list the commands that were entered"),
    ("is", .equal, "whether two texts are the same; with 'not' whether they differ"),
    ("isatty", .isTerminal, "whether a handle is a terminal"),
    ("jobs", .jobs, "list the jobs"),
    ("keybindings", .keyBindings, "choose the editor's keys: keybindings emacs, keybindings vi"),
    ("mapfile", .mapFile, "read lines into an array"),
    ("matches", .matches, "whether a text fits a regular expression"),
    ("math", .math, "calculate"),
    ("popd", .popDirectory, "go back to the directory pushed last"),
    ("pushd", .pushDirectory, "remember the directory and change it"),
    ("pwd", .printWorkingDirectory, "print the working directory"),
    (
      "random", .random,
      "print a random number up to 32767, of START to END, or a word: choice WORD…"
    ),
    ("read", .read, "read lines into variables"),
    ("set", .set, "set options: -e, -p, -x, and +e, +p, +x; -- sets the arguments"),
    ("source", .source, "run a script in this shell"),
    ("source-sh", .sourcePOSIX, "run a script of sh and take over its environment"),
    ("starts-with", .startsWith, "whether a text begins with one of the others"),
    ("status", .status, "whether the shell is interactive or a login shell; its script's name"),
    ("suspend", .suspend, "stop the shell until it is continued"),
    ("test", .test, "test files, texts and numbers"),
    ("true", .succeed, "succeed"),
    ("type", .which, "say what a command is"),
    ("unalias", .unalias, "delete an alias"),
    ("wait", .wait, "wait for jobs to end"),
    ("which", .which, "say what a command is"),
  ]

  init?(name: Text) {
    // Rising order, so a command that is none is known after a few comparisons.
    var (low, high) = (0, Self.all.count)
    while low < high {
      let middle = (low + high) / 2
      let entry = Self.all[middle]
      let order = name.span.order(to: entry.name.bytes)
      if order == 0 {
        self = entry.builtin
        return
      }
      if order > 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

extension Builtin {
  /// Whether `--help` is not just a text to it.
  fileprivate var knowsHelp: Bool {
    switch self {
    case .echo, .test, .succeed, .fail, .evaluate: false
    default: true
    }
  }
}

extension Shell {
  /// Fails a builtin with a message.
  func fail(_ name: Text, _ message: Text, status: Int = 1) {
    report(name + ": " + message)
    self.status = status
  }

  func run(_ builtin: Builtin, _ words: [Text]) throws(ShellError) -> Flow {
    let asksForHelp = words.count == 2 && builtin.knowsHelp && words[1] == "--help"
    let flow = try asksForHelp ? explain(words[0]) : perform(builtin, words)
    if let reason = writeFailure {
      writeFailure = nil
      fail(words[0], "write error: " + reason)
    }
    return flow
  }

  private func explain(_ name: Text) -> Flow {
    help(["help", name])
    return .normal
  }

  private func perform(_ builtin: Builtin, _ words: [Text]) throws(ShellError) -> Flow {
    switch builtin {
    case .exit: return exit(words)
    case .evaluate: return try evaluateInPlace(words[1...].map { $0 }.joined(by: " "))
    case .source: return try source(words)
    case .execute: try execute(words)
    case .sourcePOSIX: try sourcePOSIX(words)
    case .math: math(words)
    case .echo: echo(words)
    case .succeed: status = 0
    case .fail: status = 1
    case .test: status = test(words)
    case .exists: exists(words)
    case .contains: status = compare(words) { $0.firstIndex(of: $1) != nil }
    case .startsWith: status = compare(words) { $0.hasPrefix($1) }
    case .endsWith: status = compare(words) { $0.hasSuffix($1) }
    case .equal: equal(words)
    case .matches: matches(words)
    case .bool: bool(words)
    case .alias: alias(words)
    case .unalias: unalias(words)
    case .drop: drop(words)
    case .functions: listFunctions()
    case .read: read(words)
    case .mapFile: mapFile(words)
    case .set: set(words)
    case .status: showStatus(words)
    case .random: random(words)
    case .isTerminal: isTerminal(words)
    case .which: which(words)
    case .help: help(words)
    case .changeDirectory: changeDirectory(words)
    case .printWorkingDirectory: printWorkingDirectory(words)
    case .pushDirectory: pushDirectory(words)
    case .popDirectory: popDirectory()
    case .directories: showDirectories()
    case .directoryDepth: setDirectoryDepth(words)
    case .background: resume(words, inForeground: false)
    case .foreground: resume(words, inForeground: true)
    case .jobs: listJobs()
    case .wait: try waitForJobs(words)
    case .disown: disown(words)
    case .suspend: suspendShell()
    case .history: showHistory(words)
    case .keyBindings: setKeyBindings(words)
    case .debug: setDebugging(words)
    }
    return .normal
  }
}
