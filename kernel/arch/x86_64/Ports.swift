// SPDX-License-Identifier: MIT
import CMachine

/// Device ports, for drivers that the portable kernel has given some to.
extension X86_64 {
  public static func readPort(_ port: UInt16, width: Int) -> UInt32? {
    switch width {
    case 1: UInt32(port_in8(port))
    case 2: UInt32(port_in16(port))
    case 4: port_in32(port)
    default: nil
    }
  }

  public static func writePort(_ port: UInt16, _ value: UInt32, width: Int) -> Bool {
    switch width {
    case 1: port_out8(port, UInt8(truncatingIfNeeded: value))
    case 2: port_out16(port, UInt16(truncatingIfNeeded: value))
    case 4: port_out32(port, value)
    default: return false
    }
    return true
  }
}
