// SPDX-License-Identifier: MIT
public import Base

/// What the program was asked for.
public enum ServiceRequest: Equatable, Sendable {
  case help
  case list
  /// All services, or one.
  case status(Text?)
  case log(Text)
  /// `isForced`: also the one that serves the terminal, or the root.
  case stop(Text, isForced: Bool)
  /// A line for `/scheme/service/control`.
  case command(Text)
}

/// Why arguments make no sense.
public enum UsageError: Error, Equatable {
  case unknownCommand(Text)
  case nameMissing(Text)
  case tooManyArguments(Text)
  case invalidName(Text)

  public var message: Text {
    switch self {
    case .unknownCommand(let word): "unknown command " + word.quotedForMessage
    case .nameMissing(let command): command + " needs the name of a service"
    case .tooManyArguments(let command): command + " takes no further arguments"
    case .invalidName(let name): name.quotedForMessage + " is no name of a service"
    }
  }
}

extension ServiceRequest {
  /// - Parameters:
  ///   - program: what the program was called as; `shutdown` and `reboot` are commands by themselves.
  ///   - arguments: without the program's name.
  @export(interface)
  public init(program: Text, arguments: [Text]) throws(UsageError) {
    let name = Path.name(of: program)
    if name == "shutdown" || name == "reboot" {
      self = try Self.machine(name, arguments)
      return
    }
    guard let verb = arguments.first else {
      self = .help
      return
    }
    let rest = Array(arguments.dropFirst())
    switch verb {
    case "help", "--help", "-h": self = .help
    case "list":
      guard rest.isEmpty else { throw .tooManyArguments(verb) }
      self = .list
    case "status": self = .status(rest.isEmpty ? nil : try Self.name(verb, rest))
    case "log": self = .log(try Self.name(verb, rest))
    case "stop":
      let names = rest.filter { $0 != "-f" && $0 != "--force" }
      self = .stop(try Self.name(verb, names), isForced: names.count < rest.count)
    case "start", "restart":
      self = .command(verb + " " + (try Self.name(verb, rest)) + "\n")
    case "shutdown", "reboot": self = try Self.machine(verb, rest)
    default: throw .unknownCommand(verb)
    }
  }

  private static func machine(_ verb: Text, _ rest: [Text]) throws(UsageError) -> ServiceRequest {
    guard let first = rest.first else { return .command(verb + "\n") }
    if rest.count == 1, first == "--help" || first == "-h" { return .help }
    throw .tooManyArguments(verb)
  }

  private static func name(_ verb: Text, _ rest: [Text]) throws(UsageError) -> Text {
    guard let name = rest.first else { throw .nameMissing(verb) }
    guard rest.count == 1 else { throw .tooManyArguments(verb) }
    guard !name.isEmpty, !name.contains(0x2F), name != ".", name != "..", name.words().count == 1
    else { throw .invalidName(name) }
    return name
  }

  public static var usage: StaticString {
    """
    usage: service COMMAND [NAME]
      list           all services, a line each
      status [NAME]  what a service is doing, or all of them
      log NAME       the last 4 KiB that it wrote
      start NAME     start it, and wait until it is ready
      stop NAME      stop it: SIGTERM, then SIGKILL after 3 seconds; with --force also
                     if it serves the terminal that this is typed at, or /
      restart NAME   both
      shutdown       stop all services and switch the machine off
      reboot         stop all services and start the machine again
    Called as shutdown or reboot, it does that.
    Exit status: 0 done, 1 it failed, 2 the arguments make no sense.

    """
  }
}
