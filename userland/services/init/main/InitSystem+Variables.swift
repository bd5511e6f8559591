// SPDX-License-Identifier: MIT
import InitScript
import Supervision
import System

// Variables: those of the boot command line, and those of environment.d.
extension InitSystem {
  /// A word `NAME=VALUE` of the boot command line sets a variable of init's own.
  func readBootEnvironment() {
    do throws(SystemError) {
      let words = EnvironmentFile(parsing: try FileSystem.read("/scheme/sys/env"))
      // Other words are for others.
      for variable in words.variables { bootEnvironment[variable.name] = variable.value }
    } catch { say("cannot read the boot command line: ", Text(error.explanation)) }
  }

  /// Gives every program that is started from now on what a file says.
  func set(_ bytes: [UInt8], from path: Text) {
    let file = EnvironmentFile(parsing: bytes)
    for variable in file.variables { environment[variable.name] = variable.value }
    for line in file.wrongLines {
      say { text in
        text.put(path)
        text.put(":")
        text.put(decimal: UInt64(line))
        text.put(": the line is no variable")
      }
    }
  }

  /// The boot command line says the last word about how to start.
  func readSettings() {
    settings = StartSettings { bootEnvironment[$0] ?? environment[$0] }
    if let word = settings.unknownLevel {
      say("INIT_LOG_LEVEL is INFO, DEBUG or TRACE, not ", word)
    }
  }

  /// What `$NAME` stands for.
  func variable(_ name: Text) -> Text? { environment[name] ?? bootEnvironment[name] }
}
