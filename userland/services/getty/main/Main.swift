// SPDX-License-Identifier: MIT
import Getty
import System

/// `getty [-J] [--autologin USER] TERMINAL`: keeps a session on a terminal.
///
/// It has no state: the terminal knows its session. A getty that was killed leaves the session
/// running, and its successor waits for that one's end.
@main struct GettyProgram {
  private static let help: StaticString = """
    Usage: getty [-J] [--autologin USER] TERMINAL

    Begins a session on TERMINAL (a path, or a name below /scheme/pty) and starts login there, which
    asks for a name and a password; when the session ends, begins another one.

    Options:
      -a, --autologin USER  start USER's shell at once, without a password
      -J, --noclear         do not clear the screen first
          --help            print this and end
    """

  static func main() {
    let arguments = (1..<max(Arguments.count, 1)).map { Text(Arguments.bytes(at: $0)) }
    do throws(GettyRequest.Mistake) {
      let request = try GettyRequest(arguments)
      if request.becomesShell { ShellStart.run(request) }
      var keeper = SessionKeeper(request)
      keeper.run()
    } catch {
      if error == .help {
        Handle.standardOutput.writeIgnoringErrors(Text(help) + "\n")
        exit(0)
      }
      Log.error("getty: " + error.explanation)
      exit(2)
    }
  }
}
