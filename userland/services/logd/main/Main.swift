// SPDX-License-Identifier: MIT
import LogKeeping
import System

/// `logd`: serves the scheme `log` from the memory that init keeps for it.
@main struct LogProgram {
  static func main() {
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule() else {
        return end("needs a capsule; lib/services/logd says how large")
      }
      Daemon.serve(LogServer(try book(capsule.bytes)), as: "log")
    } catch { end(error.explanation) }
  }

  private static func book(_ memory: SharedBytes) throws(SystemError) -> LogBook {
    do throws(CapsuleError) { return try LogBook(in: memory) } catch { throw .outOfMemory }
  }

  /// Its own namespace has no scheme `log`: this goes to init.
  private static func end(_ reason: StaticString) {
    Log.error { line in
      line.put("cannot keep a log: ")
      line.put(reason)
    }
    exit(1)
  }
}
