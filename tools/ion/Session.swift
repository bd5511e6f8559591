// SPDX-License-Identifier: MIT
import Base
import Host
import ShellEvaluator
import ShellParser

/// A conversation with a person: a prompt, a command of one line or several, its output.
struct Session {
  private let system: LinuxSystem
  private let shell: Shell<LinuxSystem>
  private var input: [UInt8] = []

  init(_ system: LinuxSystem, _ options: Options) {
    self.system = system
    shell = Shell(system, arguments: ["ion"])
    shell.isInteractive = system.isTerminal(0)
    if options.printsCommands { shell.printCommands() }
    if shell.isInteractive { Interrupt.watch() }
  }

  /// Until the end of input or `exit`; the last status.
  mutating func run() -> Int {
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
      _ = Interrupt.take()
      if shell.run(command) == .exit { break }
    }
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
    let text = own ?? (isFirst ? system.workingDirectory + "# " : "> ")
    try? Output.error(text.bytes)
  }

  /// The next line without its line feed; `nil` at the end.
  private mutating func line() -> Text? {
    while true {
      if let end = input.firstIndex(of: 0x0A) {
        let line = Text(input[..<end])
        input.removeFirst(end + 1)
        return line
      }
      let more = (try? system.read(0, limit: 4096)) ?? []
      if more.isEmpty {
        guard !input.isEmpty else { return nil }
        defer { input = [] }
        return Text(input)
      }
      input += more
    }
  }
}
