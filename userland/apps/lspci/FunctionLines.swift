// SPDX-License-Identifier: MIT
public import Base
import Core
public import PCI

/// What is said of a function.
public enum FunctionLines {
  /// `BB:DD.F`, with the segment before it unless that is zero.
  @export(interface)
  public static func place(_ address: FunctionAddress) -> Text {
    Text { text in
      if address.segment != 0 {
        text.put(hexadecimal: UInt64(address.segment), digits: 4)
        text.put(":")
      }
      text.put(hexadecimal: UInt64(address.bus), digits: 2)
      text.put(":")
      text.put(hexadecimal: UInt64(address.device), digits: 2)
      text.put(".")
      text.put(hexadecimal: UInt64(address.function))
    }
  }

  /// One line for the list.
  @export(interface)
  public static func line(_ function: FunctionDescription, isNumeric: Bool) -> Text {
    Text { text in
      text.put(place(function.address))
      text.put(" ")
      if isNumeric {
        text.put(hexadecimal: UInt64(function.baseClass), digits: 2)
        text.put(hexadecimal: UInt64(function.subclass), digits: 2)
      } else {
        text.put(
          FunctionClass.name(function.baseClass, function.subclass, function.interface))
      }
      text.put(": ")
      text.put(hexadecimal: UInt64(function.vendor), digits: 4)
      text.put(":")
      text.put(hexadecimal: UInt64(function.device), digits: 4)
      text.put(" (rev ")
      text.put(hexadecimal: UInt64(function.revision), digits: 2)
      text.put(")\n")
    }
  }

  /// The lines below it that say more.
  @export(interface)
  public static func details(
    _ function: FunctionDescription, _ capabilities: [Capability]
  ) -> Text {
    Text { text in
      text.put(function.isHeld == 0 ? "\tno driver has it\n" : "\ta driver has it\n")
      for number in 0..<6 { put(function.baseAddresses[number], number, to: &text) }
      if function.interruptCount > 0 {
        text.put("\tmessage interrupts: ")
        text.put(decimal: UInt64(function.interruptCount))
        text.put("\n")
      }
      for capability in capabilities { put(capability, to: &text) }
    }
  }

  private static func put(_ base: BaseAddress, _ number: Int, to text: inout Text) {
    guard base.kind != .absent else { return }
    text.put("\tbase address ")
    text.put(decimal: UInt64(number))
    text.put(": ")
    switch base.kind {
    case .absent: break
    case .malformed: text.put("makes no sense\n")
    case .ports, .memory, .wideMemory:
      text.put(base.kind == .ports ? "ports" : base.kind == .memory ? "memory" : "memory, 64-bit")
      text.put(base.isAssigned ? " at " : ", without a place")
      if base.isAssigned { text.put(hexadecimal: base.address) }
      text.put(", ")
      text.put(byteSize: base.byteCount)
      text.put("\n")
    }
  }

  private static func put(_ capability: Capability, to text: inout Text) {
    text.put(capability.isExtended ? "\textended capability " : "\tcapability ")
    text.put(hexadecimal: UInt64(capability.identifier), digits: 2)
    text.put(" at ")
    text.put(hexadecimal: UInt64(capability.offset), digits: 2)
    let name = capability.isExtended ? nil : name(capability.identifier)
    if let name {
      text.put(": ")
      text.put(name)
    }
    text.put("\n")
  }

  private static func name(_ identifier: UInt16) -> StaticString? {
    switch identifier {
    case CapabilityIdentifier.powerManagement: "power management"
    case CapabilityIdentifier.messages: "MSI"
    case CapabilityIdentifier.vendorSpecific: "of the vendor"
    case CapabilityIdentifier.express: "PCI Express"
    case CapabilityIdentifier.messageTable: "MSI-X"
    case 0x12: "SATA"
    case 0x13: "advanced features"
    default: nil
    }
  }
}
