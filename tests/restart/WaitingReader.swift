// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What went wrong in the reader's thread.
private let failure = Mutex<Text?>(nil)

/// A reader that waits at the end of the log while the log's server is killed.
enum WaitingReader {
  /// Writes a line while another thread waits for it, and kills the server in between.
  static func run(_ turns: Int) throws(TestFailure) {
    var victim = try Victim("logd")
    for _ in 0..<turns {
      let mark = Text {
        $0.put("number ")
        $0.put(decimal: randomWord())
      }
      let reader = try succeed("a thread") { () throws(SystemError) in
        try Thread { wait(for: mark) }
      }
      Clock.sleep(.milliseconds(3))
      try victim.kill()
      try succeed("writing to the log") { () throws(SystemError) in
        try File("/scheme/log", .write).writeAll("waited: " + mark + "\n")
      }
      reader.join()
      let reason = failure.withLock { $0 }
      if let reason { throw TestFailure(reason) }
    }
  }

  private static func wait(for mark: Text) {
    do throws(SystemError) {
      let file = try File("/scheme/log/follow")
      var seen = Text()
      var buffer = [UInt8](repeating: 0, count: 4096)
      while seen.firstIndex(of: mark) == nil {
        let count = try file.read(into: buffer.mutableSpan)
        guard count > 0 else {
          failure.withLock { $0 = "the log ends for who follows it" }
          return
        }
        // The end of what was seen may be the beginning of what is looked for.
        seen = seen[max(seen.count - 100, 0)...] + Text(buffer[0..<count])
      }
    } catch {
      let explanation = Text(error.explanation)
      failure.withLock { $0 = explanation }
    }
  }
}
