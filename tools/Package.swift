// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// Programs that run on the host. `apus` is thin; what it does is in the libraries below it.
import PackageDescription

let rules: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// Where the packages are that sources of others become; `./apus` puts them there.
let ports = Context.environment["APUS_PORTS"]

func library(_ name: String) -> Target.Dependency { .product(name: name, package: "libraries") }

/// One module in one folder, with its tests beside it; lower modules first.
struct Module {
  var name: String
  var path: String
  var uses: [Target.Dependency] = []
  /// Folders inside this one that belong to another target.
  var inner: [String] = []
}

let modules = [
  Module(name: "Host", path: "host"),
  Module(
    name: "Project", path: "project",
    uses: [
      "Host", library("ArchiveWriter"), library("Base"), library("TOML"), library("Users"),
    ]),
  Module(name: "Guest", path: "guest", uses: ["Host", library("ExecStream")]),
  Module(name: "Checks", path: "checks", uses: ["Host", "Project"]),
  Module(name: "Bench", path: "bench", uses: ["Host", "Project", "Guest"], inner: ["command"]),
  Module(name: "Scaffolds", path: "scaffolds"),
  Module(
    name: "Volumes", path: "volumes",
    uses: ["Host", library("Base"), library("Core"), library("RedoxFS")]),
  Module(
    name: "DiskImages", path: "images",
    uses: [
      "Host", "Project", "Volumes", library("Base"), library("Core"), library("ELF"),
      library("FATWriter"), library("Partitions"), library("PEWriter"), library("RedoxFS"),
    ]),
  Module(name: "PowerCuts", path: "powercut", uses: ["Host", library("Mutation")]),
  Module(name: "Documentation", path: "documents", uses: ["Host", "Project", library("ABI")]),
]

func targets(of module: Module) -> [Target] {
  [
    .target(
      name: module.name, dependencies: module.uses, path: module.path,
      exclude: ["README.md", "Tests"] + module.inner, swiftSettings: rules),
    .testTarget(
      name: module.name + "Tests",
      dependencies: [.init(stringLiteral: module.name)] + module.uses,
      path: module.path + "/Tests", swiftSettings: rules),
  ]
}

/// A program for RedoxFS volumes.
/// - Parameter digests: it prints digests, if Mbed TLS is there.
func volumeProgram(_ name: String, digests: Bool = false) -> Target {
  let digests = digests && ports != nil
  return .executableTarget(
    name: "redoxfs-\(name)",
    dependencies: [
      "Host", "Volumes", library("Base"), library("RedoxFS"), library("RedoxFSExample"),
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ] + (digests ? [.product(name: "Cryptography", package: "userland")] : []),
    path: "redoxfs/\(name)", swiftSettings: rules + (digests ? [.define("DIGESTS")] : []))
}

/// Hashes the passwords of images, for which it needs both ports.
let passwordProgram = Target.executableTarget(
  name: "hash-password",
  dependencies: [
    "Host", library("Base"), library("Users"),
    .product(name: "Cryptography", package: "userland"),
    .product(name: "Passwords", package: "userland"),
  ],
  path: "passwords", exclude: ["README.md"], swiftSettings: rules)

let package = Package(
  name: "tools",
  dependencies: [
    .package(path: "../libraries"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ] + (ports == nil ? [] : [.package(path: "../userland")]),
  targets: modules.flatMap(targets(of:)) + [
    .executableTarget(
      name: "apus",
      dependencies: [
        "Host", "Project", "Guest", "Checks", "Scaffolds", "Documentation", "DiskImages",
        "PowerCuts", "Volumes", library("Mutation"), library("Partitions"), library("RedoxFS"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "apus", exclude: ["README.md"], swiftSettings: rules),
    .executableTarget(
      name: "apus-bench",
      dependencies: [
        "Host", "Project", "Bench",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "bench/command", swiftSettings: rules),
    .executableTarget(
      name: "archive", dependencies: ["Host", library("Archive")],
      path: "archive", exclude: ["README.md"], swiftSettings: rules),
    .executableTarget(
      name: "toml-decode",
      dependencies: ["Host", library("Base"), library("Core"), library("TOML")],
      path: "toml", exclude: ["README.md"], swiftSettings: rules),
    .executableTarget(
      name: "ion",
      dependencies: [
        "Host", library("Base"), library("Core"), library("ShellEditor"), library("ShellEvaluator"),
        library("ShellProgram"), library("ShellSession"),
      ],
      path: "ion", exclude: ["README.md"], swiftSettings: rules),
    volumeProgram("fsck", digests: true),
  ] + ["ar", "campaign", "cat", "mkfs", "snapshot"].map { volumeProgram($0) }
    + (ports == nil ? [] : [passwordProgram]),
  swiftLanguageModes: [.v6]
)
