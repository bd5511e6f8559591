// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory
import Storage

// How requests end, and what is done when one fails (AHCI 1.3.1, 6.2).
extension AHCIPort where Bus: ~Copyable {
  /// How often reasons for an interrupt are looked for: a port that always has more is broken.
  private static var looks: Int { 16 }

  /// Takes note of what has ended.
  mutating func examine() throws(DeviceFailure) {
    if needsReset { throw .broken }
    guard issued != 0 else { return }
    var found: UInt32 = 0
    for _ in 0..<Self.looks {
      // What is under way is looked at first: a failure is then seen with the end that it brought.
      let active = port.load(PortRegister.issued) | port.load(PortRegister.active)
      let reasons = port.load(PortRegister.interrupts)
      if reasons == 0 { return try conclude(active & issued, found) }
      guard reasons != .max else { throw .broken }
      port.acknowledge(reasons)
      found |= reasons
    }
    throw .broken
  }

  private mutating func conclude(_ active: UInt32, _ reasons: UInt32) throws(DeviceFailure) {
    if reasons & PortInterrupt.changes != 0 { throw .broken }
    let done = issued & ~active
    let taskFile = port.load(PortRegister.taskFile)
    var hasFailed = reasons & PortInterrupt.faults != 0
    // What ended may have ended so, which the engine does not stop for.
    if done != 0 || (issued & queued != 0 && reasons & PortInterrupt.deviceBits != 0),
      taskFile & (TaskStatus.error | TaskStatus.fault) != 0
    {
      hasFailed = true
    }
    guard hasFailed else {
      end(done, .done)
      return
    }
    if issued & queued == 0 {
      // There is one: whether it counts as ended or not, it is the one that failed.
      try endFailed(taskFile)
    } else {
      end(done, .done)
      try endFailedQueue()
    }
  }

  /// Ends requests, whose slots are free then.
  private mutating func end(_ slots: UInt32, _ outcome: BlockOutcome) {
    for slot in 0..<32 where slots >> UInt32(slot) & 1 != 0 {
      ended.append((slot, outcome))
      if careful > 0, outcome != .interrupted { careful -= 1 }
    }
    issued &= ~slots
    queued &= ~slots
    optional &= ~slots
  }

  /// The one request under way has failed.
  private mutating func endFailed(_ taskFile: UInt32) throws(DeviceFailure) {
    let isRefused =
      issued & optional != 0 && taskFile & TaskStatus.fault == 0
      && taskFile >> 8 & TaskError.aborted != 0
    let slots = issued
    if case .packets(let byteCount)? = identity?.kind {
      guard resume(isPacketDevice: true), takeSense(byteCount) else {
        return try begin(again: 0, failed: slots)
      }
    } else if !resume(isPacketDevice: false) {
      return try begin(again: 0, failed: slots)
    }
    end(slots, isRefused ? .unsupported : .failed)
  }

  /// Of queued requests, one has failed, and the drive has forgotten the others.
  private mutating func endFailedQueue() throws(DeviceFailure) {
    let slots = issued
    guard slots != 0 else {
      // All of them ended, and yet there was a fault.
      guard resume(isPacketDevice: false) else { return try begin(again: 0, failed: 0) }
      return
    }
    if resume(isPacketDevice: false), let slot = failedSlot(), slots >> UInt32(slot) & 1 != 0,
      resume(isPacketDevice: false)
    {
      end(1 << UInt32(slot), .failed)
      end(slots & ~(1 << UInt32(slot)), .interrupted)
      return
    }
    // Nobody knows which: they go one at a time, until the one is found.
    let isKnown = slots.nonzeroBitCount == 1
    try begin(again: isKnown ? 0 : slots, failed: isKnown ? slots : 0)
  }

  /// Resets the device; then requests are over that failed, and others are to be begun again.
  private mutating func begin(again: UInt32, failed: UInt32) throws(DeviceFailure) {
    let before = ended
    do throws(AHCIError) { try start(isReset: true) } catch { throw .broken }
    ended = before
    end(failed, .failed)
    end(again, .interrupted)
    careful = again.nonzeroBitCount
  }

  /// The queued command that the drive's log blames (ATA/ATAPI Command Set 4, 9.10).
  private mutating func failedSlot() -> Int? {
    var command = DriveCommand(DriveCommand.readLog)
    // Log 10h, one page.
    command.block = 0x10
    command.count = 1
    guard carryOut(command, byteCount: 512) == .done else { return nil }
    var sum: UInt8 = 0
    for index in 0..<512 {
      sum = sum &+ memory.bytes.load(at: PortMemory.sector + index, as: UInt8.self)
    }
    let first = memory.bytes.load(at: PortMemory.sector, as: UInt8.self)
    // The highest bit: it was none of the queue.
    guard sum == 0, first & 0x80 == 0 else { return nil }
    return Int(first & 31)
  }
}
