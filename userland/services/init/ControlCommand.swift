// SPDX-License-Identifier: MIT
public import Base
import Core

/// What is written to `/scheme/service/control`.
public enum ControlCommand: Equatable, Sendable {
  case start(Text)
  case stop(Text)
  case restart(Text)
  case shutdown
  case reboot

  /// Reads a command: a verb and, for some, a service, with a line feed or without.
  /// - Returns: `nil` if it is none.
  @export(interface)
  public init?(_ bytes: Text) {
    let words = bytes.words()
    guard let verb = words.first else { return nil }
    switch (verb.count, words.count) {
    case (_, 1):
      switch verb {
      case "shutdown": self = .shutdown
      case "reboot": self = .reboot
      default: return nil
      }
    case (_, 2):
      switch verb {
      case "start": self = .start(words[1])
      case "stop": self = .stop(words[1])
      case "restart": self = .restart(words[1])
      default: return nil
      }
    default: return nil
    }
  }
}

/// A file of the scheme `service`.
public enum ControlFile: Equatable, Sendable {
  /// The directory of all services.
  case root
  /// One line for each service.
  case list
  /// Commands are written here.
  case control
  /// The directory of one service.
  case service(Text)
  case status(Text)
  case log(Text)

  /// The file at `path`, without regard to whether there is such a service.
  @export(interface)
  public init?(path: Text) {
    let parts = Path.components(of: "/" + path)
    switch parts.count {
    case 0: self = .root
    case 1:
      switch parts[0] {
      case "list": self = .list
      case "control": self = .control
      default: self = .service(parts[0])
      }
    case 2:
      switch parts[1] {
      case "status": self = .status(parts[0])
      case "log": self = .log(parts[0])
      default: return nil
      }
    default: return nil
    }
  }

  /// The service that it is about.
  public var service: Text? {
    switch self {
    case .root, .list, .control: nil
    case .service(let name), .status(let name), .log(let name): name
    }
  }

  public var isDirectory: Bool {
    switch self {
    case .root, .service: true
    case .list, .control, .status, .log: false
    }
  }
}
