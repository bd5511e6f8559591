// SPDX-License-Identifier: MIT
import Host

/// One of the builds that make the system: a Swift package with the flags of the place where its
/// code runs. A library that kernel and programs share is compiled once in each.
public struct World: Sendable {
  /// What it is called in progress lines and under `.build`.
  public var name: String
  /// The package that is built.
  public var package: String
  /// Folders of the repository that its result depends on.
  public var inputs: [String]
  /// The flags, in `sdk`.
  public var toolset: String
  public var processor: Processor
  /// The one module that is compiled, where the whole is not there yet.
  public var module: String?

  public static func kernel(_ processor: Processor) -> World {
    World(
      name: "kernel", package: "kernel", inputs: ["kernel", "libraries", "sdk"],
      toolset: "sdk/kernel-\(processor).json", processor: processor,
      module: processor.isComplete ? nil : "Kernel")
  }

  public static func userland(_ processor: Processor) -> World {
    World(
      name: "userland", package: "userland", inputs: ["userland", "libraries", "ports", "sdk"],
      toolset: "sdk/user-\(processor).json", processor: processor)
  }

  /// Programs that test the booted system from inside.
  public static func tests(_ processor: Processor) -> World {
    World(
      name: "tests", package: "tests", inputs: ["tests", "userland", "libraries", "ports", "sdk"],
      toolset: "sdk/user-\(processor).json", processor: processor)
  }

  /// The boot loader.
  public static func loader(_ processor: Processor) -> World {
    World(
      name: "loader", package: "loader", inputs: ["loader", "libraries", "sdk"],
      toolset: "sdk/loader-\(processor).json", processor: processor)
  }

  /// Its folder under `.build`.
  var scratch: String { processor == .x86_64 ? name : "\(name)-\(processor)" }
}

extension Project {
  public func scratch(of world: World) -> String { built(world.scratch) }

  /// Where a program of this world is once it is built, with its symbols.
  public func product(_ name: String, of world: World) -> String {
    "\(scratch(of: world))/\(world.processor.triple)/release/\(name)"
  }

  /// The kernel with its symbols.
  public func kernelImage(_ processor: Processor) -> String {
    product("apus-kernel", of: .kernel(processor))
  }
}
