// SPDX-License-Identifier: MIT
public import Core
public import Disks
public import Memory
public import Storage

/// An NVMe controller with its first namespace.
public struct NVMeController<Bus: RegisterBus & ~Copyable>: BlockDevice, ~Copyable {
  let registers: Bus
  /// Queues, lists of pages and ranges; one piece, at `address` for the controller.
  let memory: SharedBytes
  let address: UInt64
  /// Waits about a tenth of a millisecond.
  let pause: () -> Void
  var admin: NVMeQueue
  var queue: NVMeQueue
  let doorbellStep: Int
  /// How often to look for the controller to get ready.
  let patience: Int
  public internal(set) var geometry = BlockGeometry(blockBytes: 512, blockCount: 0)
  public let depth: Int

  // Where things lie in `memory`, in bytes.
  static var adminSubmissions: Int { 0 }
  static var adminCompletions: Int { 4096 }
  static var identity: Int { 8192 }
  static var submissions: Int { 12_288 }
  static var completions: Int { 16_384 }
  static var lists: Int { 20_480 }
  static var listBytes: Int { 512 }
  static var ranges: Int { 53_248 }
  static var queueLimit: Int { 64 }

  /// The memory that a controller needs.
  public static var byteCount: Int { 65_536 }

  /// Resets the controller and makes it ready.
  ///
  /// - Parameter pause: waits about a tenth of a millisecond.
  public static func made(
    _ registers: consuming Bus, _ memory: SharedBytes, at address: UInt64,
    pause: @escaping () -> Void
  ) throws(NVMeError) -> NVMeController<Bus> {
    let low: UInt32 = registers.load(at: NVMeRegister.capabilitiesLow)
    let high: UInt32 = registers.load(at: NVMeRegister.capabilitiesHigh)
    // The command set that disks have, and pages of 4 KiB.
    guard high >> 5 & 1 != 0, high >> 16 & 15 == 0, memory.count >= byteCount,
      address & 4095 == 0
    else { throw .unsupported }
    let size = min(queueLimit, Int(low & 0xFFFF) + 1)
    guard size >= 2 else { throw .unsupported }
    var controller = NVMeController(
      registers, memory, at: address, size: size, doorbellStep: 4 << Int(high & 15),
      patience: max(1, Int(low >> 24)) * 5_000, pause: pause)
    try controller.start()
    return controller
  }

  private init(
    _ registers: consuming Bus, _ memory: SharedBytes, at address: UInt64, size: Int,
    doorbellStep: Int, patience: Int, pause: @escaping () -> Void
  ) {
    self.registers = registers
    self.memory = memory
    self.address = address
    self.doorbellStep = doorbellStep
    self.patience = patience
    self.pause = pause
    depth = size - 1
    admin = NVMeQueue(0, size: 16, memory, Self.adminSubmissions, Self.adminCompletions)
    queue = NVMeQueue(1, size: size, memory, Self.submissions, Self.completions)
  }

  func ring(_ number: Int, isCompletion: Bool, _ value: Int) {
    let place = NVMeRegister.doorbells + (2 * number + (isCompletion ? 1 : 0)) * doorbellStep
    registers.store(UInt32(value), at: place)
  }

  // MARK: Requests

  public mutating func submit(_ transfer: BlockTransfer, slot: Int) throws(DeviceFailure) {
    var command: NVMeCommand
    switch transfer.operation {
    case .flush: command = NVMeCommand(NVMeCommand.flush)
    case .discard: command = discard(transfer.blocks, slot)
    case .read, .write:
      command = NVMeCommand(
        transfer.operation == .read ? NVMeCommand.read : NVMeCommand.write)
      command.word10 = UInt32(truncatingIfNeeded: transfer.blocks.first)
      command.word11 = UInt32(truncatingIfNeeded: transfer.blocks.first >> 32)
      command.word12 =
        UInt32(truncatingIfNeeded: transfer.blocks.count - 1)
        | (transfer.isForced ? NVMeCommand.forced : 0)
      if let data = transfer.data { name(data, slot, &command) }
    }
    command.namespace = 1
    guard queue.add(command, slot: slot) != nil else { throw .full }
  }

  /// Names the pages of the data: the first, and the second or a list of the others.
  private func name(_ data: DataRun, _ slot: Int, _ command: inout NVMeCommand) {
    guard let first = data.pages.first else { return }
    command.first = first + UInt64(data.offset)
    let pages = (data.offset + data.byteCount + 4095) / 4096
    guard pages > 1 else { return }
    let others = data.pages.dropFirst().prefix(pages - 1)
    if pages == 2 {
      command.second = others.first ?? 0
      return
    }
    let list = Self.lists + slot * Self.listBytes
    for (index, page) in others.enumerated() { memory.store(page, at: list + 8 * index) }
    command.second = address + UInt64(list)
  }

  private func discard(_ blocks: BlockRange, _ slot: Int) -> NVMeCommand {
    let place = Self.ranges + slot * 16
    memory.store(0 as UInt32, at: place)
    memory.store(UInt32(truncatingIfNeeded: min(blocks.count, UInt64(UInt32.max))), at: place + 4)
    memory.store(blocks.first, at: place + 8)
    var command = NVMeCommand(NVMeCommand.manageData)
    command.first = address + UInt64(place)
    command.word11 = 4
    return command
  }

  public mutating func ring() { ring(1, isCompletion: false, queue.lastTail) }

  public mutating func nextCompletion() throws(DeviceFailure) -> (slot: Int, outcome: BlockOutcome)?
  {
    do throws(NVMeError) {
      guard let ended = try queue.next() else { return nil }
      ring(1, isCompletion: true, queue.head)
      switch ended.status {
      case 0: return (ended.slot, .done)
      // Invalid operation and invalid field.
      case 1, 2: return (ended.slot, .unsupported)
      default: return (ended.slot, .failed)
      }
    } catch { throw .broken }
  }

  public mutating func reset() throws(DeviceFailure) {
    do throws(NVMeError) { try start() } catch {
      // What is not there any more reads as ones, and reaches no memory.
      throw (registers.load(at: NVMeRegister.status) as UInt32) == .max ? .gone : .broken
    }
  }
}
