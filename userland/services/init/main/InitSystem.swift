// SPDX-License-Identifier: MIT
import InitScript
import Schemes
import Supervision
import System

/// The running system as init sees it. One thread does everything, and waits only for the kernel.
final class InitSystem {
  let initrd: Initrd
  /// Where events are asked for; set before anything happens.
  var session = SchemeSession(name: "service")
  var services: [SupervisedService] = []
  /// The name of each scheme that a service serves, with the service.
  var schemeOwners: [(scheme: Text, service: Text)] = []
  /// What every program gets.
  var environment = Variables()
  /// The folder that a process passed last, for the service that it launches next.
  var passedFolder: (process: UInt32, generation: UInt32, folder: KeptHandle)?
  /// What the boot command line set, of which a program gets what its unit asks for.
  var bootEnvironment = Variables()
  var settings = StartSettings()
  var startsMade = 0

  /// The units of the initial files, and then those of the root file system.
  var boots: [BootMachine] = []
  var bootStage = BootStage.initial
  /// Processes of plain commands, with the unit that waits for each.
  var commands: [(number: UInt32, unit: UnitPlace, program: Text, process: ChildProcess)] = []
  /// Faults of processes whose end has not been reported yet.
  var faults: [(number: UInt32, signal: UInt32)] = []
  var faultPipe: PipeEnds?
  var endings: PipeEnds?
  var ending: Ending?
  /// What the root file system says about services, by their names.
  var rootTables = SortedMap<Text, (path: Text, bytes: [UInt8])>()
  var unitReader: UnitReader?

  init(_ initrd: Initrd) {
    self.initrd = initrd
    environment["PATH"] = "/bin:/usr/bin"
  }

  /// What an event is about: the high half of its word; the low half is a service's index.
  enum Source: UInt64 {
    case ending = 1
    case fault = 2
    case output = 3
    case readiness = 4
    case unitReader = 5

    func word(_ index: Int = 0) -> UInt64 { rawValue << 32 | UInt64(index) }
  }

  /// A unit: a machine of `boots`, and its number there.
  struct UnitPlace {
    var stage: Int
    var unit: Int
  }

  enum BootStage { case initial, reading, root, over }

  var now: UInt64 { Clock.now().nanoseconds }

  /// Starts everything.
  func begin(_ session: SchemeSession) {
    self.session = session
    do throws(SystemError) {
      try startReaping()
      try watchFaults()
    } catch { say("cannot look after processes: ", Text(error.explanation)) }
    startInitialFiles()
    beginInitialUnits()
    rearm()
  }

  /// Something happened on a handle that init watches.
  func handle(_ event: EventRecord) {
    let index = Int(event.data & 0xFFFF_FFFF)
    switch Source(rawValue: event.data >> 32) {
    case .ending: takeEndings()
    case .fault: takeFaults()
    case .output: if services.indices.contains(index) { takeOutput(of: services[index]) }
    case .readiness: if services.indices.contains(index) { takeReadiness(of: services[index]) }
    case .unitReader: takeUnits()
    case nil: break
    }
    rearm()
  }

  /// A moment has come that somebody waits for.
  func wake() {
    let now = now
    for service in services {
      if let deadline = service.machine.deadline, deadline <= now { apply(.tick, to: service) }
      if let deadline = service.readyDeadline, deadline.nanoseconds <= now {
        notReady(service)
      }
    }
    for stage in boots.indices where boots.indices.contains(stage) {
      carryOut(boots[stage].tick(now: now), stage)
    }
    rearm()
  }

  /// Asks to be woken at the next moment that matters.
  func rearm() {
    var earliest = Deadline.never
    func consider(_ moment: UInt64?) {
      if let moment, moment < earliest.nanoseconds { earliest = Deadline(nanoseconds: moment) }
    }
    for service in services {
      consider(service.machine.deadline)
      consider(service.readyDeadline?.nanoseconds)
    }
    for boot in boots { consider(boot.deadline) }
    session.wake(at: earliest)
  }

  func service(_ name: Text) -> SupervisedService? {
    services.first { $0.name == name }
  }
}
