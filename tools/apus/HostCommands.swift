// SPDX-License-Identifier: MIT
import ArgumentParser
import Guest
import Host
import Project

/// `apus tool`: the host's build of one of our own programs.
struct Tool: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the Linux build of one of our own programs, building it if needed.")

  @Argument(help: "The program.")
  var name: String

  @Argument(parsing: .captureForPassthrough, help: "Its arguments.")
  var arguments: [String] = []

  /// The programs there are, each a product of `tools/Package.swift`.
  static let programs = [
    "archive", "ion", "redoxfs-ar", "redoxfs-campaign", "redoxfs-cat", "redoxfs-fsck",
    "redoxfs-mkfs", "redoxfs-snapshot", "toml-decode",
  ]

  func run() throws {
    guard Self.programs.contains(name) else {
      let known = Self.programs.joined(separator: ", ")
      throw Failure.usage("no program \(name) has a Linux build; those that have: \(known)")
    }
    try HostProgram(name).replace(with: arguments)
  }
}

/// `apus bench`: figures, beside Linux's.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure Apus and Linux under the same QEMU.")

  @Argument(parsing: .captureForPassthrough, help: "Metrics, --json FILE, …")
  var arguments: [String] = []

  func run() throws {
    try HostProgram("apus-bench", isOptimised: false).replace(with: arguments)
  }
}

/// A product of the `tools` package.
struct HostProgram {
  private let name: String
  /// Whether it has much to compute. What has not shares the build of this program.
  private let isOptimised: Bool

  init(_ name: String, isOptimised: Bool = true) {
    self.name = name
    self.isOptimised = isOptimised
  }

  /// Those that print digests, which Mbed TLS computes.
  private static let withDigests: Set<String> = ["redoxfs-fsck"]

  /// Builds it and becomes it.
  func replace(with arguments: [String]) throws(Failure) -> Never {
    let program = try built(with: arguments)
    try orFail { () throws(HostError) in try program.replace() }
  }

  /// Builds it and runs it.
  func run(_ arguments: [String]) throws(Failure) -> Command.Captured {
    let program = try built(with: arguments)
    return try orFail { () throws(HostError) in try program.capture() }
  }

  private func built(with arguments: [String]) throws(Failure) -> Command {
    let project = Project.current()
    let scratch = project.built(isOptimised ? "host" : "tools")
    let kind = isOptimised ? "release" : "debug"
    let usesPorts = Self.withDigests.contains(name)
    if usesPorts {
      try orFail { () throws(BuildError) in try Builder(project) { _ in }.buildPorts() }
    }
    try orFail { () throws(HostError) in
      try SourcePlan.forgetIfStale(
        in: scratch, reading: ["tools", "libraries"].map(project.path), kind)
    }
    let build = Command(
      "swift", ["build", "-c", kind, "--product", name, "--scratch-path", scratch],
      in: project.path("tools"), environment: usesPorts ? project.portsEnvironment : [:])
    if !Files.exists("\(scratch)/\(kind)/\(name)") { Output.note("apus: building \(name)") }
    let result = try orFail { () throws(HostError) in try build.capture() }
    guard result.status.isSuccess else {
      throw Failure(.compile(what: name, output: Builder.withoutProgress(result.text)))
    }
    let environment = ["APUS_ROOT": project.root, "APUS_BUILD": project.buildFolder]
    return Command("\(scratch)/\(kind)/\(name)", arguments, environment: environment)
  }
}
