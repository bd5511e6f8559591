// SPDX-License-Identifier: MIT
import Host

/// Runs one session for real: starts QEMU, carries bytes both ways, and does what the session says.
public struct ExecRunner {
  private let machine: Machine
  private let limits: ExecSession.Limits
  /// Where files that the guest sends go, by their path in the guest.
  private let destinations: [String: String]
  /// A file that gets all that the guest writes on its console.
  private let consoleFile: String?
  private let sink: Sink
  private let cues: [Cue]

  /// What QEMU is told when the guest writes a line.
  public struct Cue: Sendable {
    var line: String
    var command: String

    public init(_ line: String, _ command: String) { (self.line, self.command) = (line, command) }
  }

  /// Where the command's output goes.
  public enum Sink {
    /// To our own standard output and error, as fast as they are read. The guest does not wait.
    case standard
    /// To whoever asked for it.
    case closures(
      output: ([UInt8]) throws(HostError) -> Void, error: ([UInt8]) throws(HostError) -> Void)

    public init(
      output: @escaping ([UInt8]) throws(HostError) -> Void,
      error: @escaping ([UInt8]) throws(HostError) -> Void
    ) {
      self = .closures(output: output, error: error)
    }
  }

  public init(
    _ machine: Machine, limits: ExecSession.Limits, destinations: [String: String] = [:],
    consoleFile: String? = nil, sink: Sink = .standard, cues: [Cue] = []
  ) {
    self.machine = machine
    self.limits = limits
    self.destinations = destinations
    self.consoleFile = consoleFile
    self.sink = sink
    self.cues = cues
  }

  /// What came of it.
  public struct Result: Sendable {
    public var outcome: ExecSession.Outcome
    public var console: Console
    /// Guest paths of the files that arrived whole.
    public var received: Set<String>
    /// The status that QEMU ended with, if it did.
    public var machineStatus: Int32?
  }

  /// Boots, and returns when the machine is gone.
  public func run() throws(HostError) -> Result {
    let wires = try Wires.made()
    let child = try Self.command(machine).start(descriptors: wires.given)
    do throws(HostError) {
      let result = try carry(wires.keepingOurs(), child)
      child.kill()
      _ = try child.wait()
      return result
    } catch {
      child.kill()
      _ = try child.wait()
      throw error
    }
  }

  /// QEMU, ended by the host if we die first.
  private static func command(_ machine: Machine) -> Command {
    let words = machine.arguments(.descriptors(console: 3, frames: 4, monitor: 5))
    guard Environment.find("setpriv") != nil else { return Command(Machine.program, words) }
    return Command("setpriv", ["--pdeathsig", "KILL", "--", Machine.program] + words)
  }

  /// The loop: wait for whatever comes first, tell the session, do what it says.
  private func carry(_ wires: consuming OurWires, _ child: Child) throws(HostError) -> Result {
    try wires.monitor.write(Monitor.negotiate.utf8)
    let requests = try EndRequests()
    var session = ExecSession(limits: limits, at: .now)
    var inputs = Inputs(open: wires.numbers)
    var files = FileReceiver(destinations)
    var console: [UInt8] = []
    var output = Spool(descriptor: 1)
    var error = Spool(descriptor: 2)
    var lines = LineSplitter()
    while true {
      let readable = try Poll.ready(
        reading: inputs.open + [requests.descriptor.number],
        writing: output.wanted + error.wanted, until: session.deadline)
      try output.write(ifReady: readable)
      try error.write(ifReady: readable)
      var events: [ExecSession.Event] = [.timer]
      if readable.contains(requests.descriptor.number) {
        events.append(.interrupted(signal: try requests.next()))
      }
      events += try inputs.events(from: wires, readable, keepingConsoleIn: &console)
      if inputs.open.isEmpty {
        events.append(.ended(status: try child.wait().code, errors: inputs.errorText))
      }
      // QEMU writes byte by byte; a moment's wait makes reading cheap by gathering many.
      if !readable.isEmpty { Poll.pause(.milliseconds(1)) }
      for action in events.flatMap({ session.handle($0, at: .now) }) {
        switch action {
        case .output(let bytes):
          for line in cues.isEmpty ? [] : lines.append(bytes) {
            for cue in cues where cue.line == line { try wires.monitor.write(cue.command.utf8) }
          }
          if case .closures(let take, _) = sink { try take(bytes) } else { output.append(bytes) }
        case .error(let bytes):
          if case .closures(_, let take) = sink { try take(bytes) } else { error.append(bytes) }
        case .startFile(let name, let mode): try files.start(name, mode: mode)
        case .writeFile(let bytes): try files.append(bytes)
        case .endFile: files.end()
        case .askRegisters: try? wires.monitor.write(Monitor.askRegisters.utf8)
        case .endMachine: child.terminate()
        case .finish(let outcome):
          try output.finish()
          try error.finish()
          if let consoleFile { try Files.write(console, to: consoleFile) }
          return Result(
            outcome: outcome, console: session.console, received: files.received,
            machineStatus: session.machineStatus)
        }
      }
    }
  }
}
