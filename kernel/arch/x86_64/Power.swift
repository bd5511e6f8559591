// SPDX-License-Identifier: MIT
import CMachine
import Firmware

/// How ACPI says this board is switched off and reset.
struct PowerControl {
  private var firstControl: DeviceRegister?
  private var secondControl: DeviceRegister?
  private var sleepControl: DeviceRegister?
  private var resetRegister: DeviceRegister?
  private var resetValue: UInt8 = 0
  private var commandPort: UInt16 = 0
  private var enableValue: UInt8 = 0
  private var types: PowerOffTypes?

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

  /// A board that says nothing.
  init() {}

  init(_ description: FixedDescription, types: PowerOffTypes?) {
    firstControl = DeviceRegister(description.firstControl)
    secondControl = DeviceRegister(description.secondControl)
    sleepControl = DeviceRegister(description.sleepControl)
    resetRegister = DeviceRegister(description.resetRegister)
    resetValue = description.resetValue
    commandPort = description.commandPort
    enableValue = description.enableValue
    self.types = types
  }

  /// Asks the board to switch itself off. It happens a moment later, if at all.
  func switchOff() {
    guard let types else { return }
    enterACPIMode()
    if let firstControl { sleep(firstControl, types.first) }
    if let secondControl { sleep(secondControl, types.second) }
    sleepControl?.write8(types.first &<< SleepControl.typeShift | SleepControl.enable)
  }

  func reset() { resetRegister?.write8(resetValue) }

  /// Firmware owns the PM1 registers until it is told to hand them over (§4.8.2.5).
  private func enterACPIMode() {
    guard commandPort != 0, enableValue != 0, let firstControl,
      firstControl.read16() & Control.isACPIMode == 0
    else { return }
    port_out8(commandPort, enableValue)
    Wait.spin(atMost: 100_000) { firstControl.read16() & Control.isACPIMode == 0 }
  }

  private func sleep(_ register: DeviceRegister, _ type: UInt8) {
    let kept = register.read16() & Control.isACPIMode
    register.write16(kept | UInt16(type) << Control.typeShift | Control.enable)
  }
}

extension X86_64 {
  public static func powerOff() -> Never {
    Processors.stopOthers()
    Board.shared.power.switchOff()
    settle()
    EarlyMessage.print("this machine cannot switch itself off; it is now safe to do so")
    while true { halt() }
  }

  /// What firmware describes, then what every PC understands, in turn: the chip set's reset control
  /// (ICH9, §13.7.5), the keyboard controller's reset line, and a fault that no handler takes.
  public static func reset() -> Never {
    Processors.stopOthers()
    Board.shared.power.reset()
    settle()
    port_out8(0xCF9, 0x02)
    port_out8(0xCF9, 0x06)
    settle()
    Wait.spin(atMost: 10_000) { port_in8(0x64) & 0x02 != 0 }
    port_out8(0x64, 0xFE)
    settle()
    load_interrupt_table(0, 0)
    while true { breakpoint() }
  }

  /// Gives the board time to act.
  private static func settle() {
    let deadline = now() &+ Clock.nanosecondsPerSecond / 2
    while now() < deadline { spin_pause() }
  }

  /// QEMU's `isa-debug-exit` device at port 0xF4 ends it with status 2n + 1: here 85. On a machine
  /// without it nothing listens there.
  public static func exitAfterPanic() -> Never {
    Processors.stopOthers()
    port_out32(0xF4, 0x2A)
    while true { halt() }
  }
}
