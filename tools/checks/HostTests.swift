// SPDX-License-Identifier: MIT
import Host
import Project

/// The tests of one package, which run on the host.
public struct HostTests: Sendable {
  /// The package's folder in the repository, which is also the name of the step.
  public var package: String
  /// Only tests whose name contains this.
  public var filter: String?

  public static let packages = ["libraries", "kernel", "userland", "tools"]

  public init(package: String, filter: String? = nil) {
    self.package = package
    self.filter = filter
  }

  public func run(in project: Project) throws(HostError) -> Tally {
    let scratch = project.built("host-tests/\(package)")
    let results = "\(scratch)/results.xml"
    try Files.makeFolder(scratch)
    try Files.remove(results)
    // The tools use programs of userland.
    let sources = Set([package, "libraries"] + (package == "tools" ? ["userland"] : []))
    try SourcePlan.forgetIfStale(in: scratch, reading: sources.map(project.path))
    var arguments = ["test", "--scratch-path", scratch, "--xunit-output", results]
    // The kernel's tests share one model machine, across targets.
    if package == "kernel" { arguments.append("--no-parallel") }
    // All tests are Swift Testing's; without XCTest the results file is theirs.
    arguments.append("--disable-xctest")
    if let filter { arguments += ["--filter", filter] }
    if package == "userland" || package == "tools" {
      do throws(BuildError) { try Builder(project) { _ in }.buildPorts() } catch {
        return Tally(failed: 1, report: ["\(package): \(error)"])
      }
    }
    let captured = try Command(
      "swift", arguments, in: project.path(package), environment: project.portsEnvironment
    ).capture()
    let text = (try? Files.text(results)) ?? ""
    return Self.tally(
      package, status: captured.status, output: captured.text, counts: Counts(in: text))
  }

  /// How many tests ran and failed, as Swift Testing's results file says.
  struct Counts: Equatable {
    var tests = 0
    var failures = 0

    init(tests: Int, failures: Int) {
      self.tests = tests
      self.failures = failures
    }

    init(in text: String) {
      for element in text.split(separator: "<testsuite ").dropFirst() {
        let attributes = element.prefix { $0 != ">" }
        tests += Self.number("tests", in: attributes)
        failures += Self.number("failures", in: attributes) + Self.number("errors", in: attributes)
      }
    }

    private static func number(_ name: String, in text: Substring) -> Int {
      guard let range = text.firstRange(of: "\(name)=\"") else { return 0 }
      return Int(text[range.upperBound...].prefix { $0 != "\"" }) ?? 0
    }
  }

  static func tally(
    _ package: String, status: ProgramStatus, output: String, counts: Counts
  ) -> Tally {
    if status.isSuccess {
      return Tally(passed: max(counts.tests - counts.failures, 0), failed: counts.failures)
    }
    // A build that fails or a test that ends the process counts as one failure at least.
    let failed = max(counts.failures, 1)
    return Tally(
      passed: max(counts.tests - failed, 0), failed: failed,
      report: ["\(package):"] + relevant(output))
  }

  /// What to show of a run that failed: what went wrong, not what went well.
  static func relevant(_ output: String) -> [String] {
    let lines = Builder.withoutProgress(output).split(separator: "\n").map(String.init)
    let issues = lines.filter { $0.hasPrefix("✘") && $0.contains("recorded an issue") }
    // Without an issue it is the compiler's words or a crash that tell.
    let telling =
      issues.isEmpty ? lines.filter { !$0.hasPrefix("✔") && !$0.hasPrefix("◇") } : issues
    return telling.suffix(100).map { $0.count > 600 ? "\($0.prefix(600))…" : $0 }
  }
}
