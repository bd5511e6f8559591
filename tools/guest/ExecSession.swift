// SPDX-License-Identifier: MIT

/// One command in one guest, from power-on to its outcome.
///
/// A value without I/O: what the guest, QEMU, the clock and the user do comes in as events; what is
/// to be done about it goes out as actions. The second serial port says how the command does, the
/// first whether the kernel panicked, the control channel how the machine ended.
public struct ExecSession: Sendable {
  public typealias Instant = ContinuousClock.Instant

  /// What the guest sends on its second serial port.
  public enum Message: Equatable, Sendable {
    case ready
    case output([UInt8])
    case error([UInt8])
    case exit(UInt32)
    /// Words of the system for the user.
    case note(String)
    case fileStart(name: String, mode: UInt32, size: UInt64)
    case fileData([UInt8])
    case fileEnd
  }

  public enum Event: Sendable {
    case message(Message)
    case console([UInt8])
    case monitor(Monitor.Line)
    /// QEMU ended with this status, having written this to its standard error.
    case ended(status: Int32, errors: String)
    /// The user wants an end: Ctrl-C or a signal.
    case interrupted(signal: Int32)
    case timer
  }

  public enum Action: Equatable, Sendable {
    case output([UInt8])
    case error([UInt8])
    case startFile(name: String, mode: UInt32)
    case writeFile([UInt8])
    case endFile
    case askRegisters
    case endMachine
    /// The last action of all.
    case finish(Outcome)
  }

  public enum Outcome: Equatable, Sendable {
    case exited(UInt32)
    case panicked
    case timedOut(wasReady: Bool, processors: [Monitor.ProcessorState])
    /// The guest ended by itself, in QEMU's words for how.
    case guestEnded(reason: String, wasReady: Bool)
    case machineFailed(status: Int32, errors: String)
    case interrupted(signal: Int32)
  }

  public struct Limits: Sendable {
    /// From power-on to the command's end.
    public var timeout: Duration
    /// How long an orderly power-off may take after the command's end.
    public var powerOff: Duration = .seconds(5)
    /// How long a panicking kernel may take to finish its report.
    public var panic: Duration = .seconds(5)
    /// How long QEMU may take to answer.
    public var monitor: Duration = .seconds(2)

    public init(timeout: Duration) { self.timeout = timeout }
  }

  private enum State {
    case booting(until: Instant)
    case running(until: Instant)
    /// The command has ended; the guest powers itself off.
    case poweringOff(status: UInt32, until: Instant)
    case panicking(until: Instant)
    /// QEMU was asked what the processors do.
    case asking(wasReady: Bool, until: Instant)
    /// QEMU was told to end; what is known already is the outcome.
    case ending(Outcome, until: Instant)
    case finished
  }

  /// All that the guest wrote on its first serial port.
  public private(set) var console = Console()
  private var state: State
  private let limits: Limits
  private var shutdownReason: String?
  /// The status that QEMU ended with, once it has.
  public private(set) var machineStatus: Int32?

  public init(limits: Limits, at now: Instant) {
    self.limits = limits
    state = .booting(until: now + limits.timeout)
  }

  /// When to send `.timer`; nil once finished.
  public var deadline: Instant? {
    switch state {
    case .booting(let until), .running(let until), .poweringOff(_, let until),
      .panicking(let until), .asking(_, let until), .ending(_, let until):
      until
    case .finished: nil
    }
  }

  public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
    if case .finished = state { return [] }
    switch event {
    case .message(let message): return handle(message, at: now)
    case .console(let bytes): return heard(bytes, at: now)
    case .monitor(.shutdown(let reason)):
      shutdownReason = reason
      return []
    case .monitor(.processors(let processors)):
      guard case .asking(let wasReady, _) = state else { return [] }
      return end(.timedOut(wasReady: wasReady, processors: processors), at: now)
    case .monitor(.other): return []
    case .ended(let status, let errors): return machineEnded(status, errors)
    case .interrupted(let signal): return end(.interrupted(signal: signal), at: now)
    case .timer: return timePassed(at: now)
    }
  }

  private mutating func handle(_ message: Message, at now: Instant) -> [Action] {
    switch message {
    case .ready:
      if case .booting(let until) = state { state = .running(until: until) }
      return []
    case .output(let bytes): return [.output(bytes)]
    case .error(let bytes): return [.error(bytes)]
    case .note(let text): return [.error(Array("apus: \(text)\n".utf8))]
    case .exit(let status):
      switch state {
      case .booting, .running:
        state = .poweringOff(status: status, until: now + limits.powerOff)
      case .poweringOff, .panicking, .asking, .ending, .finished: break
      }
      return []
    case .fileStart(let name, let mode, _): return [.startFile(name: name, mode: mode)]
    case .fileData(let bytes): return [.writeFile(bytes)]
    case .fileEnd: return [.endFile]
    }
  }

  private mutating func heard(_ bytes: [UInt8], at now: Instant) -> [Action] {
    console.append(bytes)
    switch state {
    case .booting, .running, .poweringOff:
      guard console.panic != .none else { return [] }
      state = .panicking(until: now + limits.panic)
    case .panicking, .asking, .ending, .finished: break
    }
    // A kernel that has reported all ends QEMU itself, with a status that says so.
    return []
  }

  private mutating func machineEnded(_ status: Int32, _ errors: String) -> [Action] {
    console.finish()
    machineStatus = status
    let outcome: Outcome
    switch state {
    case .ending(let known, _): outcome = known
    case .panicking: outcome = .panicked
    case _ where status == Machine.panicStatus || console.panic != .none: outcome = .panicked
    case .poweringOff(let code, _): outcome = .exited(code)
    case .booting, .running, .asking, .finished:
      if status == 0 {
        outcome = .guestEnded(reason: shutdownReason ?? "unknown", wasReady: wasReady)
      } else {
        outcome = .machineFailed(status: status, errors: errors)
      }
    }
    state = .finished
    return [.finish(outcome)]
  }

  private mutating func timePassed(at now: Instant) -> [Action] {
    guard let deadline, now >= deadline else { return [] }
    switch state {
    case .booting, .running:
      state = .asking(wasReady: wasReady, until: now + limits.monitor)
      return [.askRegisters]
    case .poweringOff(let status, _): return end(.exited(status), at: now)
    case .panicking: return end(.panicked, at: now)
    case .asking(let wasReady, _):
      return end(.timedOut(wasReady: wasReady, processors: []), at: now)
    case .ending(let outcome, _):
      state = .finished
      return [.finish(outcome)]
    case .finished: return []
    }
  }

  private mutating func end(_ outcome: Outcome, at now: Instant) -> [Action] {
    state = .ending(outcome, until: now + limits.monitor)
    return [.endMachine]
  }

  private var wasReady: Bool {
    switch state {
    case .booting: false
    case .asking(let wasReady, _): wasReady
    case .running, .poweringOff, .panicking, .ending, .finished: true
    }
  }
}
