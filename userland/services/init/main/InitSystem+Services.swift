// SPDX-License-Identifier: MIT
import InitScript
import Schemes
import Supervision
import System

// What happens to services.
extension InitSystem {
  /// The scheme of the initial files comes before everything: its server gets the initrd as its
  /// standard input and may reach nothing, whatever a table says.
  func startInitialFiles() {
    var description = table("initfs")
    description.schemes = ["initfs"]
    description.reach = .listed([])
    let command = Invocation(environment: [], program: "initfs", arguments: [])
    let service = SupervisedService("initfs", description, command)
    services.append(service)
    start(service, isAwaited: true)
  }

  /// - Parameter isAwaited: somebody waits until it says that it is ready; otherwise it counts as
  ///   ready once it runs.
  func start(_ service: SupervisedService, isAwaited: Bool) {
    service.isAwaited = isAwaited
    apply(.start, to: service)
  }

  /// Tells a service's machine what happened, and does what it decides.
  func apply(_ event: ServiceMachine.Event, to service: SupervisedService) {
    for action in service.machine.handle(event, now: now) {
      switch action {
      case .spawn: spawn(service)
      case .terminate: signal(service, 15)
      case .kill: signal(service, 9)
      case .dropCapsule: dropCapsule(of: service)
      case .giveUp: giveUp(service)
      case .settle: hasEnded(service)
      }
    }
    if service.machine.phase == .running { isReady(service) }
  }

  /// Starts its process, or first the one that loads its program.
  func spawn(_ service: SupervisedService) {
    do throws(SystemError) {
      try prepare(service)
      let process = try launch(service)
      service.number = process.number
      service.process = process
      if service.program == .loading { return }
      startsMade += 1
      service.startOrder = startsMade
      if !service.isAwaited { apply(.ready, to: service) }
    } catch {
      reportLaunch(service.command.program, error)
      apply(.spawnFailed, to: service)
    }
  }

  private func signal(_ service: SupervisedService, _ number: UInt32) {
    guard let process = service.process else { return }
    process.signal(number)
  }

  private func dropCapsule(of service: SupervisedService) {
    service.capsule = nil
    service.droppedCapsules &+= 1
    say("three deaths in a row, so what it kept is dropped: ", service.name)
    // Made again before the next process: without memory for it, the service runs without one.
    do throws(SystemError) { try prepareCapsule(of: service) } catch {
      say("no memory for a capsule: ", service.name)
    }
  }

  private func giveUp(_ service: SupervisedService) {
    say("died ten times within a minute and is given up: ", service.name)
    guard let scheme = service.scheme?.handle else { return }
    performIgnoringErrors(
      GiveUpScheme {
        $0.scheme = scheme
        $0.error = UInt32(SystemError.inputOutput.rawValue)
      })
  }

  /// A service that says that it is ready, or of which nobody expects it.
  private func isReady(_ service: SupervisedService) {
    service.readyDeadline = nil
    service.isTried = false
    answer(&service.starters)
    tellWaiting(service)
  }

  /// Lets units go on that waited for a service which is ready, or will not be.
  func tellWaiting(_ service: SupervisedService) {
    switch service.machine.phase {
    case .idle, .starting, .waiting, .stopping: return
    case .running: break
    case .stopped, .givenUp:
      if !service.waitingUnits.isEmpty { say("ended before it was ready: ", service.name) }
    }
    let units = service.waitingUnits
    service.waitingUnits = []
    for unit in units { finished(unit) }
  }

  /// A service ended and is not started again.
  private func hasEnded(_ service: SupervisedService) {
    service.readyDeadline = nil
    answer(&service.stoppers)
    answer(&service.starters, .inputOutput)
    // Clients of a scheme that nobody serves must not wait for ever.
    if service.machine.phase == .stopped, let scheme = service.scheme?.handle {
      performIgnoringErrors(
        GiveUpScheme {
          $0.scheme = scheme
          $0.error = UInt32(SystemError.inputOutput.rawValue)
        })
    }
    // Without its names nobody will serve it again: what it keeps goes with it.
    if !service.isPrepared { service.scheme = nil }
    tellWaiting(service)
    if ending != nil { goOnEnding() }
  }

  /// Somebody asked for a start and has waited long enough.
  func notReady(_ service: SupervisedService) {
    service.readyDeadline = nil
    say("is still not ready: ", service.name)
    answer(&service.starters, .timedOut)
  }

  /// Tells those who asked that what they asked for is done, or why it is not.
  func answer(_ waiters: inout [Waiter], _ error: SystemError? = nil) {
    for waiter in waiters {
      if let error {
        session.answer(waiter.tag, error)
      } else {
        session.answer(waiter.tag, UInt(waiter.byteCount))
      }
    }
    waiters = []
  }
}

// MARK: What they say

extension InitSystem {
  /// Takes what a service wrote, as much as is there.
  func takeOutput(of service: SupervisedService) {
    guard let handle = service.output?.reading else { return }
    var buffer = [UInt8](repeating: 0, count: 1024)
    // A service that writes faster than the console takes it must not keep init from everything else.
    for _ in 0..<8 {
      let count: Int
      do throws(SystemError) {
        count = try handle.read(into: buffer.mutableSpan)
      } catch { return }
      if count == 0 { return }
      service.tail.take(buffer.span.extracting(first: count)) { line in show(service, line) }
    }
  }

  /// Puts a service's line on the console, from where it comes into the log: with the service's name
  /// and process before it.
  func show(_ service: SupervisedService, _ line: Text) {
    var text = Text()
    OutputTail.put(line, of: service.name, process: service.number, to: &text)
    Handle.standardError.writeIgnoringErrors(text)
  }

  /// Reads whether a service says that it is ready.
  func takeReadiness(of service: SupervisedService) {
    guard let handle = service.readiness?.handle else { return }
    var byte = [UInt8](repeating: 0, count: 1)
    do throws(SystemError) {
      let count = try handle.read(into: byte.mutableSpan)
      service.readiness = nil
      if count == 1 { apply(.ready, to: service) }
    } catch {
      // It may come yet.
      if error != .wouldBlock, error != .interrupted { service.readiness = nil }
    }
  }
}
