// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// The boot loader for UEFI. `./apus build` makes a static-pie program of it, and `./apus image` a UEFI
// application of that.
import PackageDescription

let rules: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
]

func library(_ name: String) -> Target.Dependency { .product(name: name, package: "libraries") }

let package = Package(
  name: "loader",
  dependencies: [.package(path: "../libraries")],
  targets: [
    .target(name: "CFirmware", path: "support"),
    .executableTarget(
      name: "apus-loader",
      dependencies: ["CFirmware", library("Boot"), library("Core"), library("ELF")],
      path: "image", swiftSettings: rules),
  ],
  swiftLanguageModes: [.v6]
)
