// SPDX-License-Identifier: MIT
import Testing
import UtilityFrame
import UtilityModel

@testable import ProcessUtilities

private let table = UtilityTable(processUtilities)

@Test(
  arguments: [
    ("kill 7", 15, [7]), ("kill -9 7 8", 9, [7, 8]), ("kill -HUP 7", 1, [7]),
    ("kill -s sigint 7", 2, [7]), ("kill -9 -7", 9, [-7]), ("kill -SIGHUP -- -7", 1, [-7]),
    ("kill -0 7", 0, [7]), ("kill -- -1", 15, [-1]),
  ] as [(String, UInt32, [Int])])
func signalsGoToProcessesAndGroups(_ line: String, _ number: UInt32, _ selectors: [Int]) {
  let system = ModelSystem()
  #expect(system.run(table, line).status == 0)
  #expect(system.signals.map(\.number) == selectors.map { _ in number })
  #expect(system.signals.map(\.selector) == selectors)
}

@Test(arguments: [
  "kill", "kill -NONE 1", "kill -x 1", "kill 9x", "kill -s", "kill 99999999999", "kill -65 1",
])
func whatMakesNoSenseIsRefused(_ line: String) {
  let system = ModelSystem()
  let run = system.run(table, line)
  #expect(run.status == 2 && system.signals.isEmpty && run.errors.hasPrefix("kill: "))
}

@Test func namesAndNumbersOfSignalsAreTold() {
  let system = ModelSystem()
  #expect(system.run(table, "kill -l 9 137 TERM").output == "KILL\nKILL\n15\n")
  #expect(system.run(table, "kill -l").output.hasPrefix("HUP INT QUIT "))
}
