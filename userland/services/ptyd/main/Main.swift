// SPDX-License-Identifier: MIT
import System
import Terminals

/// `ptyd`: serves the scheme `pty`: pseudo-terminals, and the terminal at the first serial port.
@main struct TerminalProgram {
  static func main() {
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule() else {
        return end("needs a capsule; lib/services/ptyd says how large")
      }
      Daemon.serve(TerminalServer(try take(capsule.bytes), KernelHost()), as: "pty")
    } catch {
      end(error.explanation)
    }
  }

  private static func take(_ memory: SharedBytes) throws(SystemError) -> TerminalTable {
    do throws(CapsuleError) { return try TerminalTable(in: memory) } catch { throw .noSpace }
  }

  private static func end(_ reason: StaticString) {
    Log.error { line in
      line.put("ptyd: ")
      line.put(reason)
    }
    exit(1)
  }
}
