// SPDX-License-Identifier: MIT
public import Base
import Core

/// What is written to `/scheme/service/control`.
public enum ControlCommand: Equatable, Sendable {
  case start(Text)
  case stop(Text)
  case restart(Text)
  /// Starts a service that no unit names.
  case launch(LaunchRequest)
  /// Serve the volume on a disk as a scheme, which may not be written, or end that.
  case mount(scheme: Text, disk: Text, readOnly: Bool = false)
  case unmount(scheme: Text)
  case shutdown
  case reboot

  /// Reads a command: a verb and, for some, a service, with a line feed or without.
  /// - Returns: `nil` if it is none.
  @export(interface)
  public init?(_ bytes: Text) {
    let words = bytes.words()
    guard let verb = words.first else { return nil }
    if verb == "launch" {
      guard let request = LaunchRequest(Array(words.dropFirst())) else { return nil }
      self = .launch(request)
      return
    }
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
      case "unmount": self = .unmount(scheme: words[1])
      default: return nil
      }
    default:
      guard verb == "mount" || verb == "mount-read-only", let mount = Self.mount(bytes) else {
        return nil
      }
      self = mount
    }
  }

  /// A verb, a scheme, and all the rest of the line is the path of a disk, which may have spaces.
  private static func mount(_ line: Text) -> ControlCommand? {
    let line = line.hasSuffix("\n") ? line[0..<(line.count &- 1)] : line
    guard let first = line.firstIndex(of: 0x20) else { return nil }
    let rest = line[(first &+ 1)...]
    guard let second = rest.firstIndex(of: 0x20), second > 0 else { return nil }
    let disk = rest[(second &+ 1)...]
    guard disk.hasPrefix("/") else { return nil }
    return .mount(
      scheme: rest[0..<second], disk: disk, readOnly: line.hasPrefix("mount-read-only "))
  }
}

/// A service that somebody with the machine's authority wants started, as `pcid-spawner` does:
/// `launch NAME [scheme=SCHEME] [view=SCHEME] PROGRAM ARGUMENT…`.
public struct LaunchRequest: Equatable, Sendable {
  public var name: Text
  /// The scheme that it serves.
  public var scheme: Text?
  /// The scheme in whose place it reaches the folder that was passed before.
  public var view: Text?
  public var program: Text
  public var arguments: [Text]

  /// Reads the words after `launch`.
  /// - Returns: `nil` if they are none.
  init?(_ words: [Text]) {
    guard let name = words.first, !name.contains(0x2F), !name.isEmpty else { return nil }
    self.name = name
    var rest = Array(words.dropFirst())
    while let word = rest.first {
      if word.hasPrefix("scheme=") {
        scheme = word[7...]
      } else if word.hasPrefix("view=") {
        view = word[5...]
      } else {
        break
      }
      rest.removeFirst()
    }
    for scheme in [scheme, view] {
      guard let scheme else { continue }
      guard ServiceDescription.isSchemeName(scheme) else { return nil }
    }
    guard let program = rest.first else { return nil }
    self.program = program
    arguments = Array(rest.dropFirst())
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
