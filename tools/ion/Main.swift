// SPDX-License-Identifier: MIT
import Base
import Host
import ShellEvaluator
import ShellParser

/// `./apus tool ion`: the shell on Linux.
@main struct IonTool {
  static func main() {
    Output.ignoreBrokenPipes()
    let words = Unix.words.dropFirst().map { Text($0) }
    let options: Options
    do throws(Options.Failure) { options = try Options(words) } catch {
      note(error.message)
      Program.exit(1)
    }
    if options.showsHelp { finish(printing: Options.help) }
    if options.showsVersion { finish(printing: "ion of Apus, for Linux\n") }
    if let checkout = options.examples {
      Program.exit(Examples(checkout: String(decoding: checkout.bytes, as: UTF8.self)).run())
    }
    Program.exit(Int32(run(options)))
  }

  private static func note(_ text: Text) { try? Output.error(text.bytes + [0x0A]) }

  private static func finish(printing text: Text) -> Never {
    try? Output.standard(text.bytes)
    Program.exit(0)
  }

  /// Runs what the options name; the shell's status.
  private static func run(_ options: Options) -> Int {
    let system = LinuxSystem()
    let script: Text
    if let command = options.command {
      script = command
    } else if let file = options.arguments.first {
      do throws(SystemFailure) { script = try read(file, system) } catch {
        note("ion: " + file + ": " + error.reason)
        return error.kind == .notFound ? 127 : 126
      }
    } else if options.isInteractive || system.isTerminal(0) {
      var session = Session(system, options)
      return session.run()
    } else {
      script = (try? contents(of: 0, system)) ?? ""
    }
    if options.onlyParses { return check(script) }
    let shell = Shell(system, arguments: options.arguments.isEmpty ? ["ion"] : options.arguments)
    shell.fileName = options.arguments.first ?? ""
    if options.printsCommands { shell.printCommands() }
    if !options.staysAfterErrors {
      _ = shell.run(script)
      return shell.status
    }
    for line in script.lines() where shell.run(line) == .exit { break }
    return shell.status
  }

  private static func check(_ script: Text) -> Int {
    do throws(ParseError) {
      _ = try Script(parsing: script)
      return 0
    } catch {
      note("ion: syntax error: " + error.message)
      return 1
    }
  }

  private static func read(_ path: Text, _ system: LinuxSystem) throws(SystemFailure) -> Text {
    let handle = try system.open(path, for: .reading)
    defer { system.close(handle) }
    return try contents(of: handle, system)
  }

  private static func contents(
    of handle: Int, _ system: LinuxSystem
  ) throws(SystemFailure) -> Text {
    var bytes: [UInt8] = []
    while true {
      let more = try system.read(handle, limit: 65_536)
      if more.isEmpty { return Text(bytes) }
      bytes += more
    }
  }
}
