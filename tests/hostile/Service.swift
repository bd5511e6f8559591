// SPDX-License-Identifier: MIT
import System
import TestRuntime

extension Stage {
  /// Random and structured bytes as commands to init, and paths of its scheme: nothing may come of
  /// them but errors, and the services go on.
  func service(_ random: inout Random) throws(TestFailure) {
    let before = try services()
    let control = try succeed("opening the control file") { () throws(SystemError) in
      try File("/scheme/service/control", .write).release()
    }
    for turn in 0..<600 {
      let command = hostileCommand(turn, &random)
      let start = command[0..<min(command.count, 60)].quotedForMessage
      do throws(SystemError) { _ = try control.write(command.span) } catch {
        if error == .invalidArgument || error == .notFound { continue }
        throw TestFailure(reason("init's answer", error) + " to " + start)
      }
      throw TestFailure("init took " + start)
    }
    for turn in 0..<300 { try hostilePath(turn, &random) }
    for code: UInt32 in [0, 1, 7, 0x5269_0001, UInt32.max] {
      try fail(with: .noSystemCall, "a call that init does not know") { () throws(SystemError) in
        try control.call(code)
      }
    }
    performIgnoringErrors(Close { $0.handle = control })
    try expect(try services() == before, "the services run as before")
  }

  private func services() throws(TestFailure) -> Text {
    let list = Text(
      try succeed("listing services") { () throws(SystemError) in
        try FileSystem.read("/scheme/service/list")
      })
    // Name, state and process of each; not for how long it has run.
    return Text { text in
      for line in list.lines() {
        for word in line.words().prefix(3) {
          text.put(word)
          text.put(" ")
        }
      }
    }
  }

  private func hostileCommand(_ turn: Int, _ random: inout Random) -> Text {
    let verbs: [Text] = [
      "start", "stop", "restart", "Shutdown", "reboot now", "kill", "shutdown\0",
    ]
    switch turn % 4 {
    case 0: return noise(Int(random.next(below: 200)) + 1, &random)
    case 1:
      let verb = verbs[Int(random.next(below: UInt64(verbs.count)))]
      return verb + " " + noise(Int(random.next(below: 60)) + 1, &random)
    case 2:
      // Longer than a message area.
      return "start " + noise(Int(random.next(below: 120_000)) + 1, &random)
    default:
      return verbs[Int(random.next(below: 3))] + " no-such-service-"
        + Text {
          $0.put(decimal: random.next())
        }
    }
  }

  /// Bytes, none of which ends a word, so that they are no names of services.
  private func noise(_ count: Int, _ random: inout Random) -> Text {
    Text { text in
      for _ in 0..<count {
        let byte = UInt8(truncatingIfNeeded: random.next())
        text.put(byte < 0x21 ? byte | 0x80 : byte)
      }
    }
  }

  private func hostilePath(_ turn: Int, _ random: inout Random) throws(TestFailure) {
    var path: Text = "service/"
    for _ in 0...random.next(below: 4) {
      path += noise(Int(random.next(below: 300)) + 1, &random)
      path.put(0x2F)
    }
    if turn % 3 == 0 { path = "service/tmpfs/../" + path }
    if turn % 7 == 0 { path += "\0status" }
    do throws(SystemError) {
      let handle = try path.span.withClaim { (claim) throws(SystemError) in
        try perform(
          Open {
            $0.path = claim
            $0.flags = .read
          })
      }
      performIgnoringErrors(Close { $0.handle = handle })
    } catch { return }
    throw TestFailure("init opened " + path.quotedForMessage)
  }
}
