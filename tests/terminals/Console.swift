// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// The console after somebody has logged out there, and a process that somebody left behind.
enum Console {
  private static let path: Text = "/scheme/pty/console"
  private static let ada: UInt32 = 1001

  static func isTakenFromWhoWasThere() throws(TestFailure) {
    let leader = try awaitSession(otherThan: 0)
    // What login does, and what ada may do then.
    try succeed("giving the console to ada") { () throws(SystemError) in
      var owner = FileAttributes()
      owner.valid = 1 | 2 | 4
      owner.mode = 0o666
      owner.user = ada
      owner.group = ada
      try File(path, .readWrite).setAttributes(owner)
    }
    var pipe = try succeed("a pipe") { () throws(SystemError) in try Pipe() }
    guard let reading = pipe.reading.take(), let writing = pipe.writing.take() else {
      throw TestFailure("a pipe's ends")
    }
    let left = try leaveBehind(writing.handle)
    try expect(try said(reading.handle) == "ready\n", "a process of ada's has the console")
    try succeed("logging out") { () throws(SystemError) in
      try Process.signal(Int(leader), .kill)
    }
    let status = try succeed("waiting for ada's process") { () throws(SystemError) in
      try left.wait(until: .after(.seconds(30)))
    }
    if case .exited(let number) = status, number != 0 {
      throw TestFailure(mistake(number))
    }
    try expect(status == .exited(0), "ada's process ended by itself")
    _ = try awaitSession(otherThan: leader)
    let facts = try succeed("its status") { () throws(SystemError) in
      try FileSystem.status(path)
    }
    try expect(facts.user == 0 && facts.group == 0, "the console is root's")
    try expect(facts.mode & 0o777 == 0o620, "nobody else may open the console")
  }

  private static func said(_ handle: Handle) throws(TestFailure) -> Text {
    do throws(SystemError) { return try Lines.read(handle) } catch {
      throw TestFailure(reason("reading from ada's process", error))
    }
  }

  /// getty begins a session some time after the last one's end.
  private static func awaitSession(otherThan old: UInt32) throws(TestFailure) -> UInt32 {
    for _ in 0..<300 {
      let session = try succeed("the console's session") { () throws(SystemError) in
        let file = try File(path, .readWrite)
        return try Terminal(file.handle).session()
      }
      if session != 0, session != old { return session }
      Clock.sleep(.milliseconds(100))
    }
    throw TestFailure("the console has no new session")
  }

  private static func leaveBehind(_ output: Handle) throws(TestFailure) -> Process {
    var program = Program(Arguments.executablePath, ["terminals", "left"])
    program.handles = [(.standardOutput, output)]
    program.beginsSession = true
    let authority = try succeed("the authority") { () throws(SystemError) in
      try File("/scheme/sys/authority", .read | .runtimeHandle)
    }
    program.credentials = Credentials(user: ada, group: ada, authority: authority.handle)
    do throws(ExecutableError) { return try Process.spawn(program) } catch {
      throw TestFailure(reason("ada's process", error.reason))
    }
  }

  // MARK: The process that ada left behind

  private static func mistake(_ status: UInt32) -> StaticString {
    switch status {
    case 3: "ada's process has the console for its session"
    case 4: "ada's process has opened the console again"
    case 5: "ada's process has read from the console"
    default: "ada's process had no console"
    }
  }

  /// Tries to get the console by all means, from before the session's end until the next one.
  static func remain() throws(SystemError) -> Never {
    let file = try File(path, .readWrite)
    Handle.standardOutput.writeIgnoringErrors("ready\n")
    repeat {
      if hasTaken(file) { exit(3) }
    } while isCurrent(file)
    for _ in 0..<300 {
      if canOpen() { exit(4) }
      Clock.sleep(.milliseconds(5))
    }
    do throws(SystemError) {
      if try !Lines.read(file.handle).isEmpty { exit(5) }
    } catch { exit(0) }
    exit(0)
  }

  private static func hasTaken(_ file: borrowing File) -> Bool {
    do throws(SystemError) {
      try Terminal(file.handle).becomeController()
      return true
    } catch { return false }
  }

  private static func isCurrent(_ file: borrowing File) -> Bool {
    do throws(SystemError) {
      _ = try file.status()
      return true
    } catch { return false }
  }

  private static func canOpen() -> Bool {
    do throws(SystemError) {
      let file = try File(path, .readWrite)
      return try file.status().links > 0
    } catch { return false }
  }
}
