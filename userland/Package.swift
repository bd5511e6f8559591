// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
//
// The runtime, and one row for each service, driver and application. A program is a logic library
// with tests plus a thin executable. `swift test` here builds the libraries and runs their tests
// on the host; `./apus build` sets APUS_WORLD and builds the programs for Apus.
import PackageDescription

let isForApus = Context.environment["APUS_WORLD"] != nil
let processor = Context.environment["APUS_ARCH"] ?? "x86_64"
/// Where `./apus` puts what comes from others (`ports`). Without it, as in a plain `swift test`, the
/// modules that rest on that are left out.
let ports = Context.environment["APUS_PORTS"]

let rules: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
]

func library(_ name: String) -> Target.Dependency { .product(name: name, package: "libraries") }

/// A program in `folder`: its logic in module `module`, tested on the host by `Tests/`, and the
/// executable `name` in `folder/main`.
struct Program {
  var name: String
  var module: String
  var folder: String
  /// Folders inside this one that belong to another target.
  var inner: [String] = []
  /// Libraries that the logic uses, none of which may reach the system by itself.
  var uses: [Target.Dependency] = []
  /// What the executable uses beyond that.
  var mainUses: [Target.Dependency] = []
  /// What its tests use beyond that.
  var testUses: [Target.Dependency] = []
  /// Every other program waits for what it does: it is compiled for speed, and others for size.
  var isWaitedFor = false

  var targets: [Target] {
    let rules = isWaitedFor && isForApus ? rules + [.unsafeFlags(["-Xfrontend", "-O"])] : rules
    let logic = Target.target(
      name: module, dependencies: uses, path: folder,
      exclude: ["main", "Tests", "README.md"] + inner,
      swiftSettings: rules)
    if isForApus {
      return [
        logic,
        .executableTarget(
          name: name, dependencies: [.target(name: module), "System"] + uses + mainUses,
          path: "\(folder)/main", swiftSettings: rules),
      ]
    }
    return [
      logic,
      .testTarget(
        name: "\(module)Tests", dependencies: [.target(name: module)] + uses + testUses,
        path: "\(folder)/Tests", swiftSettings: rules),
    ]
  }
}

let programs: [Program] = [
  Program(
    name: "init", module: "Supervision", folder: "services/init",
    uses: [
      library("ABI"), library("ArchiveTree"), library("Base"), library("Core"), library("ELF"),
      library("ExecStream"), library("InitScript"),
    ]),
  Program(
    name: "initfs", module: "InitialFiles", folder: "services/initfs",
    uses: [
      library("ABI"), library("Archive"), library("ArchiveTree"), library("Base"), library("Core"),
      "Memory", "Schemes",
    ],
    testUses: [library("ArchiveWriter")]),
  Program(
    name: "tmpfs", module: "TemporaryFiles", folder: "services/tmpfs",
    uses: [library("ABI"), library("Base"), library("Core"), library("Hierarchy"), "Memory"],
    mainUses: ["FileLocking"]),
  Program(
    name: "redoxfs", module: "VolumeService", folder: "services/redoxfs",
    uses: [
      library("ABI"), library("Base"), library("Core"), library("Hierarchy"), library("Manual"),
      library("OptionParser"), library("RedoxFS"), library("Storage"), "Memory",
    ],
    mainUses: ["FileLocking"], testUses: [library("RedoxFSExample")], isWaitedFor: true),
  Program(
    name: "randd", module: "RandomSources", folder: "services/randd", uses: [library("Core")],
    mainUses: ["Cryptography"]),
  Program(
    name: "logd", module: "LogKeeping", folder: "services/logd",
    uses: [library("ABI"), library("Base"), library("Core"), "Memory", "Schemes"]),
  Program(
    name: "zerod", module: "ConstantDevices", folder: "services/zerod",
    uses: [library("ABI"), library("Core"), "Memory", "Schemes"],
    testUses: [library("Base")]),
  Program(
    name: "ptyd", module: "Terminals", folder: "services/ptyd",
    uses: [
      library("ABI"), library("Base"), library("Core"), library("LineDiscipline"), "Memory",
      "Schemes",
    ]),
  Program(
    name: "getty", module: "Getty", folder: "services/getty",
    uses: [library("Base"), library("Core")], mainUses: [library("Users")]),
  Program(
    name: "login", module: "Login", folder: "apps/login",
    uses: [
      library("Base"), library("Core"), library("Manual"), library("OptionParser"),
      library("Users"),
    ], mainUses: ["Passwords"]),
  Program(
    name: "ipcd", module: "Exchange", folder: "services/ipcd",
    uses: [library("ABI"), library("Base"), library("Core"), "Memory", "Schemes"]),
  Program(
    name: "pcid", module: "FunctionKeeping", folder: "drivers/bus/pcid",
    uses: [
      library("ABI"), library("Base"), library("Core"), library("PCI"), "Memory", "Schemes",
    ],
    testUses: [library("PCIExample")]),
  Program(
    name: "pcid-spawner", module: "DriverMatching", folder: "drivers/bus/pcid-spawner",
    uses: [library("Base"), library("Core"), library("PCI"), library("TOML")]),
  Program(
    name: "virtio-blkd", module: "VirtioDriver", folder: "drivers/storage/virtio-blkd",
    uses: [library("Core"), library("Storage"), "Disks", "Memory", "Virtio"],
    mainUses: [library("PCI")], testUses: ["DisksExample"], isWaitedFor: true),
  Program(
    name: "lived", module: "LiveDisk", folder: "drivers/storage/lived",
    uses: [library("Core"), library("Storage"), "Disks", "Memory"]),
  Program(
    name: "grow", module: "DiskGrowth", folder: "drivers/storage/grow",
    uses: [library("Base"), library("Partitions")],
    mainUses: [library("Core"), library("Storage")]),
  Program(
    name: "nvmed", module: "NVMeDriver", folder: "drivers/storage/nvmed",
    uses: [library("Core"), library("Storage"), "Disks", "Memory"], mainUses: [library("PCI")],
    testUses: ["DisksExample"]),
  Program(
    name: "ahcid", module: "AHCIDriver", folder: "drivers/storage/ahcid",
    uses: [library("Core"), library("Storage"), "Disks", "Memory"], mainUses: [library("PCI")],
    testUses: ["DisksExample"]),
  Program(
    name: "lspci", module: "FunctionListing", folder: "apps/lspci",
    uses: [
      library("Base"), library("Core"), library("Manual"), library("OptionParser"), library("PCI"),
    ]),
  Program(
    name: "execd", module: "CommandExecution", folder: "services/execd",
    uses: [library("Base"), library("Core"), library("ExecStream")]),
  Program(
    name: "service", module: "ServiceControl", folder: "apps/service",
    uses: [library("Base"), library("Core")]),
  Program(
    name: "bench", module: "Benchmarks", folder: "apps/bench",
    uses: [library("ABI"), library("Base"), library("Core"), "Memory", "Schemes"]),
  Program(
    name: "ion", module: "IonShell", folder: "apps/ion",
    uses: [
      library("ABI"), library("Base"), library("Core"), library("ShellEditor"),
      library("ShellEvaluator"), library("ShellProgram"), library("ShellSession"),
      library("Users"),
    ]),
  Program(
    name: "coreutils", module: "Utilities", folder: "apps/coreutils",
    inner: ["frame", "files", "processes", "text", "model"],
    uses: [
      "UtilityFrame", "FileUtilities", "ProcessUtilities", "TextUtilities", library("Base"),
    ], mainUses: ["Cryptography"], testUses: ["UtilityModel"]),
]

/// A portable module with tests beside it: a part of the runtime, or of a program that is many.
func part(
  _ name: String, _ path: String, _ dependencies: [Target.Dependency], inner: [String] = [],
  testUses: [Target.Dependency] = []
) -> [Target] {
  let part = Target.target(
    name: name, dependencies: dependencies, path: path,
    exclude: ["Tests", "README.md"] + inner, swiftSettings: rules)
  if isForApus { return [part] }
  return [
    part,
    .testTarget(
      name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies + testUses,
      path: "\(path)/Tests",
      swiftSettings: rules),
  ]
}

/// What every program rests on. `System` joins the portable parts to the kernel's calls, over
/// start-up code in `system/support`.
var targets: [Target] =
  part("Memory", "system/memory", [library("ABI"), library("Core")])
  + part(
    "Schemes", "system/schemes", ["Memory", library("ABI"), library("Core"), library("Base")])
  + part(
    "FileLocking", "system/locks",
    [
      "Memory", "Schemes", library("ABI"), library("Core"), library("Base"), library("FileLocks"),
    ])
  + part(
    "Disks", "system/disks",
    [
      "Memory", "Schemes", library("ABI"), library("Core"), library("Base"), library("Partitions"),
      library("Storage"),
    ], inner: ["example"], testUses: [library("Mutation")])
  + part(
    "Virtio", "system/virtio", ["Memory", library("Core"), library("PCI")],
    testUses: [library("PCIExample")])
  + part(
    "Runtime", "system/runtime",
    [library("ABI"), library("Core"), library("Base"), library("ELF")])
if isForApus {
  targets += [
    .target(name: "CSystem", path: "system/support"),
    .target(
      name: "System",
      dependencies: [
        "CSystem", "Disks", "FileLocking", "Memory", "Runtime", "Schemes",
        library("ABI"), library("Core"), library("Base"), library("ELF"), library("PCI"),
        library("Users"),
      ],
      path: "system",
      exclude: [
        "support", "cryptography", "disks", "locks", "memory", "passwords", "runtime", "schemes",
        "virtio",
        "README.md", "hashing/README.md",
      ],
      swiftSettings: rules + [
        // For `Mutex`: a value that is changed in place behind a borrow.
        .enableExperimentalFeature("BuiltinModule"), .enableExperimentalFeature("RawLayout"),
      ]),
  ]
}
if ports != nil {
  targets += part(
    "Cryptography", "system/cryptography", [.product(name: "MbedTLS", package: "mbedtls")])
  targets += part(
    "Passwords", "system/passwords",
    [.product(name: "Argon2", package: "argon2"), library("Base"), library("Users")])
}
targets += programs.flatMap(\.targets)

/// The utilities of `coreutils`: what they stand on, then a module for each group.
let utilityLibraries = [
  library("ABI"), library("Base"), library("Core"), library("Hierarchy"), library("Manual"),
  library("OptionParser"), library("Regular"),
]
targets += part(
  "UtilityFrame", "apps/coreutils/frame", utilityLibraries, testUses: ["UtilityModel"])
for (name, folder, uses) in [
  ("FileUtilities", "files", []), ("ProcessUtilities", "processes", []),
  ("TextUtilities", "text", [library("LineDiscipline")]),
] as [(String, String, [Target.Dependency])] {
  targets += part(
    name, "apps/coreutils/\(folder)", ["UtilityFrame"] + utilityLibraries + uses,
    testUses: ["UtilityModel"])
}
if !isForApus {
  targets += [
    // What the tests of disk drivers share.
    .target(
      name: "DisksExample",
      dependencies: [
        "Disks", "Memory", "Schemes", library("ABI"), library("Core"), library("Mutation"),
        library("Storage"),
      ],
      path: "system/disks/example", swiftSettings: rules),
    .target(
      name: "UtilityModel",
      dependencies: ["UtilityFrame", library("ABI"), library("Base"), library("Core")],
      path: "apps/coreutils/model", exclude: ["README.md"], swiftSettings: rules),
    // Prints the manual pages of all programs, for `./apus docs`.
    .executableTarget(
      name: "manuals",
      dependencies: [
        "FunctionListing", "Login", "Utilities", "UtilityFrame", "VolumeService", library("Base"),
        library("Manual"),
      ],
      path: "manuals", exclude: ["README.md"], swiftSettings: rules),
  ]
}

let package = Package(
  name: "userland",
  // For programs that live in other packages, and for the fuzz targets.
  products: isForApus
    ? [.library(name: "System", targets: ["System"])]
    : [
      .library(name: "AHCIDriver", targets: ["AHCIDriver"]),
      .library(name: "Disks", targets: ["Disks"]),
      .library(name: "Memory", targets: ["Memory"]),
      .library(name: "NVMeDriver", targets: ["NVMeDriver"]),
      .library(name: "Virtio", targets: ["Virtio"]),
      .library(name: "TextUtilities", targets: ["TextUtilities"]),
      .library(name: "UtilityFrame", targets: ["UtilityFrame"]),
      .library(name: "UtilityModel", targets: ["UtilityModel"]),
    ]
      + (ports == nil
        ? []
        : ["Cryptography", "Passwords"].map { .library(name: $0, targets: [$0]) }),
  dependencies: [.package(path: "../libraries")]
    + (ports.map { [.package(path: "\($0)/mbedtls"), .package(path: "\($0)/argon2")] } ?? []),
  targets: targets,
  swiftLanguageModes: [.v6]
)
