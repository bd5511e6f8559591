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
    var program = try orFail { () throws(BuildError) in
      try Builder.talking(.current()).hostProgram(name, isOptimised: isOptimised)
    }
    program.arguments = arguments
    return program
  }
}
