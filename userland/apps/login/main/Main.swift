// SPDX-License-Identifier: MIT
import Login
import Manual
import System
import Users

/// `login`: asks for a name and a password, and becomes the user's shell.
@main struct LoginProgram {
  static func main() {
    let request: LoginRequest
    do throws(LoginUsage) { request = try LoginRequest(Arguments.all) } catch {
      if case .wrong(let message) = error { fail(message + "\nTry 'login --help'.", status: 2) }
      Handle.standardOutput.writeIgnoringErrors(LoginRequest.manual.help)
      exit(0)
    }
    let (path, terminal) = openTerminal()
    if request.user == nil { terminal.show(LoginTerminal.content(of: "/etc/issue")) }
    var dialogue = LoginDialogue(
      terminal, host: LoginTerminal.content(of: "/etc/hostname").trimmed())
    let entry = dialogue.run(request.user)
    dialogue.system.restore()
    guard let entry else { exit(1) }
    UserSession.begin(entry, on: path)
  }

  private static func openTerminal() -> (Text, LoginTerminal) {
    do throws(SystemError) {
      _ = try File("/scheme/sys/authority", .read | .runtimeHandle)
    } catch {
      fail("only root can log somebody in")
    }
    do throws(SystemError) {
      return (try Terminal(.standardInput).path(), try LoginTerminal())
    } catch {
      fail("standard input: " + Text(error.explanation))
    }
  }

  private static func fail(_ reason: Text, status: Int32 = 1) -> Never {
    Handle.standardError.writeIgnoringErrors("login: " + reason + "\n")
    exit(status)
  }
}
