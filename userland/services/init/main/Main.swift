// SPDX-License-Identifier: MIT
import System

/// `init`: process 1, and the helpers that it starts from its own file.
@main struct InitProgram {
  static func main() {
    if Helper.run() { return }
    takeName()
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

/// Names process 1 in listings: nobody else could.
private func takeName() {
  var name: Text = "init"
  while name.count < 32 { name.put(0) }
  do throws(SystemError) {
    try name.span.withClaim { (claim) throws(SystemError) in
      try Process.setProperty(.name, claim.address)
    }
  } catch {
    // Listings show no name then.
    return
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
