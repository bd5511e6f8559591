// SPDX-License-Identifier: MIT

/// How a process ended.
public enum Death: Equatable, Sendable {
  case exited(status: UInt32)
  case signalled(UInt32)

  /// Whether the program itself is to blame: a fault or a failure status, and not somebody's SIGKILL
  /// or SIGTERM.
  public var isFault: Bool {
    switch self {
    case .exited(let status): status != 0
    case .signalled(let signal): signal != 9 && signal != 15
    }
  }
}

/// The life of one service: decides what is to be done when something happens to it, and when to
/// look again. Times are nanoseconds of the monotonic clock.
public struct ServiceMachine: Equatable, Sendable {
  public enum Phase: Equatable, Sendable {
    /// Not started yet.
    case idle
    /// Its process runs and has not said that it is ready.
    case starting
    case running
    /// It died and is started again at this time.
    case waiting(until: UInt64)
    /// It was told to end, and is killed at this time.
    case stopping(killAt: UInt64)
    /// It was stopped, or ended by itself and its rule leaves it so.
    case stopped
    /// It died too often.
    case givenUp
  }

  public enum Event: Equatable, Sendable {
    case start
    case stop
    case spawnFailed
    case ready
    case died(Death)
    /// Time has passed.
    case tick
  }

  public enum Action: Equatable, Sendable {
    case spawn
    /// Send SIGTERM.
    case terminate
    /// Send SIGKILL.
    case kill
    /// Replace the capsule by an empty one.
    case dropCapsule
    /// Answer what waits in its queue with an error.
    case giveUp
    /// It ended, and is not started again.
    case settle
  }

  public private(set) var phase = Phase.idle
  /// How often it was started again after a death.
  public private(set) var restarts: UInt64 = 0
  /// How it ended last.
  public private(set) var lastDeath: Death?
  public private(set) var startedAt: UInt64 = 0
  private let rule: RestartRule
  private let hasCapsule: Bool
  /// Restarts since it was last healthy: the next delay depends on it.
  private var attempts = 0
  /// Faults in a row since it was last healthy.
  private var strikes = 0
  /// The times of the last deaths, oldest first, as many as make us give up.
  private var deaths: [UInt64] = []
  /// Set when it is to be started again as soon as it has ended.
  private var startsAfterStop = false

  @export(interface)
  public init(_ rule: RestartRule, hasCapsule: Bool) {
    self.rule = rule
    self.hasCapsule = hasCapsule
  }

  /// Whether there is a process.
  public var isAlive: Bool {
    switch phase {
    case .starting, .running, .stopping: true
    case .idle, .waiting, .stopped, .givenUp: false
    }
  }

  /// Whether it was told to end.
  public var isStopping: Bool {
    if case .stopping = phase { true } else { false }
  }

  /// When to send the next `tick`, or `nil` if time changes nothing.
  public var deadline: UInt64? {
    switch phase {
    case .waiting(let until): until
    case .stopping(let killAt): killAt == .max ? nil : killAt
    case .idle, .starting, .running, .stopped, .givenUp: nil
    }
  }

  /// Takes an event and says what is to be done, in order.
  @export(interface)
  public mutating func handle(_ event: Event, now: UInt64) -> [Action] {
    switch event {
    case .start: return start(now)
    case .stop: return stop(now)
    case .spawnFailed: return died(.exited(status: 127), now)
    case .ready:
      if phase == .starting { phase = .running }
      return []
    case .died(let death): return died(death, now)
    case .tick: return tick(now)
    }
  }

  private mutating func start(_ now: UInt64) -> [Action] {
    switch phase {
    case .starting, .running: return []
    case .stopping:
      startsAfterStop = true
      return []
    case .idle, .waiting, .stopped, .givenUp:
      attempts = 0
      strikes = 0
      deaths = []
      return spawn(now)
    }
  }

  private mutating func spawn(_ now: UInt64) -> [Action] {
    phase = .starting
    startedAt = now
    return [.spawn]
  }

  private mutating func stop(_ now: UInt64) -> [Action] {
    startsAfterStop = false
    switch phase {
    case .starting, .running:
      phase = .stopping(killAt: now &+ ServiceLimits.killDelay)
      return [.terminate]
    case .waiting, .idle:
      phase = .stopped
      return [.settle]
    case .stopping, .stopped, .givenUp: return []
    }
  }

  private mutating func tick(_ now: UInt64) -> [Action] {
    switch phase {
    case .waiting(let until) where until <= now:
      restarts &+= 1
      return spawn(now)
    case .stopping(let killAt) where killAt <= now:
      phase = .stopping(killAt: .max)
      return [.kill]
    case .idle, .starting, .running, .waiting, .stopping, .stopped, .givenUp: return []
    }
  }
}

// MARK: Death

extension ServiceMachine {
  private mutating func died(_ death: Death, _ now: UInt64) -> [Action] {
    lastDeath = death
    switch phase {
    case .stopping:
      guard startsAfterStop else {
        phase = .stopped
        return [.settle]
      }
      startsAfterStop = false
      phase = .stopped
      return start(now)
    case .starting, .running: return unexpected(death, now)
    case .idle, .waiting, .stopped, .givenUp: return []
    }
  }

  private mutating func unexpected(_ death: Death, _ now: UInt64) -> [Action] {
    if now &- startedAt >= ServiceLimits.healthyAfter {
      attempts = 0
      strikes = 0
    }
    guard isRestarted(after: death) else {
      phase = .stopped
      return [.settle]
    }
    var actions = countStrike(death)
    if isExpected(death) {
      phase = .waiting(until: now)
      return actions + tick(now)
    }
    guard !isTooOften(now) else {
      phase = .givenUp
      return actions + [.giveUp, .settle]
    }
    let delay = ServiceLimits.delay(attempt: attempts)
    attempts += 1
    phase = .waiting(until: now &+ delay)
    if delay == 0 { actions += tick(now) }
    return actions
  }

  /// Whether the service is one that is killed on purpose, and was: nothing to report, to wait for
  /// or to count.
  @export(interface)
  public func isExpected(_ death: Death) -> Bool {
    guard rule == .immediately, case .signalled = death else { return false }
    return !death.isFault
  }

  private func isRestarted(after death: Death) -> Bool {
    switch rule {
    case .always, .immediately: true
    case .onFailure: death != .exited(status: 0)
    case .never: false
    }
  }

  /// Three faults in a row are laid to what the capsule holds.
  private mutating func countStrike(_ death: Death) -> [Action] {
    guard hasCapsule, death.isFault else {
      strikes = 0
      return []
    }
    strikes += 1
    guard strikes == ServiceLimits.capsuleStrikes else { return [] }
    strikes = 0
    return [.dropCapsule]
  }

  private mutating func isTooOften(_ now: UInt64) -> Bool {
    deaths.append(now)
    if deaths.count > ServiceLimits.deaths { deaths.removeFirst() }
    guard deaths.count == ServiceLimits.deaths, let first = deaths.first else { return false }
    return now &- first <= ServiceLimits.deathWindow
  }
}

/// The numbers that restarting goes by; times in nanoseconds.
public enum ServiceLimits {
  public static var firstDelay: UInt64 { 50_000_000 }
  public static var longestDelay: UInt64 { 5_000_000_000 }
  /// A service that lives this long has forgotten its troubles.
  public static var healthyAfter: UInt64 { 10_000_000_000 }
  /// This many deaths within the window are too many.
  public static var deaths: Int { 10 }
  public static var deathWindow: UInt64 { 60_000_000_000 }
  public static var capsuleStrikes: Int { 3 }
  /// From SIGTERM to SIGKILL.
  public static var killDelay: UInt64 { 3_000_000_000 }

  /// The delay before a restart: none before the first since the service was healthy, then doubling.
  @export(interface)
  public static func delay(attempt: Int) -> UInt64 {
    guard attempt > 0 else { return 0 }
    guard attempt <= 7 else { return longestDelay }
    return min(firstDelay << UInt64(attempt - 1), longestDelay)
  }
}
