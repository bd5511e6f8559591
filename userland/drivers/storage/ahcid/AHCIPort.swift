// SPDX-License-Identifier: MIT
public import Core
public import Disks
public import Memory
public import Storage

/// The drive at a port of an AHCI controller: a disk, with a queue if it and the controller have one,
/// or a drive for discs.
public struct AHCIPort<Bus: RegisterBus & ~Copyable>: BlockDevice, ~Copyable {
  let port: Port<Bus>
  let memory: PortMemory
  let slotCount: Int
  /// Whether memory above 4 GiB can be named.
  let reaches64: Bool
  var identity: DriveIdentity?
  public internal(set) var geometry = BlockGeometry(blockBytes: 512, blockCount: 0)
  public internal(set) var depth = 1
  /// Slots that are described and not yet issued, that the drive has, and which of both are queued.
  var prepared: UInt32 = 0
  var issued: UInt32 = 0
  var queued: UInt32 = 0
  /// Slots of requests for which a failure means that the drive cannot do such a thing.
  var optional: UInt32 = 0
  var ended: [(slot: Int, outcome: BlockOutcome)] = []
  /// How many requests are yet to go one at a time, so that the one that fails is known.
  var careful = 0
  /// Something happened while no request was under way: the device went, another came, or it is silent.
  var needsReset = false

  /// The memory that a port needs.
  public static var byteCount: Int { PortMemory.byteCount }

  // In milliseconds.
  /// Disks may have to begin to turn.
  static var firstPatience: Int { 10_000 }
  static var patience: Int { 5_000 }

  /// Starts a port that has a device, and asks this what it is.
  ///
  /// - Parameter memory: `byteCount` bytes in one piece, at `address` for the adapter.
  public static func made(
    _ adapter: HostAdapter<Bus>, _ number: Int, _ memory: SharedBytes, at address: UInt64
  ) throws(AHCIError) -> AHCIPort<Bus> {
    guard memory.count >= byteCount, address & 1023 == 0,
      adapter.reaches64 || address + UInt64(byteCount) <= 1 << 32
    else { throw .unsupported }
    var port = AHCIPort(adapter, number, PortMemory(bytes: memory, address: address))
    do throws(AHCIError) { try port.start(isReset: false) } catch {
      // It receives nothing any more, whatever it is.
      guard port.port.stop() else { throw .stuck }
      throw error
    }
    return port
  }

  private init(_ adapter: HostAdapter<Bus>, _ number: Int, _ memory: PortMemory) {
    port = Port(adapter, number)
    self.memory = memory
    slotCount = adapter.slotCount
    reaches64 = adapter.reaches64
  }

  /// The drive's model, for people.
  public var model: [UInt8] {
    var model = Array((identity?.name ?? []).dropFirst(20))
    while model.last == 0x20 { model.removeLast() }
    return model
  }

  /// Whether it is a drive for discs.
  public var hasDiscs: Bool { identity?.kind != .disk }

  // MARK: Requests

  public mutating func submit(_ transfer: BlockTransfer, slot: Int) throws(DeviceFailure) {
    guard !needsReset, let identity else { throw .broken }
    let isQueued =
      depth > 1 && (transfer.operation == .read || transfer.operation == .write)
    try makeRoom(isQueued)
    var pieces: [(address: UInt64, byteCount: Int)] = []
    transfer.data?.forEachPiece { address, byteCount in pieces.append((address, byteCount)) }
    if transfer.operation == .discard {
      fillRanges(transfer.blocks, slot)
      pieces = [(memory.address + UInt64(memory.ranges(slot)), 512)]
    }
    guard pieces.count <= PortMemory.pieceLimit, canReach(pieces) else {
      ended.append((slot, .unsupported))
      return
    }
    let command =
      switch identity.kind {
      case .packets(let byteCount): packet(for: transfer, byteCount, identity)
      case .disk:
        isQueued
          ? queuedCommand(transfer, slot) : command(transfer, isExtended: identity.isExtended)
      }
    memory.store(command, slot: slot, pieces)
    let bit: UInt32 = 1 << UInt32(slot)
    prepared |= bit
    if isQueued { queued |= bit }
    if transfer.operation == .discard { optional |= bit }
  }

  /// A drive takes either any number of queued commands or one that is not.
  private func makeRoom(_ isQueued: Bool) throws(DeviceFailure) {
    let busy = prepared | issued
    guard busy == 0 || (isQueued && queued == busy && careful == 0) else { throw .full }
  }

  private func canReach(_ pieces: [(address: UInt64, byteCount: Int)]) -> Bool {
    if reaches64 { return true }
    for piece in pieces where piece.address + UInt64(piece.byteCount) > 1 << 32 { return false }
    return true
  }

  private func queuedCommand(_ transfer: BlockTransfer, _ slot: Int) -> DriveCommand {
    var command = DriveCommand(
      transfer.operation == .read ? DriveCommand.readQueued : DriveCommand.writeQueued)
    command.writes = transfer.operation == .write
    command.block = transfer.blocks.first
    command.features = UInt16(truncatingIfNeeded: transfer.blocks.count)
    command.count = UInt16(slot) << 3
    if transfer.isForced { command.device |= 1 << 7 }
    return command
  }

  private func command(_ transfer: BlockTransfer, isExtended: Bool) -> DriveCommand {
    var command: DriveCommand
    switch transfer.operation {
    case .flush:
      return DriveCommand(isExtended ? DriveCommand.flushExtended : DriveCommand.flush)
    case .discard:
      command = DriveCommand(DriveCommand.manageData)
      command.features = 1
      command.count = 1
      command.writes = true
      return command
    case .read: command = DriveCommand(isExtended ? DriveCommand.readExtended : DriveCommand.read)
    case .write:
      command = DriveCommand(
        transfer.isForced
          ? DriveCommand.writeForced
          : isExtended ? DriveCommand.writeExtended : DriveCommand.write)
      command.writes = true
    }
    command.block = transfer.blocks.first
    command.count = UInt16(truncatingIfNeeded: transfer.blocks.count)
    if !isExtended {
      // Bits 24 to 27 lie in the device register, and 256 blocks are written as none.
      command.device |= UInt8(truncatingIfNeeded: command.block >> 24) & 15
      command.block &= 0xFF_FFFF
      command.count &= 0xFF
    }
    return command
  }

  /// Ranges of 65,535 blocks each. What does not fit is kept: a discard is a hint.
  private func fillRanges(_ blocks: BlockRange, _ slot: Int) {
    let place = memory.ranges(slot)
    memory.bytes.clear(place..<place + 512)
    var (first, left) = (blocks.first, blocks.count)
    for index in 0..<64 where left > 0 {
      let count = min(left, 65_535)
      memory.bytes.store(first & (1 << 48 - 1) | count << 48, at: place + 8 * index)
      first += count
      left -= count
    }
  }

  public mutating func ring() {
    guard prepared != 0 else { return }
    memory.fence()
    if prepared & queued != 0 { port.store(prepared & queued, PortRegister.active) }
    port.store(prepared, PortRegister.issued)
    issued |= prepared
    prepared = 0
  }

  public mutating func nextCompletion() throws(DeviceFailure) -> (slot: Int, outcome: BlockOutcome)?
  {
    if ended.isEmpty { try examine() }
    return ended.isEmpty ? nil : ended.removeFirst()
  }

  public mutating func acknowledge() {
    guard issued == 0 else { return }
    let reasons = port.load(PortRegister.interrupts)
    guard reasons != 0 else { return }
    port.acknowledge(reasons)
    if reasons & PortInterrupt.changes != 0 { needsReset = true }
  }

  public mutating func reset() throws(DeviceFailure) {
    do throws(AHCIError) { try start(isReset: true) } catch {
      // A port that is stopped reaches no memory, whatever its device does.
      throw error != .stuck && port.stop() ? .gone : .broken
    }
  }
}
