// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// A terminal behind a handle, for as long as the handle is open: settings, size, job control.
///
/// What belongs to a terminal are files below its handle (docs/formats/terminal.md), so each
/// operation asks the terminal's server two or three times. A process of a background group that
/// changes something is stopped by SIGTTOU first, unless it ignores or holds back that signal.
public struct Terminal: Sendable {
  public let handle: Handle

  /// The terminal that `handle` is open on. Nothing is checked: operations throw `notTerminal`.
  public init(_ handle: Handle) { self.handle = handle }

  /// Whether there is a terminal behind `handle`.
  @export(interface)
  public static func isTerminal(_ handle: Handle) -> Bool {
    do throws(SystemError) {
      _ = try Terminal(handle).settings()
      return true
    } catch { return false }
  }

  /// When new settings begin to count.
  public enum Moment: Sendable {
    /// At once (`TCSANOW`).
    case now
    /// When all that was written has been shown (`TCSADRAIN`).
    case drained
    /// The same, and input that nobody has read is thrown away (`TCSAFLUSH`).
    case flushed
  }

  /// - Throws: `notTerminal`, and what the terminal's server answers.
  @export(interface)
  public func settings() throws(SystemError) -> TerminalSettings {
    try read("termios", TerminalSettings())
  }

  /// Changes all settings.
  /// - Throws: `notTerminal`, `invalidArgument`, `interrupted`.
  @export(interface)
  public func set(
    _ settings: TerminalSettings, _ moment: Moment = .now
  ) throws(SystemError) {
    switch moment {
    case .now: try write("termios", settings)
    case .drained: try write("termios/drain", settings)
    case .flushed: try write("termios/flush", settings)
    }
  }

  /// Rows and columns; zeros if nobody has said.
  /// - Throws: `notTerminal`.
  @export(interface)
  public func windowSize() throws(SystemError) -> WindowSize {
    try read("winsize", WindowSize())
  }

  /// Says how large the window is; the foreground group hears SIGWINCH if that is new.
  /// - Throws: `notTerminal`.
  @export(interface)
  public func setWindowSize(_ size: WindowSize) throws(SystemError) {
    try write("winsize", size)
  }

  /// Has the terminal ask whoever sits at it for the window's size, which some can tell: serial
  /// lines. It is 24 rows of 80 columns if nobody answers and nobody has said.
  ///
  /// - Throws: `notTerminal`, `notSupported` for pseudo-terminals, whose masters say their size.
  /// - Blocking: until the answer, or for `milliseconds`.
  @export(interface)
  public func askWindowSize(milliseconds: UInt32) throws(SystemError) {
    try write("winsize/ask", milliseconds)
  }

  /// Takes the terminal from everybody who has it: its session hears SIGHUP, and handles that are
  /// open on it are stale, this one too. For root.
  ///
  /// - Throws: `notTerminal`, `notPermitted`, `notSupported` for pseudo-terminals, which hang up when
  ///   their masters close.
  @export(interface)
  public func hangUp() throws(SystemError) { try write("hangup", UInt32(0)) }

  /// Waits until all that was written has been shown (`tcdrain`).
  /// - Throws: `notTerminal`, `interrupted`.
  @export(interface)
  public func drain() throws(SystemError) {
    do throws(SystemError) {
      _ = try perform(Synchronise { $0.handle = handle })
    } catch { throw Self.asTerminalError(error) }
  }

  /// Throws away what nobody has read or seen yet (`tcflush`).
  /// - Throws: `notTerminal`.
  @export(interface)
  public func flush(_ what: TerminalFlush) throws(SystemError) {
    try write("flush", what.rawValue)
  }

  /// The terminal's path, as `tty` prints it.
  /// - Throws: `notTerminal`.
  @export(interface)
  public func path() throws(SystemError) -> Text {
    guard Self.isTerminal(handle) else { throw .notTerminal }
    return try handle.path()
  }
}

// MARK: Job control

extension Terminal {
  /// The group that may read and that Ctrl-C is for; zero if there is none.
  /// - Throws: `notTerminal`.
  @export(interface)
  public func foregroundGroup() throws(SystemError) -> UInt32 {
    try read("pgrp", UInt32(0))
  }

  /// Makes `group`, a group of the caller's session, the foreground group.
  /// - Throws: `notTerminal` if the terminal is not the caller's controlling terminal,
  ///   `notPermitted` if there is no such group in the session, `interrupted`.
  @export(interface)
  public func setForegroundGroup(_ group: UInt32) throws(SystemError) {
    try write("pgrp", group)
  }

  /// The session whose controlling terminal it is; zero if there is none.
  /// - Throws: `notTerminal`.
  @export(interface)
  public func session() throws(SystemError) -> UInt32 {
    try read("session", UInt32(0))
  }

  /// Makes this the controlling terminal of the caller's session (`TIOCSCTTY`), and the caller's
  /// group the foreground group.
  /// - Throws: `notPermitted` if the caller does not lead a session, or is neither root nor the
  ///   terminal's owner, the session has a terminal already, or the terminal has a session whose
  ///   leader lives.
  @export(interface)
  public func becomeController() throws(SystemError) {
    try write("session", Process.currentNumber)
  }

  /// Opens the caller's controlling terminal, as `libc:tty` does.
  /// - Throws: `noSuchDevice` if the caller's session has none.
  @export(interface)
  public static func openControlling(
    _ flags: OpenFlags = .readWrite
  ) throws(SystemError) -> OwnedHandle {
    do throws(SystemError) {
      return try open("pty/tty", flags)
    } catch {
      // Without the scheme there are no terminals.
      throw error == .notFound ? .noSuchDevice : error
    }
  }
}

// MARK: Files below the terminal

extension Terminal {
  /// What is no terminal has nothing below it, each kind with an error of its own.
  private static func asTerminalError(_ error: SystemError) -> SystemError {
    switch error {
    case .notFound, .notDirectory, .notSupported, .noSystemCall, .badHandle, .invalidArgument:
      .notTerminal
    default: error
    }
  }

  private func part(_ name: Text, _ flags: OpenFlags) throws(SystemError) -> OwnedHandle {
    do throws(SystemError) {
      return try handle.open(name, flags | .runtimeHandle)
    } catch { throw Self.asTerminalError(error) }
  }

  @inline(__always)
  private func read<Record: BitwiseCopyable>(
    _ name: Text, _ empty: Record
  ) throws(SystemError) -> Record {
    let file = try part(name, .read)
    var record = empty
    let count = try fill(&record) { (claim) throws(SystemError) in
      try perform(
        Read {
          $0.handle = file.handle
          $0.buffer = claim
          $0.offset = 0
        })
    }
    // A file of that name in a directory is no terminal's.
    guard count == UInt(MemoryLayout<Record>.size) else { throw .notTerminal }
    return record
  }

  /// Whether this thread ignores SIGTTOU or holds it back: its changes are then made from the
  /// background too, which a part that is opened with `nonBlocking` allows.
  private static var isNotStopped: Bool {
    (Signals.mask | Signals.ignored) & SignalNumber.terminalOutput.bit != 0
  }

  @inline(__always)
  private func write<Record: BitwiseCopyable>(
    _ name: Text, _ record: Record
  ) throws(SystemError) {
    let file = try part(name, Self.isNotStopped ? .write | .nonBlocking : .write)
    _ = try show(record) { (claim) throws(SystemError) in
      try perform(
        Write {
          $0.handle = file.handle
          $0.buffer = claim
          $0.offset = 0
        })
    }
  }
}
