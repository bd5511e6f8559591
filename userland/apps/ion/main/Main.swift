// SPDX-License-Identifier: MIT
import Base
import ShellProgram
import System

/// `ion`: the shell.
@main struct Ion {
  static func main() {
    var options: ShellOptions
    do throws(ShellOptions.Failure) {
      options = try ShellOptions(Arguments.all)
    } catch {
      Handle.standardError.writeIgnoringErrors("ion: " + error.message + "\n")
      exit(1)
    }
    // So whoever logs somebody in calls a shell.
    if Arguments.text(at: 0).hasPrefix("-") { options.isLogin = true }
    if options.showsHelp { finish(printing: ShellOptions.help) }
    if options.showsVersion { finish(printing: "ion of Apus\n") }
    exit(Int32(truncatingIfNeeded: ShellProgram(ApusSystem(), options).run()))
  }

  private static func finish(printing text: StaticString) -> Never {
    Handle.standardOutput.writeIgnoringErrors(Text(text))
    exit(0)
  }
}
