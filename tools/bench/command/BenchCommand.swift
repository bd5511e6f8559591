// SPDX-License-Identifier: MIT
import ArgumentParser
import Bench
import Host
import Project

/// `apus bench`: the figures of Apus beside those of Linux.
@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apus bench",
    abstract: "Measure Apus and Linux under the same QEMU with the same settings.",
    discussion: """
      Without names all metrics are measured: \(Metric.all.map(\.name).joined(separator: ", ")).

      Figures are executed instructions for one operation, and MiB for least_memory. The figures \
      of Linux are kept under .build/bench and taken from there as long as they hold.
      """)

  @Argument(help: "Metrics, by name.")
  var metrics: [String] = []

  @Option(help: ArgumentHelp("Write the figures to this file as well.", valueName: "file"))
  var json: String?

  @Option(help: "How often each system is booted.")
  var boots = 3

  @Flag(help: "Leave out Linux.")
  var apusOnly = false

  @Flag(help: "Leave out Apus.")
  var linuxOnly = false

  @Flag(help: "Measure Linux again.")
  var rerunLinux = false

  @Flag(help: "Never boot Linux: show what is known of it.")
  var noLinuxRerun = false

  @Flag(help: "End with status 1 unless every budget is met.")
  var check = false

  @Option(help: "The image of Apus, by its name in images/.")
  var image = "bench"

  @Option(
    help: ArgumentHelp("Give up on a boot of Apus after so many seconds.", valueName: "seconds"))
  var timeout = 600

  func validate() throws {
    guard !(apusOnly && linuxOnly) else {
      throw ValidationError("--apus-only and --linux-only leave nothing to measure")
    }
    guard !(rerunLinux && noLinuxRerun) else {
      throw ValidationError("--rerun-linux and --no-linux-rerun contradict each other")
    }
    guard (1...100).contains(boots) else { throw ValidationError("--boots is 1 to 100") }
    guard (1...100_000).contains(timeout) else { throw ValidationError("--timeout is 1 or more") }
  }

  /// As the rest of `apus`: a request that cannot be understood ends with the status of one that
  /// cannot be met.
  static func main() {
    Output.ignoreBrokenPipes()
    do {
      let command = try parse()
      try command.run()
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      Output.note(fullMessage(for: error))
      exit(withError: ExitCode(BenchError.unusableRequestStatus))
    }
  }

  func run() throws {
    let report: Report
    do throws(BenchError) {
      report = try Benchmark(.current(), report: { Output.note($0) }).run(try request())
    } catch {
      Output.note("apus: \(error)")
      throw ExitCode(error.status)
    }
    if let json {
      do throws(HostError) { try Files.write(report.json, to: json) } catch {
        Output.note("apus: \(error)")
        throw ExitCode(BenchError.host(error).status)
      }
    }
    Output.line(report.text)
    if check && !report.isWithinBudgets { throw ExitCode(1) }
  }

  private func request() throws(BenchError) -> BenchRequest {
    var request = BenchRequest(metrics: try Metric.selected(metrics))
    request.systems = apusOnly ? .apus : linuxOnly ? .linux : .both
    request.boots = boots
    request.linux = rerunLinux ? .always : noLinuxRerun ? .never : .whenNeeded
    request.image = image
    request.timeout = .seconds(timeout)
    return request
  }
}
