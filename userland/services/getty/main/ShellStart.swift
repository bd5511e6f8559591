// SPDX-License-Identifier: MIT
import Getty
import System
import Users

/// The process that leads the session: takes the terminal and becomes the user's shell, or `login`,
/// which asks whose it is to be.
enum ShellStart {
  private static let login: Text = "/bin/login"

  static func run(_ request: GettyRequest) -> Never {
    do throws(SystemError) { try Terminal(.standardInput).becomeController() } catch {
      end(request.terminal + ": " + Text(error.explanation))
    }
    guard let user = request.user else { ask() }
    do throws(SystemError) {
      guard let entry = try UserSession.users().entry(named: user) else {
        end("/etc/passwd does not know " + user)
      }
      UserSession.begin(entry, on: request.terminal)
    } catch {
      end("/etc/passwd: " + Text(error.explanation))
    }
  }

  private static func ask() -> Never {
    var program = Program(login, ["login"])
    program.workingDirectory = "/"
    do throws(ExecutableError) { try Process.replace(program) } catch { end(error.explanation) }
  }

  private static func end(_ reason: Text) -> Never {
    Handle.standardError.writeIgnoringErrors("getty: " + reason + "\n")
    exit(1)
  }
}
