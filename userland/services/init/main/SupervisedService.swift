// SPDX-License-Identifier: MIT
import InitScript
import Schemes
import Supervision
import System

/// A service that init looks after: what outlives its processes, and the process that it has now.
final class SupervisedService {
  let name: Text
  let description: ServiceDescription
  var command: Invocation
  var machine: ServiceMachine

  // What outlives its processes; made before the first one.
  /// The right to serve its schemes.
  var scheme: OwnedHandle?
  var capsule: MemoryObject?
  var account: OwnedHandle?
  /// `nil` for one that has init's own.
  var namespace: Namespace?
  /// A folder that it reaches in the place of a whole scheme.
  var view: (scheme: Text, folder: KeptHandle)?
  /// Where its output goes in and comes out.
  var output: PipeEnds?
  var isPrepared = false
  /// Its program, where that is not among the initial files.
  var program = ServiceProgram.unknown
  var programMemory: MemoryObject?

  // The process.
  var process: ChildProcess?
  var number: UInt32?
  /// Where it says that it is ready, until it has.
  var readiness: OwnedHandle?

  var tail = OutputTail()
  var droppedCapsules: UInt64 = 0
  /// Its turn among all that were started; the last is stopped first.
  var startOrder = 0
  /// Units whose step ends when it is ready.
  var waitingUnits: [InitSystem.UnitPlace] = []
  /// Commands to be answered when it is ready or has ended.
  var starters: [Waiter] = []
  var stoppers: [Waiter] = []
  /// When those who wait for it to be ready are told that it is not.
  var readyDeadline: Deadline?
  /// It says when it is ready, and somebody may wait for that.
  var isAwaited = false
  /// Somebody waits for its first process, and is told if that fails instead of trying again.
  var isTried = false
  /// Somebody's mount made it: lists leave it out once nothing is mounted.
  var isMount = false

  init(_ name: Text, _ description: ServiceDescription, _ command: Invocation) {
    self.name = name
    self.description = description
    self.command = command
    machine = ServiceMachine(
      description.effectiveRestart, hasCapsule: description.capsuleBytes > 0)
  }

  var isListed: Bool {
    switch machine.phase {
    case .idle, .stopped: !isMount
    case .starting, .running, .waiting, .stopping, .givenUp: true
    }
  }

  var report: ServiceReport {
    var report = ServiceReport(
      name: name, machine: machine, process: number, schemes: description.schemes,
      command: command.line)
    report.droppedCapsules = droppedCapsules
    return report
  }
}

/// A program with its arguments and what its environment has beside init's.
struct Invocation: Equatable {
  var environment: [InitCommand.Variable]
  var program: Text
  var arguments: [Text]

  /// For people.
  var line: Text { ([program] + arguments).joined(by: " ") }
}

/// A handle that several may hold on to.
final class KeptHandle {
  private let owned: OwnedHandle
  init(_ owned: consuming OwnedHandle) { self.owned = owned }
  var handle: Handle { owned.handle }
}

/// A command whose answer comes later.
struct Waiter {
  let tag: RequestTag
  /// What a write of the command answers when all went well.
  let byteCount: Int
}
