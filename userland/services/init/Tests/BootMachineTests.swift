// SPDX-License-Identifier: MIT
import Base
import InitScript
import Testing

@testable import Supervision

private func unit(_ name: StaticString, _ script: StaticString) throws -> InitUnit {
  InitUnit(
    name: Text(name), try InitScript(parsing: Text(script).bytes, file: Text(name)))
}

/// The programs that actions start, with their units.
private func programs(_ actions: [BootMachine.Action]) -> [Text] {
  var programs: [Text] = []
  for action in actions {
    guard case .take(_, let step) = action else { continue }
    programs.append(step.command.words[0])
  }
  return programs
}

@Test func independentUnitsRunSideBySide() throws {
  var boot = BootMachine(
    [
      try unit("00_base", "a\nb"), try unit("00_drivers", "requires_weak 00_base\nc"),
      try unit("05_other", "d"),
    ], limit: 100)
  #expect(programs(boot.begin(now: 0)) == ["a", "d"])
  #expect(programs(boot.finished(unit: 0, now: 1)) == ["b"])
  #expect(boot.finished(unit: 2, now: 2) == [.unitDone(unit: 2)])
  let actions = boot.finished(unit: 0, now: 3)
  #expect(actions.first == .unitDone(unit: 0))
  #expect(programs(actions) == ["c"])
  #expect(boot.finished(unit: 1, now: 4) == [.unitDone(unit: 1), .settled])
  #expect(boot.deadline == nil)
}

@Test func aUnitThatHangsIsReportedAndHoldsNobodyUp() throws {
  var boot = BootMachine(
    [try unit("a", "# comment\nnotify hang\nnext"), try unit("b", "requires_weak a\nrun")],
    limit: 100)
  #expect(programs(boot.begin(now: 0)) == ["hang"])
  #expect(boot.deadline == 100)
  #expect(boot.tick(now: 99) == [])
  let actions = boot.tick(now: 100)
  #expect(actions.first == .reportLate(unit: 0, line: 2))
  #expect(programs(actions) == ["run"])
  #expect(boot.finished(unit: 1, now: 101) == [.unitDone(unit: 1), .settled])
  // It comes after all, and goes on with its own steps.
  #expect(programs(boot.finished(unit: 0, now: 200)) == ["next"])
  #expect(boot.deadline == nil)
  #expect(boot.finished(unit: 0, now: 201) == [.unitDone(unit: 0)])
}

@Test func cyclesAreLeftOutAndNamed() throws {
  var boot = BootMachine(
    [
      try unit("a", "requires_weak b\nx"), try unit("b", "requires_weak a\ny"),
      try unit("c", "requires_weak a nothing\nz"),
    ], limit: 100)
  #expect(boot.cycles == [["a", "b"]])
  #expect(boot.unitCount == 1)
  #expect(boot.missing.map { $0.requirement } == ["a", "nothing"])
  #expect(programs(boot.begin(now: 0)) == ["z"])
  #expect(boot.finished(unit: 0, now: 1).last == .settled)
}

@Test func nothingToDoIsSettledAtOnce() throws {
  var boot = BootMachine([], limit: 100)
  #expect(boot.begin(now: 0) == [.settled])
  var empty = BootMachine([try unit("a", "requires_weak b")], limit: 100)
  #expect(empty.begin(now: 0) == [.unitDone(unit: 0), .settled])
}

@Test func eventsForUnitsThatAreNotThereDoNothing() throws {
  var boot = BootMachine([try unit("a", "x")], limit: 100)
  _ = boot.begin(now: 0)
  #expect(boot.finished(unit: 7, now: 1) == [])
  #expect(boot.finished(unit: -1, now: 1) == [])
  _ = boot.finished(unit: 0, now: 1)
  #expect(boot.finished(unit: 0, now: 2) == [])
}

@Test func aStepCanHaveItsOwnLimit() throws {
  var boot = BootMachine([try unit("a", "notify slow")], limit: 100)
  _ = boot.begin(now: 0)
  boot.setDeadline(500, of: 0)
  boot.setDeadline(500, of: 9)
  #expect(boot.tick(now: 499) == [])
  #expect(boot.tick(now: 500) == [.reportLate(unit: 0, line: 1), .settled])
}
