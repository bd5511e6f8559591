// SPDX-License-Identifier: MIT
internal import Guest
public import Host

/// Why there are no figures.
public enum BenchError: Error, Equatable, CustomStringConvertible {
  case unknownMetric(String)
  /// A program of the host that is needed failed; `output` is what it said.
  case toolFailed(String, output: String)
  /// A package did not hold the file that we need of it.
  case notInPackage(file: String, package: String)
  /// Somebody asked this program to end.
  case interrupted
  /// Apus does not build.
  case build(String)
  case host(HostError)

  public var description: String {
    switch self {
    case .unknownMetric(let name):
      "no metric is called \(name); there are: "
        + Metric.all.map(\.name).joined(separator: ", ")
    case .toolFailed(let tool, let output): "\(tool) failed:\n\(output)"
    case .notInPackage(let file, let package): "\(package) holds no \(file)"
    case .interrupted: "interrupted"
    case .build(let reason): reason
    case .host(let error): error.description
    }
  }
}

/// Runs `body`, which fails as the host does, so that it fails as the benchmark does.
func onHost<Result: ~Copyable>(
  _ body: () throws(HostError) -> Result
) throws(BenchError) -> Result {
  do throws(HostError) { return try body() } catch { throw .host(error) }
}

extension BenchError {
  /// What the program ends with when a request makes no sense or cannot be met.
  public static var unusableRequestStatus: Int32 { ExecStatus.unavailable }

  /// What the program ends with: as the rest of `apus` does.
  public var status: Int32 {
    switch self {
    case .unknownMetric, .toolFailed, .notInPackage, .host: Self.unusableRequestStatus
    case .interrupted: 130
    case .build: ExecStatus.buildFailed
    }
  }
}
