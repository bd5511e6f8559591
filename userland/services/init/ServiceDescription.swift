// SPDX-License-Identifier: MIT
public import Base
import Core

/// How a service is to be run: what its table `lib/services/NAME` says, with defaults for the rest
/// (`docs/formats/service.md`).
public struct ServiceDescription: Equatable, Sendable {
  /// The schemes it serves, all through one queue: their roots have the words 0, 1, … in this order.
  public var schemes: [Text] = []
  /// Bytes of memory that outlive its processes; zero for none.
  public var capsuleBytes: UInt64 = 0
  public var reach = Reach.listed(ServiceDescription.usualSchemes)
  /// Schemes that it reaches with the right to manage the machine through them.
  public var manages: [Text] = []
  public var limits = Limits()
  /// `nil` if the table does not say: then a service that serves schemes is always restarted, another
  /// only after a failure.
  public var restart: RestartRule?
  /// How long it may take to get ready.
  public var readyNanoseconds: UInt64 = 10_000_000_000
  public var user: UInt32 = 0
  public var group: UInt32 = 0
  /// It gets the console as its standard handles, not a pipe to init's log.
  public var usesConsole = false

  public init() {}

  /// What a service may reach unless its table says otherwise: nothing with authority.
  public static var usualSchemes: [Text] {
    ["event", "initfs", "log", "memory", "null", "pipe", "rand", "time", "zero"]
  }

  /// Whether its namespace has `scheme`.
  public func reaches(_ scheme: Text) -> Bool {
    reach.contains(scheme) || manages.contains { $0 == scheme }
  }

  public var effectiveRestart: RestartRule {
    restart ?? (schemes.isEmpty ? .onFailure : .always)
  }
}

/// The scheme names in a service's namespace.
public enum Reach: Equatable, Sendable {
  /// These, as far as they exist now or later; a name's last `*` stands for any ending.
  case listed([Text])
  /// All that init can reach, as a login session can.
  case all

  @export(interface)
  public func contains(_ scheme: Text) -> Bool {
    switch self {
    case .all: true
    case .listed(let names):
      names.contains { name in
        // `disk.*` is all schemes whose names begin with `disk.`.
        name.hasSuffix("*") ? scheme.hasPrefix(name[0..<(name.count - 1)]) : name == scheme
      }
    }
  }
}

/// The most that a service's account may use; `nil` leaves the resource to the system's limit.
public struct Limits: Equatable, Sendable {
  /// Pages of 4,096 bytes, page tables included.
  public var frames: UInt64?
  public var processes: UInt64?
  public var threads: UInt64?
  public var handles: UInt64?
  /// CPU weight; 1,024 is one fair share.
  public var share: UInt64?
  /// Highest real-time priority, 1 to 63.
  public var priority: UInt64?

  public init() {}
}

/// When a service that ended is started again.
public enum RestartRule: Equatable, Sendable {
  case always
  /// Unless it ended with status zero.
  case onFailure
  case never
  /// Always, and after SIGKILL and SIGTERM at once, however often: for services that are killed on
  /// purpose.
  case immediately

  @export(interface)
  public init?(_ word: Text) {
    switch word {
    case "always": self = .always
    case "on-failure": self = .onFailure
    case "never": self = .never
    case "immediately": self = .immediately
    default: return nil
    }
  }
}

/// Why a service's table cannot be used, and where.
public struct ServiceTableError: Error, Equatable {
  public enum Cause: Error, Equatable, Sendable {
    case tableTooLong
    case unknownKey
    case valueMissing
    case tooManyValues
    case notANumber
    case outOfRange
    case invalidName
    case unknownRule
    case repeatedKey
  }

  public let file: Text
  /// Counted from one.
  public let line: Int
  public let cause: Cause

  @export(interface)
  public init(file: Text, line: Int, cause: Cause) {
    self.file = file
    self.line = line
    self.cause = cause
  }

  /// `FILE:LINE: cause`, for the log.
  public var message: Text {
    Text { text in
      text.put(file)
      text.put(":")
      text.put(decimal: UInt64(line))
      text.put(": ")
      text.put(cause.explanation)
    }
  }
}

extension ServiceTableError.Cause {
  /// The cause in words.
  public var explanation: StaticString {
    switch self {
    case .tableTooLong: "the table is longer than 16 KiB"
    case .unknownKey: "the line begins with no known key"
    case .valueMissing: "the key has no value"
    case .tooManyValues: "the key takes one value"
    case .notANumber: "the value is no decimal number"
    case .outOfRange: "the number is too large"
    case .invalidName: "a scheme's name has 1 to 63 bytes without slash, colon and controls"
    case .unknownRule: "restart is always, on-failure, never or immediately"
    case .repeatedKey: "the key was given before"
    }
  }
}
