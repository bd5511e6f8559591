// SPDX-License-Identifier: MIT
import Host

/// The processors that Apus is built for, by the names that users type.
public enum Processor: String, CaseIterable, Sendable {
  case x86_64, aarch64, riscv64

  /// Whether the whole system is there for it, not only parts that compile.
  public var isComplete: Bool { self == .x86_64 }

  /// What compilers call it.
  public var triple: String {
    switch self {
    case .x86_64: "x86_64-unknown-none-elf"
    case .aarch64: "aarch64-none-none-elf"
    case .riscv64: "riscv64-none-none-eabi"
    }
  }
}

/// A copy of the Apus sources on this machine, and where its builds go.
public struct Project: Sendable {
  /// The folder of the repository.
  public let root: String
  /// Where everything that is built goes.
  public let buildFolder: String

  public init(root: String, buildFolder: String? = nil) {
    self.root = root
    self.buildFolder = buildFolder ?? "\(root)/.build"
  }

  /// The project that the launcher was started from.
  public static func current() -> Project {
    Project(root: Environment["APUS_ROOT"] ?? ".", buildFolder: Environment["APUS_BUILD"])
  }

  /// A path in the repository.
  public func path(_ relative: String) -> String { "\(root)/\(relative)" }

  /// A path among what is built.
  public func built(_ relative: String) -> String { "\(buildFolder)/\(relative)" }
}
