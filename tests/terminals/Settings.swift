// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What belongs to a terminal beside its bytes.
enum Settings {
  static func areKept() throws(TestFailure) {
    try succeed("settings") { () throws(SystemError) in
      let master = try PseudoTerminal()
      let handle = try master.open()
      let terminal = Terminal(handle.handle)
      var settings = try terminal.settings()
      guard settings.local.contains(.canonical | .echo | .signals) else {
        throw SystemError.protocolError
      }
      settings.local.remove(.echo)
      settings[.erase] = 8
      settings.outputSpeed = 9600
      try terminal.set(settings)
      guard try master.terminal.settings() == settings else { throw SystemError.protocolError }
      // Drained and flushed at once, as nothing waits.
      try master.handle.writeAll("unread\r")
      try terminal.set(settings, .flushed)
      try terminal.set(settings, .drained)
      try terminal.drain()
      try master.terminal.setWindowSize(WindowSize(rows: 30, columns: 100))
      guard try terminal.windowSize() == WindowSize(rows: 30, columns: 100),
        Terminal.isTerminal(handle.handle), try terminal.foregroundGroup() == 0
      else { throw SystemError.protocolError }
      let path = try terminal.path()
      guard try master.path() == path else { throw SystemError.protocolError }
    }
  }

  static func areRefused() throws(TestFailure) {
    let file = try succeed("a file") { () throws(SystemError) in
      try File("/scheme/initfs/bin/init", .read)
    }
    try fail(with: .notTerminal, "settings of a file") { () throws(SystemError) in
      try Terminal(file.handle).settings()
    }
    var pipe = try succeed("a pipe") { () throws(SystemError) in try Pipe() }
    guard let reading = pipe.reading.take() else { throw TestFailure("a pipe's end") }
    let end = reading.handle
    try fail(with: .notTerminal, "the size of a pipe") { () throws(SystemError) in
      try Terminal(end).windowSize()
    }
    let master = try succeed("a terminal") { () throws(SystemError) in try PseudoTerminal() }
    try fail(with: .notTerminal, "a group for who has no session there") {
      () throws(SystemError) in
      try master.terminal.setForegroundGroup(Process.currentNumber)
    }
    try fail(with: .notFound, "a part that there is not") { () throws(SystemError) in
      _ = try master.handle.open("nothing")
    }
    try fail(with: .invalidArgument, "half a size") { () throws(SystemError) in
      let size = try master.handle.open("winsize", .write)
      try size.handle.writeAll("half")
    }
    try fail(with: .notFound, "a terminal that there is not") { () throws(SystemError) in
      try File("/scheme/pty/31", .readWrite).status()
    }
  }

  static func lock() throws(TestFailure) {
    let master = try succeed("a master") { () throws(SystemError) in
      try File("/scheme/pty/ptmx", .readWrite)
    }
    let path = try succeed("its name") { () throws(SystemError) -> Text in
      let name = try master.handle.open("ptsname")
      return Text(try name.handle.readAll())
    }
    try fail(with: .inputOutput, "opening too early") { () throws(SystemError) in
      try File(path, .readWrite).status()
    }
    try succeed("opening after that") { () throws(SystemError) in
      let lock = try master.handle.open("ptlock", .write)
      try lock.handle.writeAll("\u{0}\u{0}\u{0}\u{0}")
      _ = try File(path, .readWrite).status()
    }
  }

  static func noController() throws(TestFailure) {
    try fail(with: .noSuchDevice, "libc:tty") { () throws(SystemError) in
      try File("libc:tty", .readWrite).status()
    }
    try succeed("libc:stdout") { () throws(SystemError) in
      let other = try File("libc:stdout", .write)
      guard try other.handle.identity() == Handle.standardOutput.identity() else {
        throw SystemError.protocolError
      }
    }
  }
}
