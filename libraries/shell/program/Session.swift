// SPDX-License-Identifier: MIT
import Base
import ShellEvaluator
import ShellParser

/// A conversation with a person: a prompt, a command of one line or several, its output.
struct Session<System: ShellSystem> {
  private let system: System
  private let shell: Shell<System>
  private var input: [UInt8] = []

  init(_ shell: Shell<System>, _ system: System) {
    self.system = system
    self.shell = shell
    shell.isInteractive = system.isTerminal(0)
    if shell.isInteractive { system.beginSession() }
  }

  /// Until the end of input or `exit`; the last status.
  mutating func run() -> Int {
    if shell.runInitialisation() == .exit { return shell.status }
    while true {
      shell.collectJobs()
      prompt(isFirst: true)
      guard var command = line() else { break }
      while Self.isIncomplete(command) {
        prompt(isFirst: false)
        guard let more = line() else { break }
        command += "\n" + more
      }
      // What was pressed at the prompt is not meant for the command.
      _ = system.takeInterrupt()
      if shell.run(command) == .exit { break }
    }
    shell.hangUpJobs()
    return shell.status
  }

  private static func isIncomplete(_ text: Text) -> Bool {
    if text.hasSuffix("\\") { return true }
    do throws(ParseError) {
      _ = try Script(parsing: text)
      return false
    } catch {
      return error.isIncomplete
    }
  }

  private func prompt(isFirst: Bool) {
    let own = isFirst ? shell.output(ofFunction: "PROMPT") : nil
    system.writeError(own ?? (isFirst ? system.workingDirectory + "# " : "> "))
  }

  /// The next line without its line feed; `nil` at the end, and if the terminal has gone.
  private mutating func line() -> Text? {
    while true {
      if let end = input.firstIndex(of: 0x0A) {
        let line = Text(input[..<end])
        input.removeFirst(end + 1)
        return line
      }
      var more: [UInt8] = []
      do throws(SystemFailure) { more = try system.read(0, limit: 4096) } catch {
        if error.kind == .interrupted {
          // A line that was begun is given up.
          input = []
          system.writeError("\n")
          prompt(isFirst: true)
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
