// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// Portable, safe Swift: no I/O, no clock, no globals. Every module here is built and tested on the
// host, and compiled again for each world (kernel, userland) that uses it.
import PackageDescription

/// One module in one folder, with its tests beside it.
struct Module {
  var name: String
  var path: String
  var dependencies: [String] = []
  /// What its tests need beyond that.
  var testDependencies: [String] = []
  /// Folders inside this one that belong to another module.
  var inner: [String] = []
}

/// Lower modules first: a module may depend only on those above it.
/// The kernel imports ABI, Boot, Core, ELF and Archive, so these compile under `-no-allocations`.
let modules = [
  Module(name: "Core", path: "core"),
  Module(name: "ABI", path: "abi", dependencies: ["Core"]),
  Module(name: "Mutation", path: "mutation", dependencies: ["Core"]),
  Module(name: "Base", path: "base", dependencies: ["Core"]),
  Module(name: "Boot", path: "boot", dependencies: ["Core"]),
  Module(name: "ELF", path: "formats/elf", dependencies: ["Core"]),
  Module(
    name: "PEWriter", path: "formats/pe", dependencies: ["Base", "Core", "ELF"]),
  Module(
    name: "Archive", path: "formats/archive", dependencies: ["Core"],
    testDependencies: ["ArchiveWriter"], inner: ["writer"]),
  Module(
    name: "ArchiveWriter", path: "formats/archive/writer",
    dependencies: ["Core", "Base", "Archive"]),
  Module(
    name: "ArchiveTree", path: "formats/archivetree", dependencies: ["Core", "Base", "Archive"],
    testDependencies: ["ArchiveWriter"]),
  Module(name: "Manual", path: "manual", dependencies: ["Core", "Base"]),
  Module(name: "OptionParser", path: "options", dependencies: ["Core", "Base", "Manual"]),
  Module(name: "TOML", path: "formats/toml", dependencies: ["Core", "Base"]),
  Module(name: "InitScript", path: "formats/initscript", dependencies: ["Core", "Base", "TOML"]),
  Module(name: "Regular", path: "regular", dependencies: ["Core", "Base"]),
  Module(name: "ShellParser", path: "shell/parser", dependencies: ["Core", "Base"]),
  Module(
    name: "ShellExpander", path: "shell/expander",
    dependencies: ["Core", "Base", "Regular", "ShellParser"]),
  Module(
    name: "ShellEditor", path: "shell/editor",
    dependencies: ["Core", "Base", "Regular", "ShellParser", "ShellExpander"]),
  Module(
    name: "ShellEvaluator", path: "shell/evaluator",
    dependencies: ["Core", "Base", "Regular", "ShellParser", "ShellExpander", "ShellEditor"]),
  Module(
    name: "ShellSession", path: "shell/session",
    dependencies: [
      "Core", "Base", "ShellParser", "ShellExpander", "ShellEditor", "ShellEvaluator",
    ]),
  Module(
    name: "ShellProgram", path: "shell/program",
    dependencies: [
      "Core", "Base", "ShellParser", "ShellEditor", "ShellEvaluator", "ShellSession",
    ]),
  Module(name: "Users", path: "formats/users", dependencies: ["Core", "Base"]),
  Module(name: "ExecStream", path: "formats/execstream", dependencies: ["Core"]),
  Module(name: "Hierarchy", path: "filesystem/hierarchy", dependencies: ["Core", "ABI", "Base"]),
  Module(name: "FileLocks", path: "filesystem/locks", dependencies: ["Core", "ABI"]),
  Module(
    name: "RedoxFS", path: "filesystem/redoxfs", dependencies: ["Core", "Base"],
    testDependencies: ["RedoxFSExample"], inner: ["example"]),
  Module(name: "FATWriter", path: "filesystem/fatwriter", dependencies: ["Core", "Base"]),
  Module(name: "Partitions", path: "storage/partitions", dependencies: ["Core", "Base"]),
  Module(
    name: "PCI", path: "pci", dependencies: ["Core", "Base"],
    testDependencies: ["PCIExample"], inner: ["example"]),
  Module(name: "Storage", path: "storage", dependencies: ["Core"], inner: ["partitions"]),
  Module(name: "LineDiscipline", path: "terminal", dependencies: ["Core", "ABI"]),
]

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
  .enableExperimentalFeature("Volatile"),
  .enableExperimentalFeature("BuiltinModule"),
  .enableExperimentalFeature("RawLayout"),
]

func named(_ modules: [String]) -> [Target.Dependency] { modules.map { .target(name: $0) } }

func targets(of module: Module) -> [Target] {
  let testDependencies = Set(
    module.dependencies + module.testDependencies + [module.name, "Core", "Mutation"]
  ).sorted()
  return [
    .target(
      name: module.name, dependencies: named(module.dependencies), path: module.path,
      exclude: ["README.md", "Tests"] + module.inner, swiftSettings: settings),
    .testTarget(
      name: module.name + "Tests",
      dependencies: named(testDependencies),
      path: module.path + "/Tests", swiftSettings: settings),
  ]
}

/// Volumes for the tests and the fuzz target of RedoxFS, which test it.
let volumeExample = Target.target(
  name: "RedoxFSExample", dependencies: ["RedoxFS"], path: "filesystem/redoxfs/example",
  swiftSettings: settings)

/// Functions for the tests of PCI and of what serves them.
let functionExample = Target.target(
  name: "PCIExample", dependencies: ["PCI"], path: "pci/example", swiftSettings: settings)

let package = Package(
  name: "libraries",
  products: (modules.map(\.name) + [volumeExample.name, functionExample.name]).map {
    .library(name: $0, targets: [$0])
  },
  targets: modules.flatMap(targets(of:)) + [volumeExample, functionExample]
)
