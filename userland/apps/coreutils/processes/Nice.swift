// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Nice: UtilityProgram {
  static var manual: Manual {
    Manual(
      "nice", "run a command with another niceness",
      synopsis: ["[-n NUMBER] COMMAND [ARGUMENT…]", ""],
      description: """
        Runs a command that leaves others more of the processor, by 10 if no number is given. Niceness \
        goes from -20, which gets most, to 19; less than it is now only root may have. Without a command, \
        prints the present one.
        """,
      options: [.init("-n, --adjustment=NUMBER", "add this to the niceness")],
      exitStatus: [
        .init("125", "nice was called wrongly, or may not."),
        .init("126", "The command cannot be started."), .init("127", "There is no such command."),
        .init("else", "The command's own status."),
      ], seeAlso: ["ps", "top", "timeout"], usageStatus: 125, failureStatus: 125)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options(operandsEndOptions: true)
    let words = options.operands
    let system = invocation.system
    guard let command = words.first else {
      if options.has("-n") { throw .usage("which command?") }
      invocation.output.put(Text { $0.put(decimal: Int64(system.niceness)) } + "\n")
      return 0
    }
    var change = 10
    if let text = options.value("-n") {
      do throws(NumberError) { change = try Int(decimal: text) } catch {
        throw .usage(text.quotedForMessage + " is no number")
      }
    }
    let (sum, overflow) = system.niceness.addingReportingOverflow(change)
    let wanted = overflow ? (change < 0 ? -20 : 19) : max(-20, min(19, sum))
    do throws(SystemError) { try system.setNiceness(wanted) } catch {
      // As elsewhere: the command matters more than how it is run.
      invocation.say("nice: cannot set the niceness: " + Text(error.explanation))
    }
    // Only a failure comes back.
    try invocation.startCommand(command) { (file) throws(SystemError) in
      try system.replace(file, words, environment: system.environment)
    }
    return 126
  }
}
