// SPDX-License-Identifier: MIT
import Core

/// A port's registers: its link, and the engines that take commands and receive frames.
struct Port<Bus: RegisterBus & ~Copyable> {
  let adapter: HostAdapter<Bus>
  let number: Int

  // In milliseconds (10.1.2, 10.4.2).
  private static var engineTime: Int { 500 }
  private static var detectionTime: Int { 20 }
  private static var linkTime: Int { 1_000 }

  init(_ adapter: HostAdapter<Bus>, _ number: Int) {
    self.adapter = adapter
    self.number = number
  }

  private func place(_ register: Int) -> Int {
    HostRegister.firstPort + HostRegister.portBytes * number + register
  }

  func load(_ register: Int) -> UInt32 { adapter.load(place(register)) }
  func store(_ value: UInt32, _ register: Int) { adapter.store(value, place(register)) }

  private func store(address: UInt64, _ register: Int) {
    store(UInt32(truncatingIfNeeded: address), register)
    store(UInt32(truncatingIfNeeded: address >> 32), register + 4)
  }

  // MARK: The link

  /// Something is there, whether one can talk to it or not.
  var hasDevice: Bool {
    let status = load(PortRegister.linkStatus)
    return status != .max && (status & 15 == 1 || status & 15 == 3)
  }

  private var isConnected: Bool {
    let status = load(PortRegister.linkStatus)
    return status != .max && status & 15 == 3
  }

  func powerUp() {
    let command = load(PortRegister.command)
    guard
      command & (PortCommand.spinUp | PortCommand.powerOn) != PortCommand.spinUp
        | PortCommand.powerOn
    else { return }
    store(command | PortCommand.spinUp | PortCommand.powerOn, PortRegister.command)
  }

  /// Resets the link and the device behind it (10.4.2); the engine has to be stopped.
  func resetLink() {
    // No partial and no slumber states, whose ends would look like changes.
    store(0x301, PortRegister.linkControl)
    adapter.wait(milliseconds: 1)
    store(0x300, PortRegister.linkControl)
  }

  /// - Throws: `gone` if there is nobody at the other end.
  func waitForLink() throws(AHCIError) {
    guard adapter.wait(milliseconds: Self.detectionTime, until: { hasDevice }),
      adapter.wait(milliseconds: Self.linkTime, until: { isConnected })
    else { throw .gone }
    clearErrors()
  }

  func clearErrors() {
    store(.max, PortRegister.linkError)
    store(.max, PortRegister.interrupts)
  }

  // MARK: The engines

  /// Stops both engines, after which the port reaches no memory.
  /// - Returns: false if they do not stop.
  func stop() -> Bool {
    // What is not there any more reads as ones.
    guard load(PortRegister.command) != .max else { return true }
    guard stopCommands() else { return false }
    store(load(PortRegister.command) & ~PortCommand.receive, PortRegister.command)
    return wait(whileSet: PortCommand.isReceiving)
  }

  /// Stops the engine for commands; the device has all of them still.
  func stopCommands() -> Bool {
    store(load(PortRegister.command) & ~PortCommand.start, PortRegister.command)
    return wait(whileSet: PortCommand.isRunning)
  }

  private func wait(whileSet bit: UInt32) -> Bool {
    adapter.wait(milliseconds: Self.engineTime) {
      let command = load(PortRegister.command)
      return command & bit == 0 || command == .max
    }
  }

  /// Lets frames be received; the engines are stopped.
  func receive(commandList: UInt64, received: UInt64) {
    store(address: commandList, PortRegister.commandList)
    store(address: received, PortRegister.received)
    let command = load(PortRegister.command) & ~PortCommand.stateMask
    store(
      command | PortCommand.receive | PortCommand.spinUp | PortCommand.powerOn
        | PortCommand.makeActive, PortRegister.command)
  }

  /// Waits until the device takes commands.
  func waitUntilReady(milliseconds: Int) -> Bool {
    adapter.wait(milliseconds: milliseconds) { isReady }
  }

  var isReady: Bool {
    load(PortRegister.taskFile) & (TaskStatus.busy | TaskStatus.wantsData) == 0
  }

  /// Starts the engine for commands; the device is ready.
  func startCommands(isPacketDevice: Bool) -> Bool {
    var command = load(PortRegister.command) & ~(PortCommand.isPacketDevice | PortCommand.stateMask)
    if isPacketDevice { command |= PortCommand.isPacketDevice }
    store(command | PortCommand.start, PortRegister.command)
    return adapter.wait(milliseconds: Self.engineTime) {
      load(PortRegister.command) & PortCommand.isRunning != 0
    }
  }

  /// Clears reasons of the interrupt, and then the port's bit for all of them.
  func acknowledge(_ reasons: UInt32) {
    if reasons & (PortInterrupt.changes | PortInterrupt.unknownFrame) != 0 {
      store(load(PortRegister.linkError), PortRegister.linkError)
    }
    store(reasons, PortRegister.interrupts)
    adapter.store(1 << UInt32(number), HostRegister.interrupts)
  }
}
