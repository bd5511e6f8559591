// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Kills getty and sees that the console's session goes on: the same leader, and one only.
enum SessionKeeperTest {
  static func run(_ kills: Int, _ seed: UInt64) throws(TestFailure) {
    var random = Random(seed: seed)
    let leader = try awaitSession()
    var last = 0
    for _ in 0..<kills {
      Clock.sleep(.microseconds(random.below(3000)))
      last = try kill(after: last)
      if random.oneIn(8) { try expect(try session() == leader, "the same session") }
    }
    // Its successor has found the session.
    _ = try process(otherThan: last)
    Clock.sleep(.milliseconds(50))
    try expect(try session() == leader, "the same session after all")
    try succeed("the leader lives") { () throws(SystemError) in
      try Process.signal(Int(leader), SignalNumber(rawValue: 0))
    }
  }

  private static func kill(after last: Int) throws(TestFailure) -> Int {
    while true {
      let process = try process(otherThan: last)
      do throws(SystemError) {
        try Process.signal(process, .kill)
        return process
      } catch { guard error == .noProcess else { throw TestFailure(reason("kill", error)) } }
    }
  }

  private static func session() throws(TestFailure) -> UInt32 {
    try succeed("the console's session") { () throws(SystemError) -> UInt32 in
      let console = try File("/scheme/pty/console", .read)
      return try Terminal(console.handle).session()
    }
  }

  private static func awaitSession() throws(TestFailure) -> UInt32 {
    for _ in 0..<2000 {
      let session = try session()
      if session != 0 { return session }
      Clock.sleep(.milliseconds(5))
    }
    throw TestFailure("no session on the console within 10 seconds")
  }

  private static func process(otherThan last: Int) throws(TestFailure) -> Int {
    for _ in 0..<20_000 {
      let text = try succeed("getty's state") { () throws(SystemError) in
        Text(try FileSystem.read("/scheme/service/getty/status"))
      }
      for line in text.lines() where line.hasPrefix("process: ") {
        guard let word = line.words().last else { continue }
        do throws(NumberError) {
          let number = Int(try UInt64(decimal: word.span))
          if number != last { return number }
        } catch { continue }
      }
      Clock.sleep(.microseconds(500))
    }
    throw TestFailure("no successor")
  }
}
