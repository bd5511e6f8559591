// SPDX-License-Identifier: MIT
public import Base
import Core
import ShellExpander

/// What the shell asks of the operating system below it. Handles are numbers of open files; 0, 1
/// and 2 are the shell's own input, output and error.
public protocol ShellSystem: AnyObject {
  /// Starts a program that runs beside the shell, and returns its process's number.
  func start(_ program: ProgramStart) throws(SystemFailure) -> Int

  /// What has become of a process; waits for it to end or stop if `waits`.
  func state(of process: Int, waits: Bool) -> ProcessState

  /// Sends a signal to a process, or to a group if `isGroup`.
  func signal(_ number: Int, process: Int, isGroup: Bool) throws(SystemFailure)

  /// Makes a process group, or with `nil` the shell's own, the one that the terminal obeys.
  func setForeground(_ group: Int?)

  /// Becomes the program; returns only by throwing.
  func become(_ program: ProgramStart) throws(SystemFailure)

  func pipe() throws(SystemFailure) -> (reading: Int, writing: Int)
  func open(_ path: Text, for use: FileUse) throws(SystemFailure) -> Int
  func close(_ handle: Int)

  /// What is there, waiting for at least one byte; empty at the end.
  func read(_ handle: Int, limit: Int) throws(SystemFailure) -> [UInt8]

  /// Writes the first bytes and returns how many. A handle that `ready` named takes 4096 at once.
  func write(_ handle: Int, _ bytes: ArraySlice<UInt8>) throws(SystemFailure) -> Int

  /// Waits until one of the handles can be read or written, and says which; none once `limit`
  /// milliseconds have passed.
  func ready(
    reading: [Int], writing: [Int], limit: Int?
  ) -> (readable: [Int], writable: [Int])

  func names(in directory: Text) -> [Text]?
  /// `nil` if there is nothing; links are followed.
  func facts(_ path: Text) -> PathFacts?
  func isLink(_ path: Text) -> Bool
  func access(_ path: Text, _ access: FileAccess) -> Bool

  var workingDirectory: Text { get }
  func changeDirectory(_ path: Text) throws(SystemFailure)

  /// The environment that the shell was started with.
  var environment: [(name: Text, value: Text)] { get }
  /// The home directory of a user; of the present one if `user` is empty.
  func home(of user: Text) -> Text?

  func isTerminal(_ handle: Int) -> Bool
  /// The program that this shell is, so that a copy of it can run beside it; `nil` if nobody knows.
  var shellProgram: Text? { get }
  var processIdentifier: Int { get }
  var userIdentifier: Int { get }
  func randomNumber() -> UInt64

  /// Prepares for a person at the terminal: its signals are no longer to end or stop the shell.
  func beginSession()

  /// Whether the user has asked to stop what runs, since this was asked last.
  func takeInterrupt() -> Bool
}

public enum FileUse: Sendable { case reading, writing, appending }
public enum FileAccess: Sendable { case read, write, execute }

public struct PathFacts: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    case file, directory, pipe, socket, blockDevice, characterDevice
  }

  public var kind: Kind
  /// In bytes.
  public var size: Int
  /// POSIX permission bits, with those for set user, set group and sticky.
  public var mode: Int
  /// Nanoseconds since 1970.
  public var modified: Int
  /// The same for two names of one file.
  public var identity: Identity

  public struct Identity: Equatable, Sendable {
    public var device: UInt64
    public var number: UInt64

    public init(device: UInt64, number: UInt64) {
      self.device = device
      self.number = number
    }
  }

  public init(kind: Kind, size: Int, mode: Int, modified: Int, identity: Identity) {
    self.kind = kind
    self.size = size
    self.mode = mode
    self.modified = modified
    self.identity = identity
  }
}

/// A program to be started.
public struct ProgramStart: Sendable {
  public enum Group: Equatable, Sendable {
    /// The shell's own.
    case shared
    /// A new one, led by the program.
    case new
    case joined(Int)
  }

  public var path: Text
  /// Its name and arguments.
  public var words: [Text]
  public var environment: [(name: Text, value: Text)]
  public var input = 0
  public var output = 1
  public var error = 2
  public var group = Group.shared
}

public enum ProcessState: Equatable, Sendable {
  case running
  case stopped
  /// It runs again since it was last asked about, by somebody who did not wait.
  case continued
  case exited(Int)
  case killed(signal: Int)
}

/// Why the system did not do what the shell asked.
public struct SystemFailure: Error, Equatable {
  public enum Kind: Equatable, Sendable {
    case notFound, notPermitted, brokenPipe
    /// By the user, while a session waited.
    case interrupted
    case other
  }

  public var kind: Kind
  /// In the familiar words.
  public var reason: Text

  public init(kind: Kind, reason: Text) {
    self.kind = kind
    self.reason = reason
  }
}
