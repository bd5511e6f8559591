// SPDX-License-Identifier: MIT
public import Core

/// An AHCI controller, as far as its ports share it.
public final class HostAdapter<Bus: RegisterBus & ~Copyable> {
  private let registers: Bus
  /// Waits about a tenth of a millisecond.
  private let pause: () -> Void
  let slotCount: Int
  /// Whether drives may have several commands at a time.
  let queues: Bool
  /// Whether it reaches memory above 4 GiB.
  public let reaches64: Bool
  /// Ports with something at them, in rising order.
  public private(set) var occupiedPorts: [Int] = []

  // In milliseconds.
  private static var resetTime: Int { 1_000 }
  private static var handOffTime: Int { 25 }
  private static var busyFirmwareTime: Int { 2_000 }
  /// A device answers a reset of its link within ten.
  private static var detectionTime: Int { 20 }

  /// Takes the controller from the firmware, resets it with all its ports, and looks where devices are.
  ///
  /// - Parameters:
  ///   - byteCount: of the registers; ports behind them are left out.
  ///   - pause: waits about a tenth of a millisecond.
  public static func made(
    _ registers: consuming Bus, byteCount: Int, pause: @escaping () -> Void
  ) throws(AHCIError) -> HostAdapter<Bus> {
    guard byteCount >= HostRegister.firstPort else { throw .broken }
    let capabilities: UInt32 = registers.load(at: HostRegister.capabilities)
    let ports: UInt32 = registers.load(at: HostRegister.ports)
    guard capabilities != .max else { throw .broken }
    let adapter = HostAdapter(registers, capabilities, pause)
    adapter.takeFromFirmware()
    try adapter.reset()
    let room = (byteCount - HostRegister.firstPort) / HostRegister.portBytes
    let numbers = (0..<32).filter { ports >> UInt32($0) & 1 != 0 && $0 < room }
    adapter.findDevices(numbers)
    return adapter
  }

  private init(_ registers: consuming Bus, _ capabilities: UInt32, _ pause: @escaping () -> Void) {
    self.registers = registers
    self.pause = pause
    slotCount = Int(capabilities >> HostCapability.slotShift & 31) + 1
    queues = capabilities & HostCapability.queues != 0
    reaches64 = capabilities & HostCapability.reaches64 != 0
  }

  func load(_ place: Int) -> UInt32 { registers.load(at: place) }
  func store(_ value: UInt32, _ place: Int) { registers.store(value, at: place) }

  /// Looks until `condition` holds, for about so long.
  func wait(milliseconds: Int, until condition: () -> Bool) -> Bool {
    for _ in 0..<10 * milliseconds {
      if condition() { return true }
      pause()
    }
    return condition()
  }

  func wait(milliseconds: Int) {
    for _ in 0..<10 * milliseconds { pause() }
  }

  /// Firmware that still works with the controller lets go of it (10.6). Firmware that does not is
  /// reset away with the rest.
  private func takeFromFirmware() {
    guard load(HostRegister.moreCapabilities) & HostCapability.handsOff != 0 else { return }
    store(load(HostRegister.handOff) | HandOffBit.systemOwns, HostRegister.handOff)
    let isFree = { self.load(HostRegister.handOff) & HandOffBit.firmwareOwns == 0 }
    if wait(milliseconds: Self.handOffTime, until: isFree) { return }
    if load(HostRegister.handOff) & HandOffBit.firmwareIsBusy != 0 {
      _ = wait(milliseconds: Self.busyFirmwareTime, until: isFree)
    }
  }

  /// Resets all (10.4.3): no port reaches memory any more.
  private func reset() throws(AHCIError) {
    store(HostControl.enable, HostRegister.control)
    store(HostControl.enable | HostControl.reset, HostRegister.control)
    let isDone = wait(milliseconds: Self.resetTime) {
      load(HostRegister.control) & HostControl.reset == 0
    }
    guard isDone else { throw .broken }
    store(HostControl.enable, HostRegister.control)
    guard load(HostRegister.control) & HostControl.enable != 0 else { throw .broken }
  }

  private func findDevices(_ numbers: [Int]) {
    for number in numbers { Port(self, number).powerUp() }
    _ = wait(milliseconds: Self.detectionTime) {
      for number in numbers where !Port(self, number).hasDevice { return false }
      return true
    }
    occupiedPorts = numbers.filter { Port(self, $0).hasDevice }
    store(.max, HostRegister.interrupts)
    store(HostControl.enable | HostControl.interrupts, HostRegister.control)
  }
}
