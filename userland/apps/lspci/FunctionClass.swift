// SPDX-License-Identifier: MIT
import Base

/// The names of the classes that functions say they are of (PCI Code and ID Assignment).
enum FunctionClass {
  static func name(_ baseClass: UInt8, _ subclass: UInt8, _ interface: UInt8) -> StaticString {
    switch (baseClass, subclass, interface) {
    case (0x00, _, _): "Unclassified device"
    case (0x01, 0x00, _): "SCSI storage controller"
    case (0x01, 0x01, _): "IDE interface"
    case (0x01, 0x06, 0x01): "SATA controller, AHCI"
    case (0x01, 0x06, _): "SATA controller"
    case (0x01, 0x08, 0x02): "Non-volatile memory controller, NVMe"
    case (0x01, _, _): "Mass storage controller"
    case (0x02, 0x00, _): "Ethernet controller"
    case (0x02, _, _): "Network controller"
    case (0x03, 0x00, _): "VGA compatible controller"
    case (0x03, _, _): "Display controller"
    case (0x04, 0x03, _): "Audio device"
    case (0x04, _, _): "Multimedia controller"
    case (0x05, _, _): "Memory controller"
    case (0x06, 0x00, _): "Host bridge"
    case (0x06, 0x01, _): "ISA bridge"
    case (0x06, 0x04, _): "PCI bridge"
    case (0x06, _, _): "Bridge"
    case (0x07, 0x00, _): "Serial controller"
    case (0x07, _, _): "Communication controller"
    case (0x08, _, _): "System peripheral"
    case (0x09, _, _): "Input device controller"
    case (0x0C, 0x03, 0x30): "USB controller, xHCI"
    case (0x0C, 0x03, _): "USB controller"
    case (0x0C, 0x05, _): "SMBus"
    case (0x0C, _, _): "Serial bus controller"
    case (0x0D, _, _): "Wireless controller"
    case (0x10, _, _): "Encryption controller"
    default: "Unknown class"
    }
  }
}
