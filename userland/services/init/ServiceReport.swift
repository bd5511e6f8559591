// SPDX-License-Identifier: MIT
public import Base
import Core

/// What `service list` and `service status` show.
public struct ServiceReport: Sendable {
  public var name: Text
  public var machine: ServiceMachine
  /// Its process, if it has one.
  public var process: UInt32?
  public var schemes: [Text]
  public var command: Text
  /// Capsules that were dropped.
  public var droppedCapsules: UInt64 = 0

  @export(interface)
  public init(
    name: Text, machine: ServiceMachine, process: UInt32?, schemes: [Text], command: Text
  ) {
    self.name = name
    self.machine = machine
    self.process = process
    self.schemes = schemes
    self.command = command
  }

  /// One line: name, state, process, restarts; columns that a program can read, too.
  @export(interface)
  public func putLine(to text: inout Text) {
    text.put(name, width: 16)
    text.put(0x20)
    text.put(Text(machine.phase.word), width: 9)
    text.put(0x20)
    text.put(Text { $0.put(process) }, width: 6, alignment: .right)
    text.put(0x20)
    text.put(decimal: machine.restarts, width: 8)
    text.put(0x0A)
  }

  /// The heading over such lines.
  @export(interface)
  public static func putHeading(to text: inout Text) {
    text.put("NAME             STATE     PROCESS RESTARTS\n")
  }

  /// `key: value` lines.
  @export(interface)
  public func putDetails(now: UInt64, to text: inout Text) {
    putDetail("name", name, &text)
    putDetail("state", Text(machine.phase.word), &text)
    putDetail("command", command, &text)
    if !schemes.isEmpty { putDetail("schemes", schemes.joined(by: " "), &text) }
    if let process {
      putDetail("process", Text { $0.put(decimal: UInt64(process)) }, &text)
      let seconds = (now &- min(now, machine.startedAt)) / 1_000_000_000
      putDetail(
        "running",
        Text {
          $0.put(decimal: seconds); $0.put(" s")
        }, &text)
    }
    putDetail("restarts", Text { $0.put(decimal: machine.restarts) }, &text)
    if droppedCapsules > 0 {
      putDetail("capsules dropped", Text { $0.put(decimal: droppedCapsules) }, &text)
    }
    if let death = machine.lastDeath {
      putDetail("last end", Text { $0.put(death) }, &text)
    }
  }

  private func putDetail(_ key: StaticString, _ value: Text, _ text: inout Text) {
    text.put(key)
    text.put(": ")
    text.put(value)
    text.put(0x0A)
  }
}

extension ServiceMachine.Phase {
  /// The state in one word.
  public var word: StaticString {
    switch self {
    case .idle: "idle"
    case .starting: "starting"
    case .running: "running"
    case .waiting: "waiting"
    case .stopping: "stopping"
    case .stopped: "stopped"
    case .givenUp: "failed"
    }
  }
}

extension Text {
  fileprivate mutating func put(_ process: UInt32?) {
    if let process { put(decimal: UInt64(process)) } else { put("-") }
  }

  /// How something ended, in words.
  @export(interface)
  public mutating func put(_ death: Death) {
    switch death {
    case .exited(let status):
      put("exit status ")
      put(decimal: UInt64(status))
    case .signalled(let signal):
      put("signal ")
      put(decimal: UInt64(signal))
      if let name = SignalName.name(of: signal) {
        put(" (")
        put(name)
        put(")")
      }
    }
  }
}

/// Signals that processes die of, by POSIX name.
public enum SignalName {
  @export(interface)
  public static func name(of signal: UInt32) -> StaticString? {
    switch signal {
    case 1: "SIGHUP"
    case 2: "SIGINT"
    case 3: "SIGQUIT"
    case 4: "SIGILL"
    case 5: "SIGTRAP"
    case 6: "SIGABRT"
    case 7: "SIGBUS"
    case 8: "SIGFPE"
    case 9: "SIGKILL"
    case 10: "SIGUSR1"
    case 11: "SIGSEGV"
    case 12: "SIGUSR2"
    case 13: "SIGPIPE"
    case 14: "SIGALRM"
    case 15: "SIGTERM"
    case 31: "SIGSYS"
    default: nil
    }
  }
}
