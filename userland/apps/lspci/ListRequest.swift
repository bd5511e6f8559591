// SPDX-License-Identifier: MIT
public import Base
import Core
public import Manual
import OptionParser

/// What the program was asked for.
public struct ListRequest: Equatable, Sendable {
  public private(set) var isNumeric: Bool
  public private(set) var isVerbose: Bool
  /// Only this function, as `FunctionLines.place` writes it.
  public private(set) var only: Text?

  /// - Throws: that help is wanted, or what is wrong with the arguments.
  @export(interface)
  public init(_ arguments: [Text]) throws(ListUsage) {
    let options: Options
    do throws(OptionError) { options = try Options(arguments, Self.manual.options) } catch {
      throw error == .help ? .help : .wrong(error.message)
    }
    if let operand = options.operands.first {
      throw .wrong("extra operand " + operand.quotedForMessage)
    }
    isNumeric = options.has("-n")
    isVerbose = options.has("-v")
    only = options.value("-s")
  }

  public static var manual: Manual {
    Manual(
      "lspci", "list PCI functions", synopsis: ["[-nv] [-s BB:DD.F]"],
      description: """
        Lists the functions of the machine's PCI devices: bus, device and function number, then the \
        class, the numbers of vendor and device, and the revision. There is no list of vendors' and \
        devices' names in the system. Who is not root sees no capabilities.
        """,
      options: [
        .init("-n, --numeric", "classes as numbers"),
        .init("-s, --slot=BB:DD.F", "this function alone"),
        .init("-v, --verbose", "whether a driver has it, base addresses, interrupts, capabilities"),
      ],
      exitStatus: [
        .init("0", "all went well"), .init("1", "there is no such function, or no PCI at all"),
        .init("2", "the arguments make no sense"),
      ],
      seeAlso: ["lsblk"])
  }
}

/// Why there is nothing to list.
public enum ListUsage: Error, Equatable {
  case help
  case wrong(Text)
}
