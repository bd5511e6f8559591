// SPDX-License-Identifier: MIT
import Core

/// What a function says of itself.
public struct FunctionHeader: Equatable, BitwiseCopyable, Sendable {
  public var vendor: UInt16
  public var device: UInt16
  public var revision: UInt8
  public var interface: UInt8
  public var subclass: UInt8
  public var baseClass: UInt8
  /// 0 for devices, 1 for bridges to another PCI bus, 2 for CardBus.
  public var layout: UInt8
  public var isOneOfMany: Bool
  public var subsystemVendor: UInt16
  public var subsystem: UInt16
  /// 1 to 4 for pins A to D, 0 for none.
  public var interruptPin: UInt8
  public var interruptLine: UInt8

  /// - Returns: `nil` if there is no such function.
  public init?(_ address: FunctionAddress, _ access: some ConfigurationAccess) {
    let vendor = access.read16(address, HeaderRegister.vendor)
    guard vendor != 0xFFFF, vendor != 0 else { return nil }
    self.vendor = vendor
    device = access.read16(address, HeaderRegister.device)
    revision = access.read8(address, HeaderRegister.revision)
    interface = access.read8(address, HeaderRegister.interface)
    subclass = access.read8(address, HeaderRegister.subclass)
    baseClass = access.read8(address, HeaderRegister.baseClass)
    let type = access.read8(address, HeaderRegister.headerType)
    layout = type & 0x7F
    isOneOfMany = type & 0x80 != 0
    // Only devices have these two.
    subsystemVendor = layout == 0 ? access.read16(address, HeaderRegister.subsystemVendor) : 0
    subsystem = layout == 0 ? access.read16(address, HeaderRegister.subsystem) : 0
    interruptPin = access.read8(address, HeaderRegister.interruptPin)
    interruptLine = access.read8(address, HeaderRegister.interruptLine)
  }

  public var isBridge: Bool { layout == 1 }

  /// How many base addresses it has.
  public var baseAddressCount: Int {
    switch layout {
    case 0: 6
    case 1: 2
    case 2: 1
    default: 0
    }
  }
}

extension ConfigurationAccess {
  public func command(_ function: FunctionAddress) -> FunctionCommand {
    FunctionCommand(rawValue: read16(function, HeaderRegister.command))
  }
  public func setCommand(_ function: FunctionAddress, _ command: FunctionCommand) {
    write16(function, HeaderRegister.command, command.rawValue)
  }
}
