// SPDX-License-Identifier: MIT
import ABI
import Core
import LineDiscipline
import Schemes

// From a request to its answer: one step each, stored before it is answered.
extension TerminalServer {
  /// Carries a request out, or keeps it until that is possible. It is answered by its tag.
  mutating func submit(_ waiter: Waiter, _ request: inout Request, _ input: Span<UInt8>) {
    _ = request.postpone()
    if isRecovering {
      if request.isRepeated {
        if !answerAgain(waiter) { waiters.append(waiter) }
        return
      }
      endRecovery()
    }
    var waiter = waiter
    guard let attempt = finish(&waiter, input) else {
      if waiter.doesNotWait {
        session?.answer(waiter.tag, .wouldBlock)
      } else if waiters.count < Limits.waiters || dropDead() {
        waiters.append(waiter)
      } else {
        session?.answer(waiter.tag, .noBuffers)
      }
      return planWake()
    }
    if attempt >= 0 { settle(attempt) }
    planWake()
  }

  /// Answers a request that had been carried out.
  /// - Returns: false if it had not been.
  private mutating func answerAgain(_ waiter: Waiter) -> Bool {
    for slot in table.records.indices {
      let last = table.records[slot].last
      guard last.sequence == waiter.sequence, last.description == waiter.description,
        last.sequence != 0
      else { continue }
      answer(waiter, slot, last)
      return true
    }
    return false
  }

  /// Tries a request, and stores and answers what it came to.
  ///
  /// - Returns: `nil` if it has to wait; else the terminal that may have changed, or -1.
  private mutating func finish(_ waiter: inout Waiter, _ input: Span<UInt8>) -> Int? {
    if case .openMaster = waiter.kind { return makeTerminal(waiter) }
    let slot = waiter.file.slot
    switch attempt(&waiter, input) {
    case .waits:
      return nil
    case .fails(let error):
      session?.answer(waiter.tag, error)
      return -1
    case .done(var completion):
      completion.description = waiter.description
      completion.sequence = waiter.sequence
      table.records[slot].last = completion
      table.commit(slot)
      tellLess(slot)
      answer(waiter, slot, completion)
      return slot
    }
  }

  private mutating func answer(_ waiter: Waiter, _ slot: Int, _ completion: Completion) {
    if case .openMaster = waiter.kind {
      session?.answer(waiter.tag, opening: completion.result, isStream: true)
      return
    }
    if completion.source == .none {
      session?.answer(waiter.tag, UInt(completion.result))
      return
    }
    let bytes = takenBytes(slot, completion)
    session?.answer(waiter.tag, bytes.span)
  }

  /// The bytes that a read took, which still lie in their queue.
  private mutating func takenBytes(_ slot: Int, _ completion: Completion) -> [UInt8] {
    let count = Int(truncatingIfNeeded: completion.result)
    let position = completion.position
    return [UInt8](capacity: count) { output in
      if completion.source == .input {
        table.records[slot].state.copyInput(from: position, count: count, into: &output)
      } else {
        table.records[slot].state.copyOutput(from: position, count: count, into: &output)
      }
    }
  }

  /// Makes a terminal for a master.
  private mutating func makeTerminal(_ waiter: Waiter) -> Int {
    var ofAccount = 0
    for slot in table.records.indices
    where table.records[slot].kind == .pseudo
      && table.records[slot].account == waiter.caller.account
    {
      ofAccount += 1
    }
    var slot = table.freeSlot()
    if slot == nil || ofAccount >= Limits.terminalsOfAccount {
      dropAbandoned()
      slot = table.freeSlot()
    }
    guard let slot, ofAccount < Limits.terminalsOfAccount || waiter.caller.user == 0 else {
      session?.answer(waiter.tag, .quotaExceeded)
      return -1
    }
    table.records[slot].kind = .pseudo
    table.records[slot].owner = waiter.caller.user
    table.records[slot].group = waiter.caller.group
    table.records[slot].account = waiter.caller.account
    var completion = Completion()
    completion.description = waiter.description
    completion.sequence = waiter.sequence
    completion.result = file(.master, slot).word
    table.records[slot].last = completion
    table.commit(slot)
    answer(waiter, slot, completion)
    return -1
  }

  // MARK: What waits

  /// Goes on with everything on a terminal that can go on, after it has changed.
  mutating func settle(_ slot: Int) {
    if isRecovering { return }
    repeat { paySignals(slot) } while goOn(slot)
    tell(slot)
  }

  /// One round.
  /// - Returns: whether anything changed.
  private mutating func goOn(_ slot: Int) -> Bool {
    var hasChanged = slot == TerminalTable.console && showOnConsole()
    var index = 0
    while index < waiters.count {
      guard waiters[index].file.slot == slot, isOpener(waiters[index]) == false else {
        index += 1
        continue
      }
      var waiter = waiters[index]
      if let slot = finishWaiting(&waiter) {
        waiters.remove(at: index)
        if slot >= 0 { hasChanged = true }
      } else {
        waiters[index] = waiter
        index += 1
      }
    }
    // Those that waited from before this server was there.
    index = 0
    while index < waiters.count {
      guard isOpener(waiters[index]) else {
        index += 1
        continue
      }
      _ = makeTerminal(waiters.remove(at: index))
    }
    if slot == TerminalTable.console, isConsoleHeld, takeFromConsole() { hasChanged = true }
    return hasChanged
  }

  private func isOpener(_ waiter: Waiter) -> Bool {
    if case .openMaster = waiter.kind { return true }
    return false
  }

  /// Tries a request that has waited. Its client may be dead, and then it takes nothing.
  private mutating func finishWaiting(_ waiter: inout Waiter) -> Int? {
    guard isPossible(&waiter) else { return nil }
    var bytes: [UInt8] = []
    if case .write = waiter.kind {
      bytes = [UInt8](repeating: 0, count: min(waiter.count, Limits.portion))
    }
    do throws(SystemError) {
      _ = try session?.read(waiter.tag, at: 0, into: bytes.mutableSpan)
    } catch { return -1 }
    return finish(&waiter, bytes.span)
  }

  /// Forgets requests whose clients are dead.
  /// - Returns: whether there is room for more now.
  private mutating func dropDead() -> Bool {
    var index = 0
    while index < waiters.count {
      var none: [UInt8] = []
      do throws(SystemError) {
        _ = try session?.read(waiters[index].tag, at: 0, into: none.mutableSpan)
        index += 1
      } catch { waiters.remove(at: index) }
    }
    return waiters.count < Limits.waiters
  }

  /// When something has to be done though nothing comes.
  mutating func planWake() {
    var next = Deadline.never
    for waiter in waiters { next = min(next, waiter.deadline) }
    if !table.records.isEmpty, table.records[TerminalTable.console].report.isExpected {
      let end = table.records[TerminalTable.console].reportEnd
      next = min(next, Deadline(nanoseconds: end))
    }
    guard next != nextWake, !isRecovering else { return }
    nextWake = next
    session?.wake(at: next)
  }

  // MARK: Who is told

  /// Sends the signals that a terminal owes. A death between sending and storing sends them twice.
  mutating func paySignals(_ slot: Int) {
    let owed = table.records[slot].state.owedSignals
    let leader = table.records[slot].state.owedLeader
    guard owed != 0 || leader != 0 else { return }
    let group = table.records[slot].state.foreground
    if leader != 0 {
      host.send(1, toProcess: leader)
      host.send(18, toProcess: leader)
    }
    for signal in UInt32(1)...64 where group != 0 && owed & 1 << UInt64(signal - 1) != 0 {
      host.send(signal, toGroup: group)
    }
    table.records[slot].state.paySignals()
    table.commit(slot)
  }

  /// Tells programs that watch a terminal what is possible now, if that is something else.
  mutating func tell(_ slot: Int) {
    if toldMaster[slot] != nil {
      let possible = readiness(.master, slot)
      if toldMaster[slot] != possible {
        toldMaster[slot] = possible
        session?.signal(file(.master, slot).word, possible)
      }
    }
    if toldTerminal[slot] != nil {
      let possible = readiness(.terminal, slot)
      if toldTerminal[slot] != possible {
        toldTerminal[slot] = possible
        session?.signal(file(.terminal, slot).word, possible)
      }
    }
  }

  /// Takes back what is possible no longer, before the answer that made it so: who has read the last byte
  /// and asks whether there are more must not be told so, and then wait for them.
  private mutating func tellLess(_ slot: Int) {
    if let told = toldMaster[slot] {
      let left = told & readiness(.master, slot)
      if left != told {
        toldMaster[slot] = left
        session?.signal(file(.master, slot).word, left)
      }
    }
    if let told = toldTerminal[slot] {
      let left = told & readiness(.terminal, slot)
      if left != told {
        toldTerminal[slot] = left
        session?.signal(file(.terminal, slot).word, left)
      }
    }
  }

  mutating func readiness(_ part: TerminalFile.Part, _ slot: Int) -> EventSet {
    var events = EventSet()
    if part == .terminal {
      if table.records[slot].state.canRead(now: host.now()) { events.insert(.readable) }
      if table.records[slot].state.hasRoom { events.insert(.writable) }
      if table.records[slot].state.isHungUp { events.insert(.readable | .writable | .hangUp) }
    } else {
      let isGone = table.records[slot].wasOpened && !table.records[slot].isOpen
      if table.records[slot].state.hasOutput { events.insert(.readable) }
      if table.records[slot].state.canReceive { events.insert(.writable) }
      if isGone { events.insert(.readable | .hangUp) }
    }
    return events
  }
}
