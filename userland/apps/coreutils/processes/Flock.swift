// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Flock: UtilityProgram {
  static var manual: Manual {
    Manual(
      "flock", "hold a lock on a file while a command runs",
      synopsis: [
        "[-sxnoF] [-w SECONDS] [-E STATUS] FILE COMMAND [ARGUMENT…]",
        "[-sxnoF] [-w SECONDS] [-E STATUS] FILE -c COMMAND",
        "[-sxnu] [-w SECONDS] [-E STATUS] HANDLE",
      ],
      description: """
        Locks a file or a directory, and then runs a command, or one line of the shell with -c. A file \
        that is not there is made. The lock keeps only those away who lock the file as well. It ends \
        when the command and all that it has started have closed the file. With a HANDLE, a number of a \
        file that whoever called flock has open, that file is locked, and stays so after flock has ended.
        """,
      options: [
        .init("-s, --shared", "a lock that others can have at the same time"),
        .init("-x, --exclusive", "a lock for one alone; this is what is meant without -s"),
        .init("-e", "the same as -x"),
        .init("-u, --unlock", "give the lock of HANDLE up"),
        .init("-n, --nonblock", "do not wait for others, but fail"),
        .init("-w, --timeout=SECONDS", "wait so long, and then fail"),
        .init("-o, --close", "the command does not get the file: the lock ends with it"),
        .init("-F, --no-fork", "the command takes the place of flock"),
        .init("-E, --conflict-exit-code=STATUS", "how to end if others have the lock; 1"),
        .init("-v, --verbose", "say so if others have it"),
      ],
      exitStatus: [
        .init("1", "Others have the lock."), .init("64", "The arguments make no sense."),
        .init("66", "The file cannot be opened."), .init("71", "It cannot be locked."),
        .init("126", "The command cannot be started."), .init("127", "There is no such command."),
        .init("else", "The command's own status."),
      ],
      seeAlso: ["fallocate"], usageStatus: 64)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options(operandsEndOptions: true)
    guard let place = options.operands.first else { throw .usage("which file?") }
    let command = try words(Array(options.operands.dropFirst()), invocation)
    let conflict = try status(options.value("-E"))
    let deadline = try deadline(options, invocation)
    if command.isEmpty {
      guard let number = number(place), number < Handle.runtimeBase else {
        throw .usage("what is to be done with " + place.quotedForMessage + "?")
      }
      let handle = Handle(rawValue: number)
      return try lock(handle, place, options, deadline, invocation) ? 0 : conflict
    }
    if options.has("-u") { throw .usage("-u goes with a handle") }
    if options.has("-o"), options.has("-F") { throw .usage("-o and -F contradict each other") }
    let handle: Handle
    do throws(SystemError) { handle = try open(place, invocation.system) } catch {
      invocation.complain(place, error)
      return 66
    }
    defer { invocation.system.close(handle) }
    guard try lock(handle, place, options, deadline, invocation) else { return conflict }
    return try run(command, holding: handle, options, invocation)
  }

  /// What to run: nothing, a command, or a line for the shell.
  private static func words(
    _ operands: [Text], _ invocation: Invocation
  ) throws(UtilityStop) -> [Text] {
    guard operands.first == "-c" || operands.first == "--command" else { return operands }
    guard operands.count == 2 else { throw .usage("-c takes one line") }
    let shell = invocation.system.environmentValue("SHELL") ?? "/bin/ion"
    return [shell, "-c", operands[1]]
  }

  private static func number(_ text: Text) -> UInt32? {
    do throws(NumberError) { return try UInt32(decimal: text.span) } catch { return nil }
  }

  private static func status(_ text: Text?) throws(UtilityStop) -> Int32 {
    guard let text else { return 1 }
    guard let number = number(text), number < 256 else {
      throw .usage(text.quotedForMessage + " is no exit status")
    }
    return Int32(number)
  }

  private static func deadline(
    _ options: Options, _ invocation: Invocation
  ) throws(UtilityStop) -> UInt64? {
    if options.has("-n") { return 0 }
    guard let text = options.value("-w") else { return nil }
    guard let time = SleepTime.parse(text) else {
      throw .usage(text.quotedForMessage + " is no length of time")
    }
    if time == 0 { return 0 }
    let (moment, overflow) = invocation.system.now.addingReportingOverflow(time)
    return overflow ? nil : moment
  }

  /// A directory is opened as it is; a file is made.
  private static func open(_ path: Text, _ system: UtilitySystem) throws(SystemError) -> Handle {
    do throws(SystemError) { return try system.openFile(path, .read | .create, mode: 0o666) } catch
    {
      guard error == .isDirectory || error == .readOnlyFileSystem || error == .accessDenied else {
        throw error
      }
    }
    return try system.openFile(path, .read, mode: 0)
  }

  /// - Returns: false if others have it.
  private static func lock(
    _ handle: Handle, _ place: Text, _ options: Options, _ deadline: UInt64?,
    _ invocation: Invocation
  ) throws(UtilityStop) -> Bool {
    let operation: LockOperation
    switch options.last(of: ["-s", "-x", "-e", "-u"]) {
    case 0: operation = .shared
    case 3: operation = .unlock
    default: operation = .exclusive
    }
    do throws(SystemError) {
      try invocation.system.lock(handle, operation, until: deadline)
      return true
    } catch {
      guard error == .wouldBlock || error == .timedOut else {
        invocation.complain(place, error)
        throw .status(71)
      }
      if options.has("-v") { invocation.say("flock: others have " + place.shownSafely) }
      return false
    }
  }

  private static func run(
    _ words: [Text], holding handle: Handle, _ options: Options, _ invocation: Invocation
  ) throws(UtilityStop) -> Int32 {
    let system = invocation.system
    if options.has("-F") {
      try invocation.startCommand(words[0]) { (file) throws(SystemError) in
        try system.replace(file, words, environment: system.environment)
      }
      return 126
    }
    let process = try invocation.startCommand(words[0]) { (file) throws(SystemError) in
      var how = StartOptions()
      if !options.has("-o") { how.shared = [handle] }
      return try system.start(file, words, environment: system.environment, options: how)
    }
    while true {
      do throws(SystemError) {
        return try system.wait(for: process, until: nil).shellStatus
      } catch {
        guard error == .interrupted else {
          throw .failed(words[0].shownSafely + ": " + Text(error.explanation))
        }
      }
    }
  }
}
