// SPDX-License-Identifier: MIT
import CommandExecution
import System

/// `execd`: runs what the host asked for when the system was started; without such a request, a
/// console for whoever sits at the serial port.
@main struct ExecProgram {
  static func main() {
    if let commands = requestedCommands() {
      Errand(commands).run()
    } else {
      ConsoleLoop.run()
    }
  }

  /// The commands that came in the initrd, or `nil` if there is no request.
  private static func requestedCommands() -> [Command]? {
    if let line = contents("command") { return Command(line: line).map { [$0] } ?? [] }
    if let script = contents("script") { return Command.script(script) }
    return nil
  }

  private static func contents(_ name: Text) -> Text? {
    do throws(SystemError) {
      return Text(try FileSystem.read("/scheme/initfs/exec/" + name))
    } catch { return nil }
  }
}

extension Text {
  /// An error in words.
  init(_ error: SystemError) { self.init(error.explanation) }
}

/// Asks init to switch the machine off, or the kernel if init does not answer.
func switchOff() -> Never {
  do throws(SystemError) {
    try File("/scheme/service/control", .write).writeAll("shutdown\n")
  } catch {
    do throws(SystemError) {
      try File("/scheme/sys/kstop", .write).writeAll("shutdown\n")
    } catch { exit(1) }
  }
  while true { Clock.sleep(.seconds(3600)) }
}
