// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory
import Storage

// From a port that is stopped to one that takes requests.
extension AHCIPort where Bus: ~Copyable {
  // Signatures of devices (Serial ATA 3.1, 11.3).
  private static var diskSignature: UInt32 { 0x0000_0101 }
  private static var packetSignature: UInt32 { 0xEB14_0101 }
  private static var multiplierSignature: UInt32 { 0x9669_0101 }
  private static var enclosureSignature: UInt32 { 0xC33C_0101 }

  /// Makes the port forget all commands, finds out what is there, and lets it take requests.
  ///
  /// - Parameter isReset: resets the link and the device first; at a controller's start that was done.
  /// - Throws: `stuck` if the port may reach memory still; after anything else it may be stopped.
  mutating func start(isReset: Bool) throws(AHCIError) {
    (prepared, issued, queued, optional, careful, ended) = (0, 0, 0, 0, 0, [])
    needsReset = false
    try connect(isReset: isReset)
    guard port.waitUntilReady(milliseconds: identity == nil ? Self.firstPatience : Self.patience)
    else { throw .silent }
    let isPacketDevice = try isPacketDevice()
    guard port.startCommands(isPacketDevice: isPacketDevice) else { throw .stuck }
    try identify(isPacketDevice: isPacketDevice)
    port.clearErrors()
    port.store(PortInterrupt.wanted, PortRegister.interruptEnable)
  }

  private func connect(isReset: Bool) throws(AHCIError) {
    port.store(0, PortRegister.interruptEnable)
    var isStopped = port.stop()
    if !isStopped, isReset {
      // An engine that waits for its device for ever goes on when that begins anew (10.4.2).
      port.resetLink()
      isStopped = port.stop()
    }
    guard isStopped else { throw .stuck }
    // Commands of before are none any more, should the adapter still know of them.
    memory.clear()
    memory.fence()
    port.receive(commandList: memory.commandList, received: memory.received)
    port.clearErrors()
    if isReset { port.resetLink() }
    try port.waitForLink()
  }

  private func isPacketDevice() throws(AHCIError) -> Bool {
    switch port.load(PortRegister.signature) {
    case Self.diskSignature: return false
    case Self.packetSignature: return true
    case Self.multiplierSignature: throw .multiplier
    case Self.enclosureSignature: throw .enclosure
    default: throw .unknownKind
    }
  }

  private mutating func identify(isPacketDevice: Bool) throws(AHCIError) {
    let command = DriveCommand(
      isPacketDevice ? DriveCommand.identifyPacket : DriveCommand.identify)
    guard carryOut(command, byteCount: 512) == .done else { throw .nameless }
    let found = try DriveIdentity(memory.words(), isPacketDevice: isPacketDevice)
    if let identity, !found.isSame(as: identity) { throw .gone }
    let limit = port.adapter.queues ? slotCount : 1
    // The way of requests was laid out for as many as there were at first.
    if identity != nil, found.depth(slotCount: limit) < depth { throw .gone }
    if identity == nil { depth = found.depth(slotCount: limit) }
    var geometry = found.geometry
    if isPacketDevice {
      (geometry.blockBytes, geometry.blockCount) = readCapacity(found)
    }
    guard geometry.isSound else { throw .unsupported }
    self.geometry = geometry
    identity = found
  }

  enum CommandEnd: Equatable {
    case done
    /// The task file: status, and error above it.
    case failed(UInt32)
    case silent
  }

  /// Has a command carried out alone, in the first slot, and waits for it. Its data goes to or comes from
  /// the port's sector.
  mutating func carryOut(_ command: DriveCommand, byteCount: Int) -> CommandEnd {
    if byteCount > 0 {
      memory.bytes.clear(PortMemory.sector..<PortMemory.sector + 512)
    }
    memory.store(command, slot: 0, byteCount > 0 ? [(memory.sector, byteCount)] : [])
    memory.fence()
    port.store(1, PortRegister.issued)
    var failure: UInt32 = 0
    let port = port
    let hasEnded = port.adapter.wait(milliseconds: Self.patience) {
      let isUnderWay = port.load(PortRegister.issued) & 1 != 0
      let reasons = port.load(PortRegister.interrupts)
      if reasons & PortInterrupt.faults != 0 {
        failure = port.load(PortRegister.taskFile) | TaskStatus.error
        return true
      }
      return !isUnderWay
    }
    let taskFile = port.load(PortRegister.taskFile)
    port.acknowledge(port.load(PortRegister.interrupts))
    guard hasEnded, taskFile != .max else { return .silent }
    memory.fence()
    if failure == 0, taskFile & (TaskStatus.error | TaskStatus.fault) != 0 { failure = taskFile }
    return failure == 0 ? .done : .failed(failure)
  }

  /// Starts the engine again after a failed command, with the device as it is.
  /// - Returns: false if that has to be reset.
  func resume(isPacketDevice: Bool) -> Bool {
    guard port.stopCommands() else { return false }
    port.clearErrors()
    guard port.isReady else { return false }
    return port.startCommands(isPacketDevice: isPacketDevice)
  }
}
