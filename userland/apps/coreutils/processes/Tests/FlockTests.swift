// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Testing
import UtilityFrame
import UtilityModel

@testable import ProcessUtilities

private let table = UtilityTable(processUtilities)

private func machine() -> ModelSystem {
  let system = ModelSystem()
  system.put("/bin/prog", "", mode: 0o755)
  system.variables = ["PATH=/bin", "SHELL=/bin/prog"]
  system.program = { _ in ChildEnd(.exited, 7) }
  return system
}

/// What is typed, what is locked how and until when, and the status.
@Test(
  arguments: [
    ("flock /l prog a", LockOperation.exclusive, nil, 7),
    ("flock -s /l prog", .shared, nil, 7), ("flock -sx /l prog", .exclusive, nil, 7),
    ("flock -xs /l prog", .shared, nil, 7), ("flock -n -e /l prog", .exclusive, 0, 7),
    ("flock -w 2 /l prog", .exclusive, 102_000_000_000, 7),
    ("flock -w 0 /l prog", .exclusive, 0, 7), ("flock /l -c line", .exclusive, nil, 7),
    ("flock -u 9", .unlock, nil, 0), ("flock -s 9", .shared, nil, 0),
  ] as [(String, LockOperation, UInt64?, Int32)])
func filesAreLocked(_ row: (String, LockOperation, UInt64?, Int32)) {
  let system = machine()
  var asked: [(LockOperation, UInt64?)] = []
  system.lockFile = { asked.append(($0, $1)) }
  let run = system.run(table, row.0)
  #expect(run.status == row.3 && run.errors.isEmpty)
  #expect(asked.count == 1 && asked[0].0 == row.1 && asked[0].1 == row.2)
  #expect(system.openCount == 0)
  #expect(system.started.count == (row.3 == 7 ? 1 : 0))
}

@Test func othersHaveTheLock() {
  let system = machine()
  system.lockFile = { (_, deadline) throws(SystemError) in
    throw deadline == 0 ? .wouldBlock : .timedOut
  }
  #expect(system.run(table, "flock -n /l prog").status == 1)
  #expect(system.run(table, "flock -w 1 -E 42 /l prog").status == 42)
  #expect(system.run(table, "flock -nv /l prog").errors == "flock: others have /l\n")
  #expect(system.started.isEmpty && system.openCount == 0)
  system.lockFile = { (_, _) throws(SystemError) in throw .notSupported }
  #expect(system.run(table, "flock /l prog").status == 71)
}

@Test(arguments: [
  "flock", "flock /l", "flock -u /l prog", "flock /l -c", "flock /l -c a b", "flock -w x /l prog",
  "flock -E 256 /l prog", "flock -oF /l prog",
])
func whatFlockDoesNotUnderstand(_ line: String) {
  #expect(machine().run(table, line).status == 64)
}

@Test func theCommandGetsTheFileOrNot() {
  let system = machine()
  #expect(system.run(table, "flock /nowhere/l prog").status == 66)
  #expect(system.run(table, "flock /l nothing").status == 127)
  #expect(system.run(table, "flock -o /l prog").status == 7)
  #expect(system.run(table, "flock /l prog").status == 7)
  #expect(system.started.map(\.shared.count) == [0, 1])
}
