// SPDX-License-Identifier: MIT
import Host

extension Builder {
  /// Those host programs that use what `ports` are made into.
  private static let programsWithPorts: Set<String> = ["hash-password", "redoxfs-fsck"]

  /// The packages that a program is built from.
  static func packages(of program: String) -> [String] {
    ["tools", "libraries"] + (programsWithPorts.contains(program) ? ["userland"] : [])
  }

  /// A product of the `tools` package, built as far as anything changed.
  ///
  /// - Parameter isOptimised: whether it has much to compute. What has not shares the build of the host
  ///   tool itself.
  public func hostProgram(
    _ name: String, isOptimised: Bool = true
  ) throws(BuildError) -> Command {
    let scratch = project.built(isOptimised ? "host" : "tools")
    let kind = isOptimised ? "release" : "debug"
    let usesPorts = Self.programsWithPorts.contains(name)
    if usesPorts { try buildPorts() }
    try asBuildError { () throws(HostError) in
      try SourcePlan.forgetIfStale(
        in: scratch, reading: Self.packages(of: name).map(project.path), kind)
    }
    let program = "\(scratch)/\(kind)/\(name)"
    if !Files.exists(program) { report("apus: building \(name)") }
    let build = Command(
      "swift", ["build", "-c", kind, "--product", name, "--scratch-path", scratch],
      in: project.path("tools"), environment: usesPorts ? project.portsEnvironment : [:])
    let result = try asBuildError { () throws(HostError) in try build.capture() }
    guard result.status.isSuccess else {
      throw .compile(what: name, output: Self.withoutProgress(result.text))
    }
    return Command(
      program, environment: ["APUS_ROOT": project.root, "APUS_BUILD": project.buildFolder])
  }
}
