// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// A child process, or another one that somebody passed a handle of.
public struct Process: ~Copyable, Sendable {
  private let owned: OwnedHandle
  /// Its process number, which `wait` takes.
  public let number: UInt32

  init(_ owned: consuming OwnedHandle, number: UInt32) {
    self.owned = owned
    self.number = number
  }

  /// Takes over a process handle.
  @export(interface)
  public init(_ owned: consuming OwnedHandle) throws(SystemError) {
    number = UInt32(
      truncatingIfNeeded: try perform(
        GetProcess {
          $0.process = owned.handle
          $0.property = .processNumber
        }))
    self.owned = owned
  }

  public var handle: Handle { owned.handle }
  public consuming func release() -> Handle { owned.release() }

  /// Waits until the process has ended.
  /// - Throws: `noChild` if it is not a child of this process, `timedOut`, `interrupted`.
  @export(interface)
  public func wait(until deadline: Deadline = .never) throws(SystemError) -> ExitStatus {
    try Self.wait(.process(number), until: deadline).status
  }

  /// Sends a signal, by the authority of the handle.
  @export(interface)
  public func signal(_ number: SignalNumber, value: UInt = 0) throws(SystemError) {
    _ = try perform(
      Signal {
        $0.process = owned.handle
        $0.signal = number.rawValue
        $0.value = value
      })
  }

  /// A property of the process.
  @export(interface)
  public func property(_ property: ProcessProperty) throws(SystemError) -> UInt {
    try perform(
      GetProcess {
        $0.process = owned.handle
        $0.property = property
      })
  }

  /// Changes a property of the process.
  /// - Throws: `notPermitted` without the authority that the property asks for.
  @export(interface)
  public func setProperty(
    _ property: ProcessProperty, _ value: UInt, authority: Handle = .none
  ) throws(SystemError) {
    try Self.setProperty(owned.handle, property, value, authority)
  }

  static func setProperty(
    _ process: Handle, _ property: ProcessProperty, _ value: UInt, _ authority: Handle = .none
  ) throws(SystemError) {
    _ = try perform(
      SetProcess {
        $0.process = process
        $0.property = property
        $0.value = value
        $0.authority = authority
      })
  }
}

// MARK: This process

extension Process {
  /// The number of this process.
  public static var currentNumber: UInt32 {
    @export(interface)
    get { UInt32(truncatingIfNeeded: property(.processNumber)) }
  }

  /// A property of this process, which every process may ask of itself.
  @export(interface)
  public static func property(_ property: ProcessProperty) -> UInt {
    do throws(SystemError) {
      return try perform(GetProcess { $0.property = property })
    } catch {
      // Only properties that are handles, or cannot be read, fail.
      return 0
    }
  }

  /// Changes a property of this process.
  @export(interface)
  public static func setProperty(
    _ property: ProcessProperty, _ value: UInt, authority: Handle = .none
  ) throws(SystemError) {
    try setProperty(.none, property, value, authority)
  }

  /// Makes this process the leader of a new session and group.
  /// - Throws: `notPermitted` if it leads a group already.
  @export(interface)
  public static func beginSession() throws(SystemError) { try setProperty(.newSession, 0) }

  /// Sends a signal to a process by number (> 0), a group (< -1), the own group (0), or all that
  /// this process may signal (-1). Signal number zero only checks.
  /// - Throws: `noProcess`, `notPermitted`.
  @export(interface)
  public static func signal(
    _ selector: Int, _ number: SignalNumber, value: UInt = 0
  ) throws(SystemError) {
    _ = try perform(
      Signal {
        $0.selector = selector
        $0.signal = number.rawValue
        $0.value = value
      })
  }
}

// MARK: Waiting

/// How a process ended, or what happened to it.
public enum ExitStatus: Equatable, Sendable {
  /// Its own status; the low 8 bits count.
  case exited(UInt32)
  case signalled(SignalNumber)
  case stopped(SignalNumber)
  case continued
}

/// Which children to wait for.
public enum ChildSelector: Sendable {
  case process(UInt32)
  case group(UInt32)
  case ownGroup
  case any

  fileprivate var word: Int {
    switch self {
    case .process(let number): Int(number)
    case .group(let number): -Int(number)
    case .ownGroup: 0
    case .any: -1
    }
  }
}

/// What a wait found.
public struct ChildReport: Sendable {
  public let number: UInt32
  public let status: ExitStatus
  /// Nanoseconds of processor time of the child and of what it waited for.
  public let processorTime: UInt64
}

extension Process {
  /// Waits until a child has ended, or, with options, stopped or continued.
  /// - Throws: `noChild`, `timedOut`, `interrupted`; `wouldBlock` with `noHang` if nothing
  ///   happened.
  @export(interface)
  public static func wait(
    _ selector: ChildSelector, _ options: WaitOptions = WaitOptions(),
    until deadline: Deadline = .never
  ) throws(SystemError) -> ChildReport {
    var record = WaitRecord()
    let number = try fill(&record) { (claim) throws(SystemError) in
      try perform(
        WaitChild {
          $0.selector = selector.word
          $0.options = options
          $0.buffer = claim
          $0.deadline = deadline
        })
    }
    guard number != 0 else { throw .wouldBlock }
    let status: ExitStatus =
      switch record.state {
      case 0: .exited(record.value)
      case 1: .signalled(SignalNumber(rawValue: record.value))
      case 2: .stopped(SignalNumber(rawValue: record.value))
      default: .continued
      }
    return ChildReport(
      number: record.process, status: status, processorTime: record.processorTime)
  }
}
