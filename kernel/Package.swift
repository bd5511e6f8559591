// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// The microkernel. `swift test` here builds it over `arch/model`, a processor made of arrays, and
// runs its tests on the host; `./apus build` sets APUS_WORLD and builds the bootable image.
import PackageDescription

let isBootable = Context.environment["APUS_WORLD"] != nil
let processor = isBootable ? Context.environment["APUS_ARCH"] ?? "x86_64" : "model"

let rules: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
  .enableExperimentalFeature("Volatile"),
]

func library(_ name: String) -> Target.Dependency { .product(name: name, package: "libraries") }

/// The processor: `arch/<name>` in Swift over `arch/<name>/support` in assembly and C headers.
/// Its tests, if it has any, run on the host.
var targets: [Target] = [
  .target(
    name: "Firmware", dependencies: [library("Boot"), library("Core")],
    path: "arch/firmware", exclude: ["README.md", "Tests"], swiftSettings: rules),
  .target(name: "CMachine", path: "arch/\(processor)/support"),
  .target(
    name: "Machine",
    dependencies: ["CMachine", "Architecture", "Firmware", library("Boot"), library("Core")],
    path: "arch/\(processor)",
    exclude: ["README.md", "support"] + (isBootable ? [] : ["Tests"]), swiftSettings: rules),
]

/// The portable kernel, lowest first.
targets += [
  .target(
    name: "Architecture", dependencies: [library("Core")],
    path: "arch/interface", exclude: ["README.md"], swiftSettings: rules),
  .target(
    name: "Objects", dependencies: ["Machine", library("ABI"), library("Core")],
    path: "objects", exclude: ["README.md", "Tests"], swiftSettings: rules),
  .target(
    name: "Kernel",
    dependencies: [
      "Machine", "Objects",
      library("ABI"), library("Core"), library("ELF"), library("Archive"),
    ],
    path: "core",
    exclude: ["Tests"]
      + ["Boot", "Interrupt", "KernelSchemes", "Memory", "Schemes", "Task", "Time", "Trace"].map {
        "\($0)/README.md"
      },
    swiftSettings: rules),
]

if isBootable {
  targets.append(
    .executableTarget(
      name: "apus-kernel", dependencies: ["Kernel", "Machine"],
      path: "image", swiftSettings: rules))
} else {
  targets += [
    .testTarget(
      name: "FirmwareTests", dependencies: ["Firmware", library("Boot"), library("Core")],
      path: "arch/firmware/Tests", swiftSettings: rules),
    .testTarget(
      name: "MachineTests", dependencies: ["Machine", "Architecture", library("Core")],
      path: "arch/model/Tests", swiftSettings: rules),
    .testTarget(
      name: "ObjectsTests", dependencies: ["Objects"], path: "objects/Tests", swiftSettings: rules),
    .testTarget(
      name: "KernelTests", dependencies: ["Kernel"], path: "core/Tests", swiftSettings: rules),
  ]
}

let package = Package(
  name: "kernel",
  dependencies: [.package(path: "../libraries")],
  targets: targets,
  swiftLanguageModes: [.v6]
)
