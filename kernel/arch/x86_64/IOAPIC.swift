// SPDX-License-Identifier: MIT
import CMachine
import Firmware

/// The board's interrupt controllers (82093AA, chapter 3): each has pins with a redirection entry.
///
/// | entry bits | meaning |
/// |---|---|
/// | 0…7 | vector |
/// | 13 | active low |
/// | 15 | level-triggered |
/// | 16 | masked |
/// | 56…63 | local APIC identifier |
struct IOAPIC {
  /// Registers are reached by writing their number here and their value 16 bytes on.
  private enum Register {
    static let version: UInt32 = 1
    static let firstEntry: UInt32 = 0x10
  }
  static let activeLow: UInt32 = 1 << 13
  static let level: UInt32 = 1 << 15
  static let masked: UInt32 = 1 << 16

  let address: UInt64
  let firstLine: Int
  let pinCount: Int

  /// - Parameter address: A kernel address of the registers.
  init(address: UInt64, firstLine: Int) {
    self.address = address
    self.firstLine = firstLine
    store32(address, Register.version)
    pinCount = Int(load32(address &+ 16) >> 16 & 0xFF) &+ 1
  }

  /// Sets the half of a pin's entry that says how and whether it interrupts.
  func write(pin: Int, low: UInt32) {
    store32(address, Register.firstEntry &+ 2 &* UInt32(truncatingIfNeeded: pin))
    store32(address &+ 16, low)
  }

  /// Sets the half that says which processor it interrupts.
  func write(pin: Int, identifier: UInt32) {
    store32(address, Register.firstEntry &+ 2 &* UInt32(truncatingIfNeeded: pin) &+ 1)
    store32(address &+ 16, identifier << 24)
  }
}

/// The two 8259 controllers of the first PCs, which must be told to be quiet.
enum LegacyInterruptController {
  private static let firstData: UInt16 = 0x21
  private static let secondData: UInt16 = 0xA1

  /// Masks everything; they are off whatever vectors they were given.
  static func disable() {
    port_out8(secondData, 0xFF)
    port_out8(firstData, 0xFF)
  }
}
