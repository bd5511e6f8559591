// SPDX-License-Identifier: MIT
import CMachine
import Firmware

/// A register that firmware describes, where the kernel can reach it.
enum DeviceRegister {
  case port(UInt16)
  /// A kernel address in the device window.
  case memory(UInt64)

  /// Maps the register if it is in memory; nil if it is in neither space. Boot only.
  init?(_ description: GenericAddress?) {
    guard let description else { return nil }
    switch description.space {
    case .ports:
      guard let port = UInt16(exactly: description.address) else { return nil }
      self = .port(port)
    case .memory:
      guard description.address < Layout.physicalLimit, description.address % 2 == 0,
        let address = KernelTables.mapDevice(description.address)
      else { return nil }
      self = .memory(address)
    case .pci, .other: return nil
    }
  }

  func write8(_ value: UInt8) {
    switch self {
    case .port(let port): port_out8(port, value)
    case .memory(let address): store8(address, value)
    }
  }

  func write16(_ value: UInt16) {
    switch self {
    case .port(let port): port_out16(port, value)
    case .memory(let address): store16(address, value)
    }
  }

  func read16() -> UInt16 {
    switch self {
    case .port(let port): port_in16(port)
    case .memory(let address): load16(address)
    }
  }
}
