// SPDX-License-Identifier: MIT
public import ABI

/// What terminals need of the system beside requests. `main` makes calls; a test's says what it
/// likes.
open class TerminalHost {
  public init() {}

  /// Nanoseconds on the monotonic clock.
  open func now() -> UInt64 { 0 }

  // MARK: Processes

  open func send(_ signal: UInt32, toGroup group: UInt32) {}
  open func send(_ signal: UInt32, toProcess process: UInt32) {}

  /// What a signal that would stop it has done to a process.
  open func reaction(ofProcess process: UInt32, to signal: UInt32) -> StopReaction {
    .unknown
  }

  /// The session that a group belongs to, or `nil` if there is no such group.
  open func session(ofGroup group: UInt32) -> UInt32? { nil }

  /// Whether nobody in the session could continue the group if it were stopped (POSIX, 3.264).
  open func isOrphaned(group: UInt32) -> Bool { false }

  /// A handle of the process that is readable once it has ended; `nil` if it has.
  open func handle(ofProcess process: UInt32, generation: UInt32) -> Handle? { nil }

  // MARK: The console's device

  /// For events on the device; `nil` if there is none.
  open var console: Handle? { nil }

  /// Reads input from byte `position` of the stream on; what lies before is forgotten.
  /// - Returns: nothing if nothing has come.
  /// - Throws: `outOfRange` if those bytes are gone.
  open func readConsole(at position: UInt64) throws(SystemError) -> [UInt8] { [] }

  /// Writes output that begins at byte `position` of the stream; what has been written is skipped.
  /// - Returns: how many bytes are written now.
  /// - Throws: `outOfRange` if that place has not been reached.
  open func writeConsole(_ bytes: [UInt8], at position: UInt64) throws(SystemError) -> Int {
    bytes.count
  }

  /// Where the streams are.
  open func consolePositions() throws(SystemError) -> ConsolePositions { ConsolePositions() }
}

/// What has come of a signal that stops.
public enum StopReaction: Sendable {
  case stopped
  /// The process, of one thread, ignores the signal or holds it back.
  case none
  /// It handles it, is gone, or has threads that may differ in that.
  case unknown
}
