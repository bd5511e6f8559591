// SPDX-License-Identifier: MIT
public import Base
import Core
public import ShellEditor
import ShellExpander
import ShellParser

/// A shell: variables, functions and what else commands change, over a system.
public final class Shell<System: ShellSystem> {
  let system: System
  let pump: Pump<System>
  var streams = Streams()
  var state: ShellState
  /// The status of the last command.
  public internal(set) var status = 0
  /// How many outputs are being taken as text now, one within the other.
  var outputDepth = 0
  /// How many loops of the function that runs now are around what runs.
  var loopDepth = 0
  var jobs: [Job] = []
  /// Processes of jobs that were disowned, which are still to be asked how they ended.
  var disowned: [Int] = []
  /// A program in the foreground was ended by the key that interrupts: what was to follow it is given up.
  var hasInterruptedProgram = false
  /// Stopped jobs to be continued once the command that runs has sent them its signal.
  var jobsToContinue: [Job] = []
  /// Whether the reader of the shell's own output has gone.
  var isOutputClosed = false
  /// Why a builtin's output could not be written, until that has been told.
  var writeFailure: Text?
  /// The line of the statement that runs; while `eval` runs, of its own.
  var line = 1
  var holdsLine = false
  /// How many blocks run within one another.
  var depth = 0
  public var expansionDepth = 0
  /// How many aliases are being replaced within one another.
  var aliasDepth = 0
  /// How many conditions: what fails in one does not end the shell.
  var conditions = 0
  public var isInteractive = false
  public var isLogin = false
  /// The commands of the session, and whether the file they come from may repeat some.
  public var history = History()
  public internal(set) var loadsDuplicates = false
  public var keyBindings = LineEditor.Bindings.emacs
  /// Whether messages name the file: not while commands come from a person.
  public var namesFile = true
  /// The script's name, for `status -f`.
  public var fileName: Text = ""

  public init(_ system: System, arguments: [Text] = []) {
    self.system = system
    pump = Pump(system)
    state = ShellState()
    for (name, value) in system.environment { state.environment[name] = value }
    state.directory = system.workingDirectory
    state.variables.set("args", Value(arguments))
  }

  /// How running a script has ended.
  public enum Outcome: Equatable, Sendable { case done, exit, failed }

  /// Runs a script. What is wrong with it is written to standard error and ends it.
  public func run(_ text: Text) -> Outcome {
    let (name, isNamed) = (fileName, namesFile)
    // A script that is run by another, or the next command, has its own.
    defer { (fileName, namesFile, line) = (name, isNamed, 1) }
    hasInterruptedProgram = false
    do throws(ShellError) { return try evaluate(text) == .exit ? .exit : .done } catch {
      // After an interrupted program its terminal's line has ended already, and the user knows why.
      if !error.message.isEmpty { report(error.message, hasPlace: error.kind == .syntax) }
      status = error.kind.status
      return .failed
    }
  }

  @discardableResult
  func evaluate(_ text: Text) throws(ShellError) -> Flow {
    let place = line
    let flow: Flow
    if text.count > ShellLimits.wholeScriptBytes {
      flow = try evaluateInSteps(text)
    } else {
      let script: Script
      do throws(ParseError) { script = try Script(parsing: text) } catch {
        throw ShellError(.syntax, error.message)
      }
      flow = try run(script.block)
    }
    line = place
    return flow
  }

  /// Runs a script statement by statement, once all of it has been found to be one.
  private func evaluateInSteps(_ text: Text) throws(ShellError) -> Flow {
    func reading<Result>(_ body: () throws(ParseError) -> Result) throws(ShellError) -> Result {
      do throws(ParseError) { return try body() } catch {
        throw ShellError(.syntax, error.message)
      }
    }
    var check = try reading { () throws(ParseError) in try ScriptReader(text) }
    while try reading({ () throws(ParseError) in try check.next() }) != nil {}
    var reader = try reading { () throws(ParseError) in try ScriptReader(text) }
    while let statement = try reading({ () throws(ParseError) in try reader.next() }) {
      let flow = try run(Block([statement]))
      if flow != .normal { return flow }
    }
    return .normal
  }

  /// Tells the user what is wrong, and in a script where, unless the message says that.
  func report(_ message: Text, hasPlace: Bool = false) {
    writeError(
      Text { text in
        text.put("ion: ")
        let hasFile = namesFile && !fileName.isEmpty
        if hasFile {
          text.put(fileName)
          text.put(":")
        } else if line > 1, !hasPlace {
          text.put("line ")
        }
        if !hasPlace, line > 1 || hasFile {
          text.put(decimal: line)
          text.put(":")
        }
        if hasFile || (line > 1 && !hasPlace) { text.put(" ") }
        text.put(message)
        text.put("\n")
      })
  }

  /// Runs `~/.config/ion/initrc`, if there is such a file.
  public func runInitialisation() -> Outcome {
    guard let home = home(of: "") else { return .done }
    let path = Path.join(home, ".config/ion/initrc")
    guard system.facts(path)?.kind == .file else { return .done }
    let (name, isNamed) = (fileName, namesFile)
    (fileName, namesFile) = (path, true)
    defer { (fileName, namesFile) = (name, isNamed) }
    do throws(SystemFailure) { return run(try contents(of: path)) } catch {
      report(path + ": " + error.reason)
      return .failed
    }
  }

  /// Prints commands before they run, as `-x` asks.
  public func printCommands() { state.printsCommands = true }

  /// Whether there is a function of that name, such as `PROMPT`.
  public func hasFunction(_ name: Text) -> Bool { state.functions[name] != nil }

  /// What a function writes, without the final line feed.
  public func output(ofFunction name: Text) -> Text? {
    guard state.functions[name] != nil else { return nil }
    guard let block = try? Script(parsing: name).block else { return nil }
    do throws(ExpansionError) { return try output(of: block) } catch {
      report(error.message)
      return nil
    }
  }

  var expander: Expander<Shell<System>> { Expander(self) }

  /// The text that a word becomes.
  func text(of word: Word) throws(ShellError) -> Text {
    do throws(ExpansionError) { return try expander.text(of: word) } catch {
      throw ShellError(.expansion, error.message)
    }
  }

  /// The texts that words become.
  func texts(of words: [Word]) throws(ShellError) -> [Text] {
    do throws(ExpansionError) { return try expander.texts(of: words) } catch {
      throw ShellError(.expansion, error.message)
    }
  }

  func expanding<Result>(
    _ body: () throws(ExpansionError) -> Result
  ) throws(ShellError) -> Result {
    do throws(ExpansionError) { return try body() } catch {
      throw ShellError(.expansion, error.message)
    }
  }
}

/// What a subshell gets a copy of.
struct ShellState {
  struct Defined {
    var function: Function
    /// What was around its definition.
    var place: Scopes.Place
  }

  var variables = Scopes()
  var environment = SortedMap<Text, Text>()
  var functions = SortedMap<Text, Defined>()
  var aliases = SortedMap<Text, Text>()
  var directory: Text = "/"
  var previousDirectory: Text?
  var directoryStack: [Text] = []
  var directoryLimit = ShellLimits.directoryStack
  var endsOnFailure = false
  var failsWithAnyStage = false
  var printsCommands = false
}

/// A pipeline that runs in the background or has been stopped.
struct Job {
  var number: Int
  var processes: [Int]
  var group: Int?
  var name: Text
  var isStopped = false
  /// How those of its processes ended that are known to have, and in words how the last of them did.
  var ended = SortedMap<Int, ProcessState>()
  var end: Text = "Done"
  /// All have. Their numbers may be those of others by now.
  var isOver: Bool { ended.count == processes.count }
}
