// SPDX-License-Identifier: MIT
internal import Guest
internal import Host
internal import Project

/// Apus with its own benchmark program, run as `./apus exec` runs a command.
struct ApusGuest {
  var project: Project
  var system: BootableSystem
  /// The counting plugin.
  var counter: String
  /// Where files of a boot go.
  var folder: String
  /// For one boot with counting.
  var timeout: Duration
}

extension ApusGuest: MeasuredSystem {
  var name: String { "Apus" }

  /// A boot without counting takes a second or two in a quiet machine.
  private static var promptTimeout: Duration { .seconds(60) }
  private static let program = "bench"
  private static let bootMetric = "boot_to_prompt"

  func boot(_ metrics: [Metric]) throws(BenchError) -> BootRecord {
    let setting = metrics.first?.machine ?? MeasuringMachine()
    let countPath = "\(folder)/intervals"
    try onHost { () throws(HostError) in
      try Files.makeFolder(folder)
      try Files.remove(countPath)
    }
    let names = metrics.map(\.name).filter { $0 != Self.bootMetric }
    let disk = setting.hasDisk ? MeasuringMachine.diskArguments(try emptyDisk()) : []
    let session = try run(
      [Self.program, Self.bootMetric] + names, in: setting,
      extra: disk + ["-plugin", "\(counter),out=\(countPath)"], timeout: timeout)
    let counts = (try? Files.text(countPath)) ?? ""
    return BootRecord(
      lines: GuestLine.all(in: session.text), intervals: CountedInterval.all(in: counts),
      failure: session.failure)
  }

  func reachesPrompt(memory: Int) throws(BenchError) -> Bool {
    var setting = MeasuringMachine()
    setting.memory = memory
    setting.countsInstructions = false
    let session = try run(
      [Self.program, Self.bootMetric], in: setting, extra: [], timeout: Self.promptTimeout)
    return GuestLine.all(in: session.text).contains { $0.name == Self.bootMetric }
  }

  /// A disk with nothing on it: the benchmark program makes its volume.
  private func emptyDisk() throws(BenchError) -> String {
    let path = "\(folder)/disk"
    try Bench.run(Command("truncate", ["-s", "\(MeasuringMachine.diskBytes)", path]))
    return path
  }

  /// What the command printed, and why it did not get to its end; nil when it did.
  private struct Session {
    var text: String
    var failure: String?
  }

  private func run(
    _ words: [String], in setting: MeasuringMachine, extra: [String], timeout: Duration
  ) throws(BenchError) -> Session {
    var machine = Machine(kernel: system.kernel, initrd: try initrd(for: words))
    machine.processorCount = setting.processors
    machine.memory = setting.memory
    machine.extra = setting.figureArguments + extra
    var output: [UInt8] = []
    let result = try onHost { () throws(HostError) in
      try ExecRunner(
        machine, limits: .init(timeout: timeout),
        sink: .init(output: { output += $0 }, error: { output += $0 })
      ).run()
    }
    if case .interrupted = result.outcome { throw .interrupted }
    return Session(
      text: String(decoding: output, as: UTF8.self),
      failure: failure(of: result, isSilent: output.isEmpty, timeout: timeout))
  }

  /// The system's archive and, behind it, one that holds the command line.
  private func initrd(for words: [String]) throws(BenchError) -> String {
    let line = ArchiveItem(
      "exec/command", mode: 0o600, .file(Array(words.joined(separator: " ").utf8)))
    let command: [UInt8]
    do throws(BuildError) { command = try encode([line], for: "exec") } catch {
      throw .build("\(error)")
    }
    let path = "\(folder)/initrd"
    try onHost { () throws(HostError) in
      try Files.write(try Files.read(system.initrd) + command, to: path)
    }
    return path
  }

  private func failure(
    of result: ExecRunner.Result, isSilent: Bool, timeout: Duration
  ) -> String? {
    if case .exited(let status) = result.outcome {
      // A program that says something of each metric may end with any status.
      return isSilent ? "`\(Self.program)` said nothing and ended with status \(status)" : nil
    }
    let symboliser = Symboliser(program: system.kernel, relativeTo: project.root)
    let report = ExecReport(
      result.outcome, console: result.console, seconds: "\(timeout.components.seconds)",
      describe: symboliser.describe)
    let reason = report.lines.first ?? "it ended with status \(report.status)"
    return reason.hasPrefix("apus: ") ? String(reason.dropFirst(6)) : reason
  }
}
