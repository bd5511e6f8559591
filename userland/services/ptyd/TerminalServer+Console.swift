// SPDX-License-Identifier: MIT
import ABI
import Core
import LineDiscipline
import Schemes

// The terminal at the first serial port, and who leads the sessions.
extension TerminalServer {
  private var slot: Int { TerminalTable.console }

  mutating func prepareConsole() {
    if table.records.isEmpty { table.records.append(TerminalRecord()) }
    guard let console = host.console else { return }
    if table.records[slot].kind != .console {
      table.records[slot].kind = .console
      table.records[slot].isLocked = false
      table.records[slot].giveBack()
      findPlaces(hasRead: true, hasWritten: true)
      table.commit(slot)
    }
    do throws(SystemError) {
      // Reported when something comes to an empty device: each look takes all that there is.
      try session?.watch(console, .readable | .edge, data: 0)
    } catch {
      // A console without input is still one.
      isConsoleHeld = true
    }
  }

  /// Somebody else uses the device too, or the capsule is younger than the kernel: goes on where
  /// the device is.
  private mutating func findPlaces(hasRead: Bool, hasWritten: Bool) {
    do throws(SystemError) {
      let positions = try host.consolePositions()
      if hasRead { table.records[slot].consoleRead = positions.read }
      if hasWritten { table.records[slot].consoleWritten = positions.written }
    } catch { return }
  }

  /// Something has come.
  mutating func receiveFromConsole() {
    guard !isRecovering, table.records[slot].kind == .console else { return }
    if takeFromConsole() { settle(slot) }
    planWake()
  }

  /// Takes input from the device, as long as there is room.
  /// - Returns: whether there was any.
  mutating func takeFromConsole() -> Bool {
    guard table.records[slot].kind == .console else { return false }
    var hasTaken = false
    isConsoleHeld = false
    while true {
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try host.readConsole(at: table.records[slot].consoleRead)
      } catch {
        guard error == .outOfRange else { return hasTaken }
        findPlaces(hasRead: true, hasWritten: false)
        table.commit(slot)
        return hasTaken
      }
      if bytes.isEmpty { return hasTaken }
      let count = receive(bytes)
      if count > 0 {
        table.records[slot].consoleRead += UInt64(count)
        table.commit(slot)
        hasTaken = true
      }
      if count < bytes.count {
        isConsoleHeld = true
        return hasTaken
      }
      // What was typed is shown, and signals are sent, before more is taken.
      paySignals(slot)
      _ = showOnConsole()
    }
  }

  /// - Returns: how many bytes were taken.
  private mutating func receive(_ bytes: [UInt8]) -> Int {
    let now = host.now()
    let span = bytes.span
    guard !table.records[slot].report.isExpected else { return findReport(span, now) }
    let count = table.records[slot].state.receive(span, .hold, now: now)
    // Ctrl-C gets through, whatever is lost.
    let rest = span.extracting(count..<span.count)
    guard !rest.isEmpty, table.records[slot].state.hasUrgent(rest) else { return count }
    return count + table.records[slot].state.receive(rest, .drop, now: now)
  }

  // MARK: The question for the size

  private mutating func findReport(_ bytes: Span<UInt8>, _ now: UInt64) -> Int {
    for index in bytes.indices {
      var passed: [UInt8] = []
      let isFound = table.records[slot].report.take(bytes[index]) { passed.append($0) }
      _ = table.records[slot].state.receive(passed.span, .drop, now: now)
      guard isFound else { continue }
      var size = WindowSize()
      size.rows = table.records[slot].report.rows
      size.columns = table.records[slot].report.columns
      table.records[slot].state.resize(size)
    }
    return bytes.count
  }

  mutating func askSize(
    _ milliseconds: UInt32, _ waiter: inout Waiter, _ slot: Int, _ completion: Completion
  ) -> Attempt {
    guard table.records[slot].kind == .console else { return .fails(.notSupported) }
    if waiter.hasAsked || table.records[slot].report.isExpected {
      waiter.hasAsked = true
      return table.records[slot].report.isExpected ? .waits : .done(completion)
    }
    waiter.hasAsked = true
    table.records[slot].report.expect()
    table.records[slot].reportEnd = host.now() + UInt64(min(milliseconds, 10_000)) * 1_000_000
    table.records[slot].state.show(SizeReport.question)
    table.commit(slot)
    _ = showOnConsole()
    return .waits
  }

  /// The answer did not come: whoever sits there has a terminal like most, or none.
  mutating func endQuestion(_ now: UInt64) {
    guard !table.records.isEmpty, table.records[slot].report.isExpected,
      now >= table.records[slot].reportEnd
    else { return }
    var passed: [UInt8] = []
    table.records[slot].report.giveUp { passed.append($0) }
    _ = table.records[slot].state.receive(passed.span, .drop, now: now)
    if table.records[slot].state.size == WindowSize() {
      table.records[slot].state.resize(WindowSize(rows: 24, columns: 80))
    }
    table.commit(slot)
  }

  // MARK: Output

  /// Gives the device what is to be shown. It has been stored before; where that ends is stored
  /// after.
  /// - Returns: whether there was anything.
  mutating func showOnConsole() -> Bool {
    guard table.records[slot].kind == .console else { return false }
    var hasShown = false
    while table.records[slot].state.hasOutput {
      let start = table.records[slot].state.output.start
      let count = min(table.records[slot].state.output.count, Limits.consolePortion)
      let bytes = [UInt8](capacity: count) { output in
        table.records[slot].state.copyOutput(from: start, count: count, into: &output)
      }
      do throws(SystemError) {
        let written = try host.writeConsole(bytes, at: table.records[slot].consoleWritten)
        guard written > 0 else { break }
        _ = table.records[slot].state.takeOutput(written)
        table.records[slot].consoleWritten += UInt64(written)
      } catch {
        guard error == .outOfRange else { break }
        findPlaces(hasRead: false, hasWritten: true)
      }
      hasShown = true
    }
    if hasShown { table.commit(slot) }
    return hasShown
  }

  // MARK: Leaders of sessions

  /// Has itself told when the leader of a terminal's session ends.
  mutating func watchLeader(_ slot: Int) {
    forgetLeader(slot)
    let leader = host.handle(
      ofProcess: table.records[slot].leader, generation: table.records[slot].leaderGeneration)
    guard let leader else { return loseSession(slot) }
    leaders[slot] = leader
    do throws(SystemError) {
      try session?.watch(leader, .readable, data: UInt64(slot) + 1)
    } catch {
      // Too many watch it: then whoever wants the terminal next finds that it has ended.
      forgetLeader(slot)
    }
  }

  mutating func forgetLeader(_ slot: Int) {
    if let leader = leaders[slot] { session?.close(leader) }
    leaders[slot] = nil
  }

  mutating func leaderEnded(_ slot: Int) {
    guard leaders[slot] != nil else { return }
    forgetLeader(slot)
    if isRecovering { return }
    loseSession(slot)
    settle(slot)
    planWake()
  }

  /// The leader is gone. What it left behind may not have the console before `getty` does.
  mutating func loseSession(_ slot: Int) {
    table.records[slot].state.loseSession()
    if table.records[slot].kind == .console { table.records[slot].giveBack() }
    table.commit(slot)
  }
}
