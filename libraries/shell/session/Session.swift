// SPDX-License-Identifier: MIT
import Base
import Core
import ShellEditor
public import ShellEvaluator
import ShellExpander

/// A conversation with a person: a prompt, a command of one line or several, its output.
public final class Session<System: SessionSystem> {
  let system: System
  let shell: Shell<System>
  private var editor = LineEditor()
  /// What was read beyond the last line, where the terminal's own editing serves.
  private var input: [UInt8] = []
  /// Whether the user knows that the history's file cannot be written.
  var hasReportedHistory = false

  public init(_ system: System, _ shell: Shell<System>) {
    self.system = system
    self.shell = shell
  }

  /// Runs the user's init file and then what is entered, until the input ends or `exit`; the last
  /// status.
  public func run() -> Int {
    shell.isInteractive = system.isTerminal(0)
    shell.namesFile = false
    if shell.isInteractive { system.beginSession() }
    setDefaults()
    if shell.runInitialisation() == .exit { return shell.status }
    loadHistory()
    while let entered = command() {
      let command = expanded(entered)
      // What was pressed at the prompt is not meant for the command.
      _ = system.takeInterrupt()
      guard !command.trimmed().isEmpty else { continue }
      let outcome = shell.run(command)
      if shell.isInteractive { remember(command) }
      if outcome == .exit { break }
    }
    shell.hangUpJobs()
    return shell.status
  }

  /// The command with what stands for parts of the one before; shown if that changed it.
  private func expanded(_ command: Text) -> Text {
    guard shell.isInteractive, let last = shell.history.entries.last else { return command }
    let result = CommandWords.replacingDesignators(in: command, by: last)
    if result != command { write(result.bytes + [0x0A]) }
    return result
  }

  func contents(of path: Text) throws(SystemFailure) -> [UInt8] {
    let handle = try system.open(path, for: .reading)
    defer { system.close(handle) }
    var bytes: [UInt8] = []
    while true {
      let more = try system.read(handle, limit: 65_536)
      if more.isEmpty { return bytes }
      bytes += more
    }
  }

  /// The next command; `nil` at the end.
  private func command() -> Text? {
    shell.collectJobs()
    let isEdited = system.isTerminal(0) && shell.text(of: "TERM") != "dumb" as Text?
    return isEdited ? edited() : plain()
  }

  private var prompt: Text {
    shell.prompt() ?? system.workingDirectory + (system.userIdentifier == 0 ? "# " : "$ ")
  }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let count = try? system.write(2, rest), count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// A command by the line editor.
  private func edited() -> Text? {
    let prompt = prompt
    system.setRawMode(true)
    defer {
      write(editor.takeOutput())
      system.setRawMode(false)
    }
    editor.bindings = shell.keyBindings
    editor.viNormalIndicator = shell.text(of: "VI_NORMAL")
    editor.viInsertIndicator = shell.text(of: "VI_INSERT")
    editor.begin(prompt: prompt, size: system.terminalSize(), history: shell.history)
    while true {
      while let action = editor.next() {
        switch action {
        case .accept(let text):
          if Shell<System>.isIncomplete(text) {
            editor.continueStatement()
          } else {
            editor.finish()
            return text
          }
        case .complete(let target): editor.offer(target, shell.candidates(for: target))
        case .interrupt: return ""
        case .end: return nil
        }
      }
      guard readKeys() else { return nil }
    }
  }

  /// Gives the editor what comes next; false if nothing comes any more. Before it waits, it brings
  /// the terminal up to date.
  private func readKeys() -> Bool {
    if !isReadable(within: 0) {
      if let size = system.terminalSize() { editor.resize(size) }
      editor.draw()
      write(editor.takeOutput())
      if editor.isWaiting, !isReadable(within: EditorLimits.escapeMilliseconds) {
        editor.timeOut()
        return true
      }
    }
    // What follows the line is for the command, which may read it: so byte for byte.
    let bytes: [UInt8]
    do throws(SystemFailure) {
      bytes = try system.read(0, limit: editor.isPasting ? 4096 : 1)
    } catch { return error.kind == .interrupted }
    if bytes.isEmpty { return false }
    editor.take(bytes)
    return true
  }

  private func isReadable(within milliseconds: Int) -> Bool {
    !system.ready(reading: [0], writing: [], limit: milliseconds).readable.isEmpty
  }

  /// A command without an editor: from a pipe, or a terminal that knows no sequences.
  private func plain() -> Text? {
    write(prompt.bytes)
    guard var command = line() else { return nil }
    while Shell<System>.isIncomplete(command) {
      write([0x3E, 0x20])
      guard let more = line() else { break }
      command += "\n" + more
    }
    return command
  }

  /// The next line without its line feed; `nil` at the end.
  private func line() -> Text? {
    var start = 0
    while true {
      if let end = input[start...].firstIndex(of: 0x0A) {
        let line = Text(input[..<end])
        input.removeFirst(end + 1)
        return line
      }
      start = input.count
      var more: [UInt8] = []
      do throws(SystemFailure) { more = try system.read(0, limit: 4096) } catch {
        if error.kind == .interrupted {
          // A line that was begun is given up.
          input = []
          start = 0
          write([0x0A] + prompt.bytes)
          continue
        }
      }
      if more.isEmpty {
        guard !input.isEmpty else { return nil }
        defer { input = [] }
        return Text(input)
      }
      input += more
    }
  }
}
