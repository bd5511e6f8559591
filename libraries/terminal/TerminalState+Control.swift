// SPDX-License-Identifier: MIT
public import ABI
import Core

/// What a process wants to do with a terminal that has a foreground group.
public enum TerminalUse: Sendable {
  case read
  case write
  /// Change settings, size or groups.
  case change
}

extension TerminalState {
  /// Changes the settings. An unfinished line can be read at once where there are no lines any more.
  @export(interface)
  public mutating func set(_ new: TerminalSettings) {
    let wasCanonical = settings.local.contains(.canonical)
    settings = new
    let isCanonical = new.local.contains(.canonical)
    if wasCanonical, !isCanonical {
      readable = input.end
    } else if !wasCanonical, isCanonical, input.end > input.start, !isEnd(input.end &- 1) {
      // What came without lines is a line of its own.
      let last = input.end &- 1
      let byte = input.byte(at: last)
      if byte != Self.endOfFileMark { input.cut(to: last) }
      _ = endLine(byte, .drop)
    }
    if !wasCanonical || !isCanonical { isLiteral = false }
    // Who held the output must be able to let it go.
    if !new.input.contains(.flowControl) { isStopped = false }
  }

  /// The window has another size: its programs hear of it, if it is another.
  @export(interface)
  public mutating func resize(_ new: WindowSize) {
    if new == size { return }
    size = new
    if foreground != 0 { owedSignals |= TerminalSignal.bit(TerminalSignal.windowChange) }
  }

  /// Throws input away that nobody has read.
  @export(interface)
  public mutating func flushInput() {
    input.clear()
    readable = input.end
    isLiteral = false
    askToStart()
  }

  /// Throws output away that nobody has seen.
  @export(interface)
  public mutating func flushOutput() { output.clear() }

  /// All owed signals have been sent.
  @export(interface)
  public mutating func paySignals() {
    owedSignals = 0
    owedLeader = 0
    if session == 0 { foreground = 0 }
  }

  // MARK: Sessions and groups

  /// Becomes the controlling terminal of a session.
  @export(interface)
  public mutating func begin(session: UInt32, group: UInt32) {
    self.session = session
    foreground = group
    owedSignals = 0
    owedLeader = 0
    isHungUp = false
  }

  @export(interface)
  public mutating func setForeground(_ group: UInt32) {
    foreground = group
    // What the old group had coming is not the new one's.
    owedSignals = 0
  }

  /// The session has ended, or has to: the foreground group is owed the news (POSIX, 11.1.10).
  @export(interface)
  public mutating func loseSession() {
    if foreground != 0 {
      owedSignals |=
        TerminalSignal.bit(TerminalSignal.hangUp) | TerminalSignal.bit(TerminalSignal.continue)
    }
    session = 0
  }

  /// The other side is gone: reads end, writes fail, programs hear SIGHUP.
  @export(interface)
  public mutating func hangUp() {
    owedLeader = session
    loseSession()
    isHungUp = true
    isStopped = false
    flushOutput()
  }

  /// Starts anew for another session: nothing of the last one's input, output or settings is left.
  @export(interface)
  public mutating func reset() {
    flushInput()
    flushOutput()
    settings = .usual
    session = 0
    foreground = 0
    owedSignals = 0
    owedLeader = 0
    isHungUp = false
    isStopped = false
    hasStoppedInput = false
    column = 0
  }

  /// The signal that stops who uses the terminal from the background.
  ///
  /// - Returns: `nil` if the use is allowed.
  @export(interface)
  public mutating func stopSignal(
    _ use: TerminalUse, session callerSession: UInt32, group: UInt32
  ) -> UInt32? {
    guard session != 0, session == callerSession, foreground != 0, foreground != group else {
      return nil
    }
    switch use {
    case .read: return TerminalSignal.input
    case .write:
      return settings.local.contains(.stopBackgroundOutput) ? TerminalSignal.output : nil
    case .change: return TerminalSignal.output
    }
  }
}
