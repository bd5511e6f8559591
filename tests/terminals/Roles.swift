// SPDX-License-Identifier: MIT
import Synchronization
import System

/// The programs on the terminal.
enum Role {
  static func play(_ name: Text) -> Never {
    do throws(SystemError) {
      switch name {
      case "leader": try lead()
      case "wait":
        try awaitForeground()
        say("job up\n")
        while true { Clock.sleep(.seconds(3600)) }
      case "read":
        say("read " + (try readPersistently()))
      case "deaf":
        try Signals.setAction(.terminalInput, .ignore)
        do throws(SystemError) { _ = try readPersistently() } catch {
          guard error == .inputOutput else { throw error }
          say("refused\n")
        }
      case "size": try tellSize()
      case "write": say("written\n")
      case "change":
        let terminal = Terminal(.standardInput)
        try terminal.set(try terminal.settings())
      case "left": try Console.remain()
      default: exit(2)
      }
    } catch {
      say("failed: " + Text(error.explanation) + "\n")
      exit(1)
    }
    exit(0)
  }

  private static func say(_ text: Text) { Handle.standardOutput.writeIgnoringErrors(text) }

  // MARK: The leader

  private static func lead() throws(SystemError) {
    try Terminal(.standardInput).becomeController()
    let terminal = Terminal(try File("libc:tty", .readWrite | .runtimeHandle).release())
    guard try terminal.foregroundGroup() == Process.currentNumber else {
      throw SystemError.protocolError
    }
    say("leader up\n")
    report("first", try run("wait", in: terminal))
    let second = try start("wait")
    try terminal.setForegroundGroup(second)
    report("second", try state(of: second))
    try end(second, terminal)
    let third = try start("read")
    report("third", try state(of: third))
    try Process.signal(-Int(third), .continue)
    report("again", try state(of: third))
    report("third", try resume(third, terminal))
    report("deaf", try state(of: try start("deaf")))
    report("fourth", try run("size", in: terminal))
    try beSilenced(terminal)
    let sixth = try start("change")
    report("sixth", try state(of: sixth))
    try end(sixth, terminal)
    say("leader done\n")
    while true { Clock.sleep(.seconds(3600)) }
  }

  /// A background job that may not write.
  private static func beSilenced(_ terminal: Terminal) throws(SystemError) {
    var settings = try terminal.settings()
    settings.local.insert(.stopBackgroundOutput)
    try terminal.set(settings)
    let fifth = try start("write")
    report("fifth", try state(of: fifth))
    settings.local.remove(.stopBackgroundOutput)
    try terminal.set(settings)
    report("fifth", try resume(fifth, terminal))
  }

  /// Starts a job in a group of its own, in the background.
  private static func start(_ role: Text) throws(SystemError) -> UInt32 {
    var program = Program(Arguments.executablePath, ["terminals", role])
    program.handles = [
      (.standardInput, .standardInput), (.standardOutput, .standardOutput),
      (.standardError, .standardError),
    ]
    program.group = 0
    do throws(ExecutableError) { return try Process.spawn(program).number } catch {
      throw error.reason
    }
  }

  private static func run(
    _ role: Text, in terminal: Terminal
  ) throws(SystemError) -> ExitStatus {
    let job = try start(role)
    try terminal.setForegroundGroup(job)
    let state = try state(of: job)
    try takeBack(terminal)
    return state
  }

  private static func resume(
    _ job: UInt32, _ terminal: Terminal
  ) throws(SystemError) -> ExitStatus {
    try terminal.setForegroundGroup(job)
    try Process.signal(-Int(job), .continue)
    let state = try state(of: job)
    try takeBack(terminal)
    return state
  }

  private static func end(_ job: UInt32, _ terminal: Terminal) throws(SystemError) {
    try Process.signal(-Int(job), .kill)
    _ = try state(of: job)
    try takeBack(terminal)
  }

  /// The leader is in the background then: only who ignores SIGTTOU may do that.
  private static func takeBack(_ terminal: Terminal) throws(SystemError) {
    try Signals.setAction(.terminalOutput, .ignore)
    try terminal.setForegroundGroup(Process.currentNumber)
    try Signals.setAction(.terminalOutput, .byDefault)
  }

  private static func state(of job: UInt32) throws(SystemError) -> ExitStatus {
    while true {
      do throws(SystemError) {
        return try Process.wait(.process(job), .stopped).status
      } catch { guard error == .interrupted else { throw error } }
    }
  }

  private static func report(_ name: Text, _ status: ExitStatus) {
    var line = name
    switch status {
    case .exited(let code):
      line.put(": exited ")
      line.put(decimal: UInt64(code))
    case .signalled(let signal):
      line.put(": signal ")
      line.put(decimal: UInt64(signal.rawValue))
    case .stopped(let signal):
      line.put(": stopped ")
      line.put(decimal: UInt64(signal.rawValue))
    case .continued: line.put(": continued")
    }
    say(line + "\n")
  }

  // MARK: Jobs

  /// A read that a stop has interrupted is made again.
  private static func readPersistently() throws(SystemError) -> Text {
    while true {
      do throws(SystemError) { return try Lines.read(.standardInput) } catch {
        guard error == .interrupted else { throw error }
      }
    }
  }

  /// Until then, what is typed is not for this job.
  private static func awaitForeground() throws(SystemError) {
    let group = UInt32(truncatingIfNeeded: Process.property(.group))
    while try Terminal(.standardInput).foregroundGroup() != group {
      Clock.sleep(.milliseconds(2))
    }
  }

  private static let hasHeard = Atomic<Bool>(false)

  private static func tellSize() throws(SystemError) {
    try Signals.setAction(.windowChange, .handle { _ in hasHeard.store(true, ordering: .relaxed) })
    try awaitForeground()
    say("job up\n")
    while !hasHeard.load(ordering: .relaxed) {
      do throws(SystemError) { try Clock.sleep(until: .after(.milliseconds(50))) } catch {
        guard error == .interrupted else { throw error }
      }
    }
    let size = try Terminal(.standardInput).windowSize()
    say(
      Text {
        $0.put("size ")
        $0.put(decimal: UInt64(size.rows))
        $0.put(" ")
        $0.put(decimal: UInt64(size.columns))
        $0.put("\n")
      })
  }
}
