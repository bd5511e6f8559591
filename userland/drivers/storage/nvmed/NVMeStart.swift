// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory
import Storage

// From reset to the first request.
extension NVMeController where Bus: ~Copyable {
  mutating func start() throws(NVMeError) {
    registers.store(0 as UInt32, at: NVMeRegister.configuration)
    try waitUntilReady(false)
    admin.reset()
    queue.reset()
    registers.store(15 | 15 << 16 as UInt32, at: NVMeRegister.adminQueueSizes)
    store(address + UInt64(Self.adminSubmissions), at: NVMeRegister.adminSubmission)
    store(address + UInt64(Self.adminCompletions), at: NVMeRegister.adminCompletion)
    // Entries of 64 and 16 bytes, pages of 4 KiB, the NVM command set, enabled.
    registers.store(6 << 16 | 4 << 20 | 1 as UInt32, at: NVMeRegister.configuration)
    try waitUntilReady(true)
    try identify()
    try makeQueues()
  }

  private func store(_ value: UInt64, at place: Int) {
    registers.store(UInt32(truncatingIfNeeded: value), at: place)
    registers.store(UInt32(truncatingIfNeeded: value >> 32), at: place + 4)
  }

  private func waitUntilReady(_ isReady: Bool) throws(NVMeError) {
    for _ in 0..<patience {
      let status: UInt32 = registers.load(at: NVMeRegister.status)
      // A controller that is gone reads as ones; one that failed says so.
      guard status != .max, !isReady || status & 2 == 0 else { throw .broken }
      if (status & 1 != 0) == isReady { return }
      pause()
    }
    throw .broken
  }

  /// Has an admin command carried out, and waits for it.
  private mutating func carryOut(_ command: NVMeCommand) throws(NVMeError) {
    guard let tail = admin.add(command, slot: 0) else { throw .broken }
    ring(0, isCompletion: false, tail)
    for _ in 0..<patience {
      if let ended = try admin.next() {
        ring(0, isCompletion: true, admin.head)
        guard ended.status == 0 else { throw .broken }
        return
      }
      pause()
    }
    throw .broken
  }

  private mutating func identify(_ what: UInt32, namespace: UInt32) throws(NVMeError) {
    memory.clear(Self.identity..<Self.identity + 4096)
    var command = NVMeCommand(NVMeCommand.identify)
    command.namespace = namespace
    command.first = address + UInt64(Self.identity)
    command.word10 = what
    try carryOut(command)
  }

  private func byte(_ offset: Int) -> UInt8 {
    memory.load(at: Self.identity + offset, as: UInt8.self)
  }

  private mutating func identify() throws(NVMeError) {
    try identify(1, namespace: 0)
    let transferPages = byte(77) == 0 ? 32 : byte(77) >= 5 ? 32 : 1 << Int(byte(77))
    let hasCache = byte(525) & 1 != 0
    let discards = byte(520) & 4 != 0
    try identify(0, namespace: 1)
    let blocks = memory.load(at: Self.identity, as: UInt64.self)
    let format = memory.load(at: Self.identity + 128 + 4 * Int(byte(26) & 15), as: UInt32.self)
    let shift = format >> 16 & 0xFF
    // No metadata, and blocks of 512 bytes to 64 KiB.
    guard format & 0xFFFF == 0, shift >= 9, shift <= 16 else { throw .unsupported }
    var found = BlockGeometry(blockBytes: 1 << shift, blockCount: blocks)
    // Data may begin inside a page, which costs one.
    let most = UInt32(max(1, transferPages - 1) * 4096) / found.blockBytes * found.blockBytes
    found.transferLimit = transferPages == 32 ? 131_072 : max(most, found.blockBytes)
    found.hasCache = hasCache
    found.forcesWrites = true
    found.discards = discards
    guard found.isSound else { throw .unsupported }
    geometry = found
  }

  private mutating func makeQueues() throws(NVMeError) {
    var features = NVMeCommand(NVMeCommand.setFeatures)
    // One queue each way.
    features.word10 = 7
    try carryOut(features)
    let size = UInt32(queue.size - 1) << 16 | 1
    var completions = NVMeCommand(NVMeCommand.createCompletionQueue)
    completions.first = address + UInt64(Self.completions)
    completions.word10 = size
    // In one piece, with the interrupt of message 0.
    completions.word11 = 3
    try carryOut(completions)
    var submissions = NVMeCommand(NVMeCommand.createSubmissionQueue)
    submissions.first = address + UInt64(Self.submissions)
    submissions.word10 = size
    submissions.word11 = 1 | 1 << 16
    try carryOut(submissions)
  }
}
