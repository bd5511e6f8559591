// SPDX-License-Identifier: MIT
import Schemes
import Supervision
import System

/// The machine is to be switched off or started again.
struct Ending {
  /// What `/scheme/sys/kstop` is told.
  var word: StaticString
  /// Services still to be stopped, the last one first.
  var left: [SupervisedService]
}

// The orderly end: services are stopped one after another, the last started first, then the machine.
extension InitSystem {
  func end(_ word: StaticString) {
    guard ending == nil else { return }
    boots = []
    let running = services.filter { $0.name != "initfs" }
    ending = Ending(word: word, left: sorted(running))
    for command in commands { command.process.signal(15) }
    goOnEnding()
  }

  private func sorted(_ services: [SupervisedService]) -> [SupervisedService] {
    var sorted: [SupervisedService] = []
    for service in services {
      let place = sorted.firstIndex { $0.startOrder > service.startOrder } ?? sorted.count
      sorted.insert(service, at: place)
    }
    return sorted
  }

  /// Stops the next service, or the machine if none is left.
  func goOnEnding() {
    while let last = ending?.left.last {
      switch last.machine.phase {
      case .stopping: return
      case .idle, .stopped, .givenUp: ending?.left.removeLast()
      case .starting, .running, .waiting: apply(.stop, to: last)
      }
    }
    if let word = ending?.word { stopMachine(word) }
  }

  private func stopMachine(_ word: StaticString) {
    do throws(SystemError) {
      let stop = try File("/scheme/sys/kstop", .write | .runtimeHandle)
      try stop.handle.writeAll(word)
    } catch {
      say("the machine cannot be stopped: ", Text(error.explanation))
      ending = nil
    }
  }
}
