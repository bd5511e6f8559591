// SPDX-License-Identifier: MIT
import Testing

@testable import Supervision

private let second: UInt64 = 1_000_000_000
private let fault = Death.signalled(11)

@Test func aServiceStartsGetsReadyAndStops() {
  var machine = ServiceMachine(.always, hasCapsule: false)
  #expect(machine.handle(.start, now: 0) == [.spawn])
  #expect(machine.phase == .starting)
  #expect(machine.handle(.ready, now: 1) == [])
  #expect(machine.phase == .running)
  #expect(machine.handle(.start, now: 2) == [])
  #expect(machine.handle(.stop, now: 3) == [.terminate])
  #expect(machine.deadline == 3 + 3 * second)
  #expect(machine.handle(.died(.signalled(15)), now: 4) == [.settle])
  #expect(machine.phase == .stopped)
  #expect(machine.deadline == nil)
}

@Test func whatIgnoresSIGTERMIsKilled() {
  var machine = ServiceMachine(.always, hasCapsule: false)
  _ = machine.handle(.start, now: 0)
  _ = machine.handle(.stop, now: 0)
  #expect(machine.handle(.tick, now: second) == [])
  #expect(machine.handle(.tick, now: 3 * second) == [.kill])
  #expect(machine.deadline == nil)
  #expect(machine.handle(.died(.signalled(9)), now: 4 * second) == [.settle])
}

@Test func aStartDuringAStopComesAfterIt() {
  var machine = ServiceMachine(.never, hasCapsule: false)
  _ = machine.handle(.start, now: 0)
  _ = machine.handle(.stop, now: 0)
  #expect(machine.handle(.start, now: 1) == [])
  #expect(machine.handle(.died(.signalled(15)), now: 2) == [.spawn])
  #expect(machine.phase == .starting)
}

@Test func restartsBackOff() {
  var machine = ServiceMachine(.always, hasCapsule: false)
  var now: UInt64 = 0
  _ = machine.handle(.start, now: now)
  #expect(machine.handle(.died(fault), now: now) == [.spawn])
  for delay: UInt64 in [50, 100, 200, 400, 800, 1600, 3200] {
    #expect(machine.handle(.died(fault), now: now) == [])
    #expect(machine.phase == .waiting(until: now + delay * 1_000_000))
    #expect(machine.handle(.tick, now: now + delay * 1_000_000 - 1) == [])
    now += delay * 1_000_000
    #expect(machine.handle(.tick, now: now) == [.spawn])
  }
  #expect(machine.restarts == 8)
  #expect(machine.handle(.died(fault), now: now) == [])
  #expect(machine.phase == .waiting(until: now + 5 * second))
}

@Test func healthForgivesDelays() {
  var machine = ServiceMachine(.always, hasCapsule: false)
  _ = machine.handle(.start, now: 0)
  _ = machine.handle(.died(fault), now: 0)
  _ = machine.handle(.died(fault), now: 0)
  _ = machine.handle(.tick, now: second)
  #expect(machine.handle(.died(fault), now: 12 * second) == [.spawn])
}

@Test func tenDeathsInAMinuteAreTooMany() {
  var machine = ServiceMachine(.always, hasCapsule: false)
  var now: UInt64 = 0
  _ = machine.handle(.start, now: now)
  for _ in 0..<9 {
    #expect(!machine.handle(.died(.signalled(9)), now: now).contains(.giveUp))
    now += 5 * second
    _ = machine.handle(.tick, now: now)
  }
  #expect(machine.handle(.died(.signalled(9)), now: now) == [.giveUp, .settle])
  #expect(machine.phase == .givenUp)
  // Somebody has looked at it, and tries again.
  #expect(machine.handle(.start, now: now) == [.spawn])
  #expect(machine.handle(.died(fault), now: now) == [.spawn])
}

@Test func tenDeathsInAnHourAreNot() {
  var machine = ServiceMachine(.always, hasCapsule: false)
  _ = machine.handle(.start, now: 0)
  for turn: UInt64 in 1...40 {
    #expect(machine.handle(.died(fault), now: turn * 20 * second) == [.spawn])
  }
}

@Test func aServiceThatIsKilledOnPurposeNeverWaits() {
  var machine = ServiceMachine(.immediately, hasCapsule: true)
  _ = machine.handle(.start, now: 0)
  for _ in 0..<10_000 {
    #expect(machine.handle(.died(.signalled(9)), now: 1) == [.spawn])
  }
  #expect(machine.restarts == 10_000)
  #expect(machine.isExpected(.signalled(9)) && machine.isExpected(.signalled(15)))
  #expect(!ServiceMachine(.always, hasCapsule: true).isExpected(.signalled(9)))
}

@Test func faultsOfAServiceThatIsKilledOnPurposeCount() {
  var machine = ServiceMachine(.immediately, hasCapsule: false)
  var now: UInt64 = 0
  _ = machine.handle(.start, now: now)
  for death in [fault, .exited(status: 0), .exited(status: 1)] {
    #expect(!machine.isExpected(death))
    #expect(machine.handle(.died(.signalled(9)), now: now) == [.spawn])
    let actions = machine.handle(.died(death), now: now)
    #expect(actions == (death == fault ? [.spawn] : []))
    now += second
    if death != fault { #expect(machine.handle(.tick, now: now) == [.spawn]) }
  }
  for _ in 0..<6 {
    #expect(!machine.handle(.died(fault), now: now).contains(.giveUp))
    now += 5 * second
    _ = machine.handle(.tick, now: now)
  }
  #expect(machine.handle(.died(fault), now: now) == [.giveUp, .settle])
}

@Test func rulesDecideWhoComesBack() {
  for (rule, death, comesBack) in [
    (RestartRule.always, Death.exited(status: 0), true), (.onFailure, .exited(status: 0), false),
    (.onFailure, .exited(status: 1), true), (.onFailure, .signalled(9), true),
    (.never, .signalled(11), false),
  ] {
    var machine = ServiceMachine(rule, hasCapsule: false)
    _ = machine.handle(.start, now: 0)
    #expect(machine.handle(.died(death), now: 1) == (comesBack ? [.spawn] : [.settle]))
  }
}

@Test func aCapsuleThatKillsThreeTimesIsDropped() {
  var machine = ServiceMachine(.always, hasCapsule: true)
  _ = machine.handle(.start, now: 0)
  #expect(machine.handle(.died(fault), now: 1) == [.spawn])
  #expect(machine.handle(.died(fault), now: 2) == [])
  #expect(machine.handle(.tick, now: second) == [.spawn])
  #expect(machine.handle(.died(fault), now: second) == [.dropCapsule])
  #expect(machine.handle(.tick, now: 2 * second) == [.spawn])
  #expect(machine.handle(.died(fault), now: 2 * second) == [])
}

@Test func onlyFaultsInARowCountAgainstACapsule() {
  var machine = ServiceMachine(.immediately, hasCapsule: true)
  var now: UInt64 = 0
  _ = machine.handle(.start, now: now)
  for _ in 0..<20 {
    now += 9 * second
    _ = machine.handle(.died(fault), now: now)
    _ = machine.handle(.tick, now: now + 6 * second)
    now += 9 * second
    #expect(!machine.handle(.died(fault), now: now).contains(.dropCapsule))
    _ = machine.handle(.tick, now: now + 6 * second)
    #expect(machine.handle(.died(.signalled(9)), now: now + 6 * second) == [.spawn])
  }
  // Ten seconds of health forgive as well.
  for _ in 0..<5 {
    now += 17 * second
    #expect(machine.handle(.died(fault), now: now) == [.spawn])
  }
}

@Test func aFailureToStartCountsAsADeath() {
  var machine = ServiceMachine(.onFailure, hasCapsule: false)
  _ = machine.handle(.start, now: 0)
  #expect(machine.handle(.spawnFailed, now: 0) == [.spawn])
  #expect(machine.handle(.spawnFailed, now: 0) == [])
  #expect(machine.lastDeath == .exited(status: 127))
}
