// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What the kernel offers every program beside its schemes: names, handles, the machine's own face.
@main struct MachineTests {
  static func main() {
    var run = TestRun("machine")
    testNames(&run)
    testEnds(&run)
    testUnknownCalls(&run)
    testTimers(&run)
    testStorms(&run)
    exit(run.end())
  }
}
