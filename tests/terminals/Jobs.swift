// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A session with jobs, and who sits at its terminal.
enum Jobs {
  static func obeyTheTerminal() throws(TestFailure) {
    var screen = try Screen()
    let leader = try start(on: try screen.open())
    try screen.await("leader up")
    // Ctrl-C ends the job and not the leader.
    try screen.await("job up")
    try screen.type("\u{3}")
    try screen.await("^C")
    try screen.await("first: signal 2")
    // Ctrl-Z stops it.
    try screen.await("job up")
    try screen.type("\u{1A}")
    try screen.await("second: stopped 20")
    // A background job that reads is stopped, each time that it goes on there, and reads when it is
    // in the foreground.
    try screen.await("third: stopped 21")
    try screen.await("again: stopped 21")
    try screen.type("hello\r")
    try screen.await("read hello")
    try screen.await("third: exited 0")
    // One that ignores the signal hears that it may not read.
    try screen.await("refused")
    try screen.await("deaf: exited 0")
    // The size of the window.
    try screen.await("job up")
    try succeed("a size") { () throws(SystemError) in
      try screen.terminal.terminal.setWindowSize(WindowSize(rows: 33, columns: 101))
    }
    try screen.await("size 33 101")
    try screen.await("fourth: exited 0")
    // Background jobs that write, and that change settings.
    try screen.await("fifth: stopped 22")
    try screen.await("written")
    try screen.await("fifth: exited 0")
    try screen.await("sixth: stopped 22")
    try screen.await("leader done")
    screen.close()
    let status = try succeed("waiting for the leader") { () throws(SystemError) in
      try leader.wait(until: .after(.seconds(30)))
    }
    try expect(status == .signalled(.hangUp), "the leader hears that the terminal hung up")
  }

  private static func start(on terminal: consuming OwnedHandle) throws(TestFailure) -> Process {
    var program = Program(Arguments.executablePath, ["terminals", "leader"])
    program.handles = [
      (.standardInput, terminal.handle), (.standardOutput, terminal.handle),
      (.standardError, terminal.handle),
    ]
    program.beginsSession = true
    do throws(ExecutableError) { return try Process.spawn(program) } catch {
      throw TestFailure(reason("the leader", error.reason))
    }
  }
}
