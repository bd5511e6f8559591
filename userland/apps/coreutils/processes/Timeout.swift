// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Timeout: UtilityProgram {
  static var manual: Manual {
    Manual(
      "timeout", "run a command with a limit of time",
      synopsis: ["[-gpv] [-k DURATION] [-s SIGNAL] DURATION COMMAND [ARGUMENT…]"],
      description: """
        Runs a command, and sends it TERM when the time is over. A duration is a number of seconds, \
        with m, h or d behind it of minutes, hours or days; 0 sets no limit. The command stays in the \
        process group of timeout, so that Ctrl-C reaches both; what it starts itself is only ended \
        with -g.
        """,
      options: [
        .init("-g, --group", "run it in a group of its own, and signal all of the group"),
        .init("-k, --kill-after=DURATION", "if it still runs that much later, end it by KILL"),
        .init("-p, --preserve-status", "end with the command's status even after the limit"),
        .init("-s, --signal=SIGNAL", "another signal than TERM"),
        .init("-v, --verbose", "say when a signal is sent"),
      ],
      exitStatus: [
        .init("124", "The time was over."), .init("125", "timeout failed itself."),
        .init("126", "The command cannot be started."), .init("127", "There is no such command."),
        .init("137", "It had to be killed."), .init("else", "The command's own status."),
      ],
      seeAlso: ["kill", "sleep"], usageStatus: 125, failureStatus: 125)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options(operandsEndOptions: true)
    guard options.operands.count >= 2 else { throw .usage("how long, and what?") }
    let limit = try duration(options.operands[0])
    var patience: UInt64?
    if let text = options.value("-k") { patience = try duration(text) }
    var signal: UInt32 = 15
    if let name = options.value("-s") {
      guard let number = SignalNames.number(name) else {
        throw .usage("unknown signal " + name.quotedForMessage)
      }
      signal = number
    }
    let words = Array(options.operands.dropFirst())
    let system = invocation.system
    let start = system.now
    let process = try invocation.startCommand(words[0]) { (file) throws(SystemError) in
      var how = StartOptions()
      how.ownGroup = options.has("-g")
      return try system.start(file, words, environment: system.environment, options: how)
    }
    do throws(SystemError) {
      return try watch(process, start, limit, patience, signal, options, invocation)
    } catch {
      invocation.complain(words[0], error)
      return 125
    }
  }

  private static func duration(_ text: Text) throws(UtilityStop) -> UInt64 {
    guard let time = SleepTime.parse(text) else {
      throw .usage(text.quotedForMessage + " is no length of time")
    }
    return time
  }

  private static func watch(
    _ process: UInt32, _ start: UInt64, _ limit: UInt64, _ patience: UInt64?, _ signal: UInt32,
    _ options: Options, _ invocation: Invocation
  ) throws(SystemError) -> Int32 {
    if let end = try wait(process, from: start, limit == 0 ? nil : limit, invocation) {
      return end.shellStatus
    }
    try send(signal, process, options, invocation)
    // A stopped command must wake up to hear it.
    if signal != 9 { try send(18, process, options, invocation) }
    let end: ChildEnd
    if let ended = try wait(process, from: invocation.system.now, patience, invocation) {
      end = ended
    } else {
      try send(9, process, options, invocation)
      end = try wait(process, from: 0, nil, invocation) ?? ChildEnd(.signalled, 9)
    }
    if end.kind == .signalled, end.value == 9 { return 137 }
    return options.has("-p") ? end.shellStatus : 124
  }

  /// - Returns: `nil` when the time is over.
  private static func wait(
    _ process: UInt32, from start: UInt64, _ limit: UInt64?, _ invocation: Invocation
  ) throws(SystemError) -> ChildEnd? {
    var deadline: UInt64?
    if let limit {
      let (sum, overflow) = start.addingReportingOverflow(limit)
      deadline = overflow ? nil : sum
    }
    while true {
      do throws(SystemError) {
        return try invocation.system.wait(for: process, until: deadline)
      } catch {
        if error == .timedOut { return nil }
        guard error == .interrupted else { throw error }
      }
    }
  }

  private static func send(
    _ signal: UInt32, _ process: UInt32, _ options: Options, _ invocation: Invocation
  ) throws(SystemError) {
    if options.has("-v"), signal != 18 {
      invocation.say("timeout: sending " + SignalNames.name(signal))
    }
    do throws(SystemError) {
      try invocation.system.signal(options.has("-g") ? -Int(process) : Int(process), signal)
    } catch {
      // It ended at the last moment.
      guard error == .noProcess else { throw error }
    }
  }
}

enum Time: UtilityProgram {
  static var manual: Manual {
    Manual(
      "time", "measure how long a command takes", synopsis: ["COMMAND [ARGUMENT…]"],
      description: """
        Runs a command and then prints, on standard error, how long it took and how much processor \
        time it and what it waited for used. The kernel does not tell time in programs from time in \
        the kernel.
        """,
      exitStatus: [
        .init("126", "The command cannot be started."), .init("127", "There is no such command."),
        .init("else", "The command's own status."),
      ])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let words = try invocation.options(operandsEndOptions: true).operands
    guard let command = words.first else { throw .usage("which command?") }
    let system = invocation.system
    let start = system.now
    let process = try invocation.startCommand(command) { (file) throws(SystemError) in
      try system.start(
        file, words, environment: system.environment, options: StartOptions())
    }
    var end = ChildEnd(.exited, 0)
    var hasEnded = false
    while !hasEnded {
      do throws(SystemError) {
        end = try system.wait(for: process, until: nil)
        hasEnded = true
      } catch {
        guard error == .interrupted else {
          throw .failed(command.shownSafely + ": " + Text(error.explanation))
        }
      }
    }
    invocation.say("real " + seconds(system.now &- start))
    invocation.say("cpu  " + seconds(end.processorTime))
    return end.shellStatus
  }

  private static func seconds(_ nanoseconds: UInt64) -> Text {
    Text { text in
      let seconds = nanoseconds / 1_000_000_000
      text.put(decimal: seconds / 60)
      text.put("m")
      text.put(decimal: seconds % 60)
      text.put(".")
      text.put(decimal: nanoseconds / 1_000_000 % 1000, width: 3, fill: 0x30)
      text.put("s")
    }
  }
}
