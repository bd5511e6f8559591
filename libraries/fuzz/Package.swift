// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// Fuzz targets have no main function of their own, so they would break `swift build` and `swift
// test` of any package they were part of.
import PackageDescription

/// A fuzz target in its folder, and the libraries whose parsers it feeds.
let targets: [(name: String, path: String, libraries: [String])] = [
  ("FuzzELF", "elf", ["ELF"]),
  ("FuzzArchive", "archive", ["Archive"]),
  ("FuzzInitScript", "initscript", ["Base", "InitScript"]),
  ("FuzzUnits", "units", ["Base", "InitScript"]),
  ("FuzzTOML", "toml", ["Base", "TOML"]),
  ("FuzzOptions", "options", ["Base", "Manual", "OptionParser"]),
  ("FuzzExecStream", "execstream", ["Core", "ExecStream"]),
  ("FuzzRegular", "regular", ["Base", "Regular"]),
  ("FuzzShell", "shell", ["Base", "ShellParser", "ShellEvaluator"]),
  ("FuzzEditor", "editor", ["Base", "ShellEditor"]),
  ("FuzzRedoxFS", "redoxfs", ["RedoxFS", "RedoxFSExample"]),
  ("FuzzMount", "mount", ["Base", "Core", "RedoxFS", "RedoxFSExample"]),
  ("FuzzTerminal", "terminal", ["ABI", "Core", "LineDiscipline"]),
  ("FuzzPartitions", "partitions", ["Base", "Core", "Partitions"]),
  ("FuzzUsers", "users", ["Base", "Users"]),
  ("FuzzWireFormats", "wireformats", ["Core", "ELF", "Archive", "ExecStream"]),
]

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
]

func products(_ names: [String]) -> [Target.Dependency] {
  names.map { .product(name: $0, package: "libraries") }
}

/// Targets that need modules of userland as well.
let drivers: [(name: String, path: String, libraries: [String], modules: [String])] = [
  ("FuzzPCI", "pci", ["PCI", "PCIExample"], ["Virtio"]),
  (
    "FuzzDrives", "drives", ["Core", "Storage"],
    ["AHCIDriver", "Disks", "Memory", "NVMeDriver"]
  ),
]

/// A target that runs whole utilities over the model of a system.
let utilities = Target.executableTarget(
  name: "FuzzUtilities",
  dependencies: ["FuzzInput"] + products(["ABI", "Base"])
    + ["TextUtilities", "UtilityFrame", "UtilityModel"].map {
      .product(name: $0, package: "userland")
    },
  path: "utilities", swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])

let package = Package(
  name: "fuzz",
  dependencies: [.package(path: ".."), .package(path: "../../userland")],
  targets: [
    .target(name: "FuzzInput", path: "input", swiftSettings: settings),
    .executableTarget(
      name: "Seeds",
      dependencies: products(
        [
          "Base", "Core", "Mutation", "ArchiveWriter", "ExecStream", "Partitions", "RedoxFS",
          "RedoxFSExample",
        ]),
      path: "seeds", swiftSettings: settings),
    utilities,
  ]
    + drivers.map { target in
      .executableTarget(
        name: target.name,
        dependencies: ["FuzzInput"] + products(target.libraries)
          + target.modules.map { .product(name: $0, package: "userland") },
        path: target.path, swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
    }
    + targets.map { target in
      .executableTarget(
        name: target.name, dependencies: ["FuzzInput"] + products(target.libraries),
        path: target.path, swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
    }
)
