// SPDX-License-Identifier: MIT
import CMachine
import Firmware

/// Switching off and resetting, by what firmware describes and then by what every PC understands.
extension X86_64 {
  /// PM1 control (ACPI 6.5, §4.8.3.2.1): SCI_EN, SLP_TYP from bit 10 on, SLP_EN.
  private enum Control {
    static let isACPIMode: UInt16 = 1 << 0
    static let typeShift: UInt16 = 10
    static let enable: UInt16 = 1 << 13
  }

  /// The sleep control register (ACPI 6.5, §4.8.3.7): SLP_TYP from bit 2 on, SLP_EN.
  private enum SleepControl {
    static let typeShift: UInt8 = 2
    static let enable: UInt8 = 1 << 5
  }

  public static func powerOff() -> Never {
    Processors.stopOthers()
    if let fixed = Board.shared.fixed, let types = Board.shared.powerOffTypes {
      enterACPIMode(fixed)
      writeControl(fixed.firstControl, types.first)
      writeControl(fixed.secondControl, types.second)
      if let register = fixed.sleepControl, register.space == .ports {
        port_out8(
          UInt16(truncatingIfNeeded: register.address),
          types.first &<< SleepControl.typeShift | SleepControl.enable)
      }
    }
    // A machine that can goes off within moments.
    let deadline = now() &+ Clock.nanosecondsPerSecond
    while now() < deadline { spin_pause() }
    EarlyMessage.print("this machine cannot switch itself off; it is now safe to do so")
    while true { halt() }
  }

  /// Firmware owns the PM1 registers until it is told to hand them over (§4.8.2.5).
  private static func enterACPIMode(_ fixed: FixedDescription) {
    guard fixed.commandPort != 0, fixed.enableValue != 0, let port = port(fixed.firstControl),
      port_in16(port) & Control.isACPIMode == 0
    else { return }
    port_out8(fixed.commandPort, fixed.enableValue)
    Wait.spin(atMost: 100_000) { port_in16(port) & Control.isACPIMode == 0 }
  }

  private static func writeControl(_ register: GenericAddress?, _ type: UInt8) {
    guard let port = port(register) else { return }
    let kept = port_in16(port) & Control.isACPIMode
    port_out16(port, kept | UInt16(type) << Control.typeShift | Control.enable)
  }

  private static func port(_ register: GenericAddress?) -> UInt16? {
    guard let register, register.space == .ports else { return nil }
    return UInt16(exactly: register.address)
  }

  /// In turn: ACPI's reset register, the chip set's reset control (ICH9, §13.7.5), the keyboard
  /// controller's reset line, and a fault that no handler takes.
  public static func reset() -> Never {
    Processors.stopOthers()
    if let fixed = Board.shared.fixed, let port = port(fixed.resetRegister) {
      port_out8(port, fixed.resetValue)
      settle()
    }
    port_out8(0xCF9, 0x02)
    port_out8(0xCF9, 0x06)
    settle()
    Wait.spin(atMost: 10_000) { port_in8(0x64) & 0x02 != 0 }
    port_out8(0x64, 0xFE)
    settle()
    load_interrupt_table(0, 0)
    while true { breakpoint() }
  }

  /// A reset may take a moment to arrive; some thousand port reads are some milliseconds.
  private static func settle() {
    for _ in 0..<5_000 { _ = port_in8(0x80) }
  }

  /// QEMU's `isa-debug-exit` device at port 0xF4 ends it with status 2n + 1: here 85. On a machine
  /// without it nothing listens there.
  public static func exitAfterPanic() -> Never {
    Processors.stopOthers()
    port_out32(0xF4, 0x2A)
    while true { halt() }
  }
}
