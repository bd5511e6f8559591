// SPDX-License-Identifier: MIT
public import ABI
public import Base

/// What utilities ask of the system: files, names, the clock, processes, the terminal.
///
/// `main/ApusSystem` answers from Apus, the tests' `ModelSystem` from arrays, so that every utility
/// runs on the host whole. What a system does not override it cannot do. All operations block until
/// they are done and throw what the system answers. Paths may be relative to `workingDirectory`.
open class UtilitySystem {
  public init() {}

  // MARK: Open files

  /// Opens `path`, following links unless `flags` has `noFollow`. Who opens, closes.
  open func openFile(
    _ path: Text, _ flags: OpenFlags, mode: UInt32
  ) throws(SystemError) -> Handle { throw .noSystemCall }
  open func close(_ handle: Handle) {}
  /// Reads into the first bytes of `buffer`, as many as it holds.
  /// - Returns: how many came; zero at the end.
  open func read(_ handle: Handle, into buffer: inout [UInt8]) throws(SystemError) -> Int {
    throw .noSystemCall
  }
  /// - Returns: how many bytes were taken.
  open func write(_ handle: Handle, _ bytes: Span<UInt8>) throws(SystemError) -> Int {
    throw .noSystemCall
  }
  /// Sets the offset, from the start, or with `fromEnd` to the end.
  open func seek(_ handle: Handle, to offset: UInt64) throws(SystemError) { throw .notSeekable }
  open func truncate(_ handle: Handle, to length: UInt64) throws(SystemError) {
    throw .noSystemCall
  }
  /// Sees to space for a range of a file, or gives it back.
  open func allocate(
    _ handle: Handle, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags
  ) throws(SystemError) { throw .noSystemCall }
  /// Locks all of a file for its open description, or gives the lock up. It waits for others until `now`
  /// has reached `deadline` (zero: not at all), and then throws `wouldBlock` or `timedOut`.
  open func lock(
    _ handle: Handle, _ operation: LockOperation, until deadline: UInt64?
  ) throws(SystemError) { throw .noSystemCall }
  open func synchronise(_ handle: Handle) throws(SystemError) { throw .noSystemCall }
  open func status(of handle: Handle) throws(SystemError) -> FileStatus { throw .noSystemCall }
  open func setAttributes(
    of handle: Handle, _ attributes: FileAttributes
  ) throws(SystemError) { throw .noSystemCall }

  /// An operation of the scheme's own.
  /// - Returns: its result word; bytes of the answer are in `output`, as far as they fit.
  open func call(
    _ handle: Handle, _ code: UInt32, _ input: Span<UInt8>, into output: inout [UInt8]
  ) throws(SystemError) -> UInt { throw .noSystemCall }

  // MARK: Names

  /// The status of what `path` names; of a link itself unless `following`.
  open func status(_ path: Text, following: Bool) throws(SystemError) -> FileStatus {
    throw .noSystemCall
  }
  open func volumeStatus(_ path: Text) throws(SystemError) -> FileSystemStatusRecord {
    throw .noSystemCall
  }
  /// All entries but `.` and `..`, in the system's order.
  open func entries(_ path: Text) throws(SystemError) -> [DirectoryItem] { throw .noSystemCall }
  open func setAttributes(
    _ path: Text, _ attributes: FileAttributes, following: Bool
  ) throws(SystemError) { throw .noSystemCall }
  open func remove(_ path: Text) throws(SystemError) { throw .noSystemCall }
  open func removeDirectory(_ path: Text) throws(SystemError) { throw .noSystemCall }
  open func makeDirectory(_ path: Text, mode: UInt32) throws(SystemError) { throw .noSystemCall }
  open func makeLink(_ path: Text, to target: Text) throws(SystemError) { throw .noSystemCall }
  open func target(ofLink path: Text) throws(SystemError) -> Text { throw .noSystemCall }
  /// A further name for a file of the same scheme; `crossDevice` otherwise.
  open func link(_ path: Text, as newPath: Text) throws(SystemError) { throw .noSystemCall }
  /// Replaces what `newPath` names; `crossDevice` between schemes.
  open func rename(_ path: Text, to newPath: Text) throws(SystemError) { throw .noSystemCall }

  // MARK: This process

  open var workingDirectory: Text { "/" }
  /// Permission bits that new files do not get.
  open var creationMask: UInt32 { 0o022 }
  open var user: UInt32 { 0 }
  open var group: UInt32 { 0 }
  /// The groups that this process is in beside `group`.
  open var groups: [UInt32] { [] }
  open var processNumber: UInt32 { 0 }
  /// `NAME=value` each.
  open var environment: [Text] { [] }

  /// Whether a block of so many bytes can be had now. What allocates without asking ends where
  /// there is no memory left.
  open func hasMemory(for byteCount: Int) -> Bool { true }

  // MARK: Time

  /// Nanoseconds since 1970 (UTC).
  open var wallClock: UInt64 { 0 }
  /// Nanoseconds since about the boot.
  open var now: UInt64 { 0 }
  /// Waits until `now` has reached `moment`; `interrupted` by a signal that is handled.
  open func sleep(until moment: UInt64) throws(SystemError) { throw .noSystemCall }

  // MARK: Other processes

  /// Starts the file `path`; its standard handles are this process's.
  /// - Returns: its number, for `wait`.
  open func start(
    _ path: Text, _ arguments: [Text], environment: [Text], options: StartOptions
  ) throws(SystemError) -> UInt32 { throw .noSystemCall }
  /// Waits for a child; `timedOut` when `now` has reached `deadline`.
  open func wait(
    for process: UInt32, until deadline: UInt64?
  ) throws(SystemError) -> ChildEnd { throw .noSystemCall }
  /// Takes this program's place; returns only to throw.
  open func replace(
    _ path: Text, _ arguments: [Text], environment: [Text]
  ) throws(SystemError) { throw .noSystemCall }
  /// How much this process leaves to others, from -20 to 19.
  open var niceness: Int { 0 }
  /// - Throws: `notPermitted` for less, if this process may not.
  open func setNiceness(_ niceness: Int) throws(SystemError) { throw .noSystemCall }
  /// As POSIX `kill`: a process, a group (negative), the own group (0) or all (-1).
  open func signal(_ selector: Int, _ number: UInt32) throws(SystemError) { throw .noSystemCall }

  // MARK: Digests

  /// `nil` where there is no SHA-256.
  open func makeSHA256() -> UtilityDigest? { nil }

  // MARK: Terminals

  open func isTerminal(_ handle: Handle) -> Bool { false }
  /// `nil` for what is no terminal, and for one that does not say.
  open func terminalSize(_ handle: Handle) -> (columns: Int, rows: Int)? { nil }
  open func terminalSettings(_ handle: Handle) throws(SystemError) -> TerminalSettings {
    throw .notTerminal
  }
  /// Changes settings when all that was written has been shown.
  open func setTerminalSettings(
    _ handle: Handle, _ settings: TerminalSettings
  ) throws(SystemError) { throw .notTerminal }
  open func setTerminalSize(
    _ handle: Handle, columns: Int, rows: Int
  ) throws(SystemError) { throw .notTerminal }
  open func terminalPath(_ handle: Handle) throws(SystemError) -> Text { throw .notTerminal }
  /// Makes the terminal hand over each byte as it is typed, unseen; or makes it as it was.
  open func setRawInput(_ handle: Handle, _ isRaw: Bool) throws(SystemError) {
    throw .notTerminal
  }
  /// Reads what was typed until `now` has reached `deadline`.
  /// - Returns: how many bytes; `nil` when the time is over.
  open func readKeys(
    _ handle: Handle, into buffer: inout [UInt8], until deadline: UInt64
  ) throws(SystemError) -> Int? { throw .notTerminal }
}

/// A digest of bytes that come piece by piece.
open class UtilityDigest {
  public init() {}
  open func update(_ bytes: Span<UInt8>) {}
  open func finish() -> [UInt8] { [] }
}

/// A name in a directory.
public struct DirectoryItem: Sendable {
  public var name: Text
  /// The type bits of `FileMode`; zero if the system does not say.
  public var type: UInt32
  public var inode: UInt64

  public init(_ name: Text, type: UInt32 = 0, inode: UInt64 = 0) {
    self.name = name
    self.type = type
    self.inode = inode
  }
}

/// How a child is started beyond what everyone gets.
public struct StartOptions: Sendable {
  /// In a process group of its own.
  public var ownGroup = false
  public var workingDirectory: Text?
  /// In place of this process's standard input and output.
  public var input: Handle?
  public var output: Handle?
  /// Further handles that the program gets, under their own numbers.
  public var shared: [Handle] = []
  public init() {}
}

/// How a child ended.
public struct ChildEnd: Equatable, Sendable {
  public enum Kind: Equatable, Sendable { case exited, signalled }
  public var kind: Kind
  /// The exit status, or the signal's number.
  public var value: UInt32
  /// Nanoseconds of processor time of the child and of what it waited for.
  public var processorTime: UInt64

  public init(_ kind: Kind, _ value: UInt32, processorTime: UInt64 = 0) {
    self.kind = kind
    self.value = value
    self.processorTime = processorTime
  }

  /// As a shell gives it: the status, or 128 and the signal's number.
  public var shellStatus: Int32 {
    kind == .exited ? Int32(value & 0xFF) : 128 &+ Int32(value & 0x7F)
  }
}
