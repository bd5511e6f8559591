// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What the kernel offers every program beside its schemes: names, handles, the machine's own face.
@main struct MachineTests {
  static func main() {
    if Arguments.count == 3, Arguments.text(at: 1) == "trace" { writeTrace() }
    var run = TestRun("machine")
    testNames(&run)
    testEnds(&run)
    testUnknownCalls(&run)
    testTimers(&run)
    testStorms(&run)
    exit(run.end())
  }

  /// `trace E`: writes two events to the kernel's trace, then E, at which a kernel that was told to
  /// panics. Status 3 if it does not.
  private static func writeTrace() -> Never {
    do throws(NumberError) {
      let event = try UInt32(decimal: Arguments.bytes(at: 2))
      trace(event &- 2, 0xA, 0xB)
      trace(event &- 1, 0xC, 0xD)
      trace(event, 0xE, 0xF)
    } catch { exit(2) }
    exit(3)
  }
}
