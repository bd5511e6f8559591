// SPDX-License-Identifier: MIT
internal import Host
public import Project

/// What `./apus bench` is asked for.
public struct BenchRequest: Sendable {
  public enum Systems: Sendable { case both, apus, linux }

  public var metrics: [Metric]
  public var systems = Systems.both
  /// How often each system is booted for one figure.
  public var boots = 3
  public var linux = LinuxUse.whenNeeded
  /// The image of Apus, by its name in images/; it must have the program `bench`.
  public var image = "bench"
  /// For one boot of Apus with counting.
  public var timeout = Duration.seconds(600)

  public init(metrics: [Metric]) { self.metrics = metrics }
}

/// Measures what is asked for.
public struct Benchmark {
  private let project: Project
  private let report: @Sendable (String) -> Void

  /// - Parameter report: Told one line about each step that takes long.
  public init(_ project: Project, report: @escaping @Sendable (String) -> Void) {
    self.project = project
    self.report = report
  }

  /// - Throws: When something is missing on the host, or does not build. A guest that fails is no
  ///   error: its metrics are missing in the report.
  public func run(_ request: BenchRequest) throws(BenchError) -> Report {
    let apus = request.systems == .linux ? [:] : try apus(request)
    var linux: [String: Report.Entry] = [:]
    var settings = [
      "Machine: \(MeasuringMachine().description)",
      "Each figure is the median of \(request.boots) boots; the spread is that of "
        + (request.systems == .linux ? "Linux." : "Apus."),
    ]
    if request.systems != .apus {
      let column = LinuxColumn(
        folder: folder, programs: programs, boots: request.boots, report: report)
      let result = try column.entries(for: request.metrics, use: request.linux)
      linux = result.entries
      settings.append(result.description)
    }
    let rows = request.metrics.map {
      Report.Row(metric: $0, apus: apus[$0.name] ?? .absent, linux: linux[$0.name] ?? .absent)
    }
    return Report(rows: rows, settings: settings)
  }

  private var folder: String { project.built("bench") }
  private var programs: Programs { Programs(root: project.root, folder: "\(folder)/programs") }

  private func apus(_ request: BenchRequest) throws(BenchError) -> [String: Report.Entry] {
    let system: BootableSystem
    do throws(BuildError) {
      system = try Builder(project, report: report).build(image: request.image, for: .x86_64)
    } catch {
      throw .build("\(error)")
    }
    // Two measurements at once must not share their files.
    let folder = "\(folder)/apus-\(Environment.processIdentifier)"
    defer { try? Files.remove(folder) }
    let guest = ApusGuest(
      project: project, system: system, counter: try programs.counter(), folder: folder,
      timeout: request.timeout)
    var entries = try Campaign(system: guest, boots: request.boots, report: report)
      .entries(for: request.metrics)
    for metric in request.metrics where metric.method == .imageSize {
      entries[metric.name] = try imageSize()
    }
    return entries
  }

  private func imageSize() throws(BenchError) -> Report.Entry {
    do throws(BuildError) {
      let bytes = try Builder(project, report: report).fileBytes(of: "minimal", for: .x86_64)
      guard let sample = Sample([Double(bytes) / 1_000_000]) else { return .absent }
      return .measured(Figure(sample: sample))
    } catch { throw .build("\(error)") }
  }
}
