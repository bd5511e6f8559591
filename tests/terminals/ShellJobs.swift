// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Ion on a terminal, and what it has started in the background.
enum ShellJobs {
  /// A process that has ended is gone before the next program looks for it; the user hears of it at the
  /// prompt after that.
  static func areWaitedFor() throws(TestFailure) {
    var screen = try Screen()
    let shell = try start(on: try screen.open())
    try screen.type("sleep 1000 &\r")
    try screen.await("ion: bg [1] ")
    let number = try screen.await("\r\n").trimmed()
    try screen.await("# ")
    try end(number)
    try screen.type("ps -o stat= -p " + number + "; echo found $?\r")
    // What was typed is shown, too.
    try screen.await("$?\r\n")
    let found = try screen.await("\r\n")
    try expect(found == "found 1\r\n", "nothing of that number is left")
    try screen.await("ion: [1] Signal 9")
    try screen.type("exit\r")
    screen.close()
    let status = try succeed("waiting for the shell") { () throws(SystemError) in
      try shell.wait(until: .after(.seconds(30)))
    }
    try expect(status == .exited(0) || status == .signalled(.hangUp), "the shell ends")
  }

  private static func start(on terminal: consuming OwnedHandle) throws(TestFailure) -> Process {
    var program = Program("/bin/ion", ["ion"])
    program.environment = ["TERM=dumb", "PATH=/bin:/scheme/initfs/bin", "HOME=/root"]
    program.handles = [
      (.standardInput, terminal.handle), (.standardOutput, terminal.handle),
      (.standardError, terminal.handle),
    ]
    program.beginsSession = true
    do throws(ExecutableError) { return try Process.spawn(program) } catch {
      throw TestFailure(reason("the shell", error.reason))
    }
  }

  /// Kills the process, and waits until the kernel calls it ended.
  private static func end(_ number: Text) throws(TestFailure) {
    let deadline = Deadline.after(.seconds(30))
    try succeed("killing") { () throws(SystemError) in
      guard let process = try? Int(decimal: number) else { throw .protocolError }
      try Process.signal(process, .kill)
      while true {
        let list = try File("/scheme/sys/processes")
        let all = Text(try list.handle.readAll())
        let line = all.split(at: 0x0A).first { $0.hasPrefix(number + " ") }
        if let line, line.split(at: 0x20).contains("ended") { return }
        if deadline.hasPassed { throw .timedOut }
        Clock.sleep(.milliseconds(5))
      }
    }
  }
}
