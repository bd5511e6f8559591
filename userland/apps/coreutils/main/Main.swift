// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System
import Utilities

/// The basic commands: acts by the name it is called by.
@main struct Coreutils {
  static func main() {
    guard let utility = Utility(called: Arguments.text(at: 0)) else {
      Handle.standardError.writeIgnoringErrors(
        "coreutils: call it as echo, true, false, cat, ls, ps, sleep or kill\n")
      exit(2)
    }
    do throws(UsageError) {
      exit(try run(utility, Arguments.all))
    } catch {
      complain(utility, error.message)
      Handle.standardError.writeIgnoringErrors(Text(utility.usage))
      exit(2)
    }
  }

  private static func run(_ utility: Utility, _ arguments: [Text]) throws(UsageError) -> Int32 {
    switch utility {
    case .true: return 0
    case .false: return 1
    case .echo: return echo(arguments)
    case .cat: return try cat(arguments)
    case .ls: return try ls(arguments)
    case .ps: return ps(arguments)
    case .sleep: return try sleep(arguments)
    case .kill: return try kill(arguments)
    }
  }

  static func help(_ utility: Utility) -> Int32 {
    Handle.standardOutput.writeIgnoringErrors(Text(utility.usage))
    return 0
  }

  static func complain(_ utility: Utility, _ message: Text) {
    var line = Text(utility.name)
    line.put(": ")
    line.put(message)
    line.put("\n")
    Handle.standardError.writeIgnoringErrors(line)
  }

  static func complain(_ utility: Utility, _ subject: Text, _ error: SystemError) {
    complain(utility, subject + ": " + Text(error.explanation))
  }

  /// Sends what is left; output that fails makes the command fail.
  static func finish(
    _ utility: Utility, _ output: inout Output, _ status: Int32
  ) -> Int32 {
    do throws(SystemError) {
      try output.flush()
      return status
    } catch {
      complain(utility, "standard output", error)
      return 1
    }
  }
}
