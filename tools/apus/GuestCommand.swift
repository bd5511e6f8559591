// SPDX-License-Identifier: MIT
import Guest
import Host
import Project

/// Boots a machine for one request and explains what came of it.
struct GuestCommand {
  var project: Project
  var system: BootableSystem
  var request: GuestRequest
  /// In seconds.
  var timeout: Double
  /// A file that gets all that the console says.
  var consoleFile: String?
  var sink = ExecRunner.Sink.standard
  var cues: [ExecRunner.Cue] = []

  /// - Parameter machine: Makes the machine for what is booted in the end.
  func run(
    on machine: (BootableSystem) throws(Failure) -> Machine
  ) throws(Failure) -> ExecReport {
    removeLeftovers()
    let folder = project.built("exec/\(Environment.processIdentifier)")
    defer { try? Files.remove(folder) }
    let complete: BootableSystem
    do throws(BuildError) { complete = try request.attached(to: system, in: folder) } catch {
      throw Failure(["apus: \(error)"], status: ExecStatus.transferFailed)
    }
    let runner = ExecRunner(
      try machine(complete), limits: .init(timeout: .seconds(timeout)),
      destinations: request.get, consoleFile: consoleFile, sink: sink, cues: cues)
    let result = try orFail { () throws(HostError) in try runner.run() }
    let symboliser = Symboliser(program: system.kernel, relativeTo: project.root)
    let whole = timeout.rounded() == timeout
    var report = ExecReport(
      result.outcome, console: result.console, seconds: whole ? "\(Int(timeout))" : "\(timeout)",
      describe: symboliser.describe)
    report.machineStatus = result.machineStatus
    report.console = result.console.lines
    let missing = request.get.keys.filter { !result.received.contains($0) }.sorted()
    if case .exited = result.outcome, !missing.isEmpty {
      report.lines += missing.map { "apus: the guest sent no \($0)" }
      if report.status == 0 { report.status = ExecStatus.transferFailed }
    }
    return report
  }
  /// Removes the folders of runs that were killed before they could do so themselves.
  private func removeLeftovers() {
    for name in (try? Files.names(in: project.built("exec"))) ?? [] {
      if !Files.exists("/proc/\(name)") { try? Files.remove(project.built("exec/\(name)")) }
    }
  }
}
