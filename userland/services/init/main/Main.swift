// SPDX-License-Identifier: MIT
import System

/// `init`: process 1, and the helpers that it starts from its own file.
@main struct InitProgram {
  static func main() {
    if Helper.run() { return }
    do throws(SystemError) {
      let system = InitSystem(try Initrd())
      Daemon.serve(
        ControlServer(system), as: "service", in: try Namespace.current().release())
    } catch {
      say("cannot start: ", Text(error.explanation))
      exit(1)
    }
  }
}

/// Writes a line to the console. init asks no service for anything that it has to wait for, so its own
/// words do not go through the log.
func say(_ write: (inout Text) -> Void) {
  var line: Text = "init: "
  write(&line)
  line.put(0x0A)
  Handle.standardError.writeIgnoringErrors(line)
}

func say(_ text: StaticString, _ rest: Text) {
  say {
    $0.put(text)
    $0.put(rest)
  }
}
