// SPDX-License-Identifier: MIT
import ABI
import Core
import LineDiscipline
import Schemes

// What each kind of request does to a terminal, if it can be done now.
extension TerminalServer {
  /// Changes the copy of the terminal, or says why not. What is `done` has to be stored.
  mutating func attempt(_ waiter: inout Waiter, _ input: Span<UInt8>) -> Attempt {
    guard isCurrent(waiter.file) else { return stale(waiter) }
    let slot = waiter.file.slot
    waiter.deadline = .never
    if let attempt = stopped(&waiter, slot) { return attempt }
    switch waiter.kind {
    case .read: return read(&waiter, slot)
    case .write: return write(waiter, slot, input)
    case .drain:
      return table.records[slot].state.output.isEmpty ? .done(Completion()) : .waits
    case .change(let change): return apply(change, &waiter, slot)
    case .openMaster: return .fails(.protocolError)
    }
  }

  /// The terminal was hung up, or is another one: as POSIX has it, reads end and all else fails.
  private func stale(_ waiter: Waiter) -> Attempt {
    if case .read = waiter.kind, waiter.file.part == .terminal { return .fails(.inputOutput) }
    return .fails(.gone)
  }

  /// Whether an attempt may come to anything; cheaper than making it, and it takes nothing.
  mutating func isPossible(_ waiter: inout Waiter) -> Bool {
    guard isCurrent(waiter.file) else { return true }
    let slot = waiter.file.slot
    if isBackground(waiter, slot) != nil { return !waiter.wasStopped }
    switch waiter.kind {
    case .read:
      if waiter.file.part == .master { return canReadMaster(slot) || waiter.count == 0 }
      let deadline = table.records[slot].state.readDeadline(
        max(waiter.count, 1), since: waiter.start, now: host.now())
      waiter.deadline = deadline ?? .never
      return deadline == nil || waiter.count == 0
    case .write:
      if waiter.file.part == .master { return table.records[slot].state.canReceive }
      return table.records[slot].state.hasRoom || table.records[slot].state.isHungUp
    case .drain: return table.records[slot].state.output.isEmpty
    case .change(.settings(_, let drains, _)):
      return !drains || table.records[slot].state.output.isEmpty
    case .change(.askSize): return !waiter.hasAsked || !table.records[slot].report.isExpected
    case .change, .openMaster: return true
    }
  }

  // MARK: Job control

  /// The signal that keeps a background group from what it wants.
  private mutating func isBackground(_ waiter: Waiter, _ slot: Int) -> UInt32? {
    if waiter.file.isMasters || waiter.file.isForced { return nil }
    let use: TerminalUse
    switch waiter.kind {
    case .read: use = .read
    case .write, .drain: use = .write
    case .change: use = .change
    case .openMaster: return nil
    }
    return table.records[slot].state.stopSignal(
      use, session: waiter.caller.session, group: waiter.caller.processGroup)
  }

  /// Stops a background group. Its request waits until the group is in the foreground, but for a
  /// read: that is made again by who goes on, and fails for who is deaf to the signal.
  /// - Returns: `nil` if the request may go on.
  private mutating func stopped(_ waiter: inout Waiter, _ slot: Int) -> Attempt? {
    guard let signal = isBackground(waiter, slot) else { return nil }
    // Nobody could continue it.
    if host.isOrphaned(group: waiter.caller.processGroup) { return .fails(.inputOutput) }
    if !waiter.wasStopped {
      waiter.wasStopped = true
      waiter.doesNotWait = false
      host.send(signal, toGroup: waiter.caller.processGroup)
      if case .read = waiter.kind {
        switch host.reaction(ofProcess: waiter.caller.process, to: signal) {
        case .stopped: return .fails(.interrupted)
        case .none: return .fails(.inputOutput)
        case .unknown: break
        }
      }
    }
    return .waits
  }

  // MARK: Bytes

  private func canReadMaster(_ slot: Int) -> Bool {
    table.records[slot].state.hasOutput
      || table.records[slot].wasOpened && !table.records[slot].isOpen
  }

  private mutating func read(_ waiter: inout Waiter, _ slot: Int) -> Attempt {
    var completion = Completion()
    if waiter.count == 0 { return .done(completion) }
    let taken: (position: UInt64, count: Int)
    if waiter.file.part == .master {
      guard canReadMaster(slot) else { return .waits }
      completion.source = .output
      taken = table.records[slot].state.takeOutput(min(waiter.count, Limits.portion))
    } else {
      let deadline = table.records[slot].state.readDeadline(
        waiter.count, since: waiter.start, now: host.now())
      if let deadline {
        waiter.deadline = deadline
        return .waits
      }
      completion.source = .input
      taken = table.records[slot].state.read(min(waiter.count, Limits.portion))
    }
    completion.position = taken.position
    completion.result = UInt64(taken.count)
    return .done(completion)
  }

  private mutating func write(
    _ waiter: Waiter, _ slot: Int, _ input: Span<UInt8>
  ) -> Attempt {
    var completion = Completion()
    let count: Int
    if waiter.file.part == .master {
      count = table.records[slot].state.receive(input, .hold, now: host.now())
    } else {
      if table.records[slot].state.isHungUp { return .fails(.inputOutput) }
      count = table.records[slot].state.write(input)
    }
    if count == 0, waiter.count > 0 { return .waits }
    completion.result = UInt64(count)
    return .done(completion)
  }

  // MARK: Changes

  private mutating func apply(
    _ change: TerminalChange, _ waiter: inout Waiter, _ slot: Int
  ) -> Attempt {
    var completion = Completion()
    completion.result = UInt64(waiter.count)
    switch change {
    case .settings(let settings, let drains, let flushes):
      if drains, !table.records[slot].state.output.isEmpty { return .waits }
      if flushes { table.records[slot].state.flushInput() }
      table.records[slot].state.set(settings)
    case .size(let size):
      table.records[slot].state.resize(size)
    case .askSize(let milliseconds):
      return askSize(milliseconds, &waiter, slot, completion)
    case .group(let group):
      let session = table.records[slot].state.session
      guard session != 0, session == waiter.caller.session else { return .fails(.notTerminal) }
      guard group != 0, host.session(ofGroup: group) == session else {
        return .fails(.notPermitted)
      }
      table.records[slot].state.setForeground(group)
    case .session:
      if let error = beginSession(waiter.caller, slot) { return .fails(error) }
    case .lock(let isLocked):
      guard waiter.file.isMasters else { return .fails(.notPermitted) }
      table.records[slot].isLocked = isLocked
    case .flush(let what):
      if what != .output { table.records[slot].state.flushInput() }
      if what != .input { table.records[slot].state.flushOutput() }
    case .hangUp:
      guard waiter.caller.user == 0 else { return .fails(.notPermitted) }
      // A pseudo-terminal is its master's, who closes it.
      guard table.records[slot].kind == .console else { return .fails(.notSupported) }
      hangUp(slot)
    }
    return .done(completion)
  }

  /// POSIX leaves it to systems how a session gets its terminal: here its leader asks for it.
  /// - Returns: why not.
  private mutating func beginSession(_ caller: CallerIdentity, _ slot: Int) -> SystemError? {
    let session = table.records[slot].state.session
    if session == caller.session, session != 0 { return nil }
    guard caller.process == caller.session else { return .notPermitted }
    for other in table.records.indices
    where table.records[other].state.session == caller.session {
      return .notPermitted
    }
    if session != 0 {
      let leader = host.handle(
        ofProcess: table.records[slot].leader,
        generation: table.records[slot].leaderGeneration)
      if let leader {
        self.session?.close(leader)
        return .notPermitted
      }
      // Its end has not been told yet.
      loseSession(slot)
    }
    // Whoever has it asks for names and passwords there, or is believed to.
    guard caller.user == 0 || caller.user == table.records[slot].owner else {
      return .notPermitted
    }
    table.records[slot].state.begin(session: caller.session, group: caller.processGroup)
    table.records[slot].leader = caller.process
    table.records[slot].leaderGeneration = caller.generation
    watchLeader(slot)
    return nil
  }

  /// Takes the console from everybody who has it, for the next session.
  private mutating func hangUp(_ slot: Int) {
    let old = file(.terminal, slot).word
    forgetLeader(slot)
    table.records[slot].giveBack()
    table.records[slot].state.hangUp()
    table.commit(slot)
    paySignals(slot)
    table.records[slot].state.reset()
    table.records[slot].generation &+= 1
    table.records[slot].isOpen = false
    toldTerminal[slot] = nil
    session?.revoke(old)
  }
}
