// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// Programs that test the booted system from inside: one row for each, and one folder. `./apus test
// boot` builds them for Apus, puts them into the image `tests` and reads what they say.
import PackageDescription

let rules: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
]

/// A program `test-<name>` in the folder `<name>`.
let programs = [
  "smoke", "machine", "terminals", "hostile", "ledger", "restart", "fuzz", "schemes", "startup",
  "utilities", "sockets", "coreutils", "shell", "powercut",
]

let system: Target.Dependency = .product(name: "System", package: "userland")

let package = Package(
  name: "tests",
  dependencies: [.package(path: "../userland")],
  targets: [
    .target(name: "TestRuntime", dependencies: [system], path: "runtime", swiftSettings: rules)
  ]
    + programs.map { name in
      .executableTarget(
        name: "test-\(name)", dependencies: ["TestRuntime", system], path: name,
        exclude: ["README.md"],
        swiftSettings: rules)
    } + [
      // What the benchmark starts; see `bench/README.md`.
      .target(name: "Ballast", path: "bench/spawned/ballast"),
      .executableTarget(
        name: "test-spawned", dependencies: ["Ballast", system], path: "bench/spawned",
        exclude: ["ballast"], swiftSettings: rules),
    ],
  swiftLanguageModes: [.v6]
)
