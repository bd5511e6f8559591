// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// What an account is, apart from the bytes of its log, and the last request that changed it: both
/// change in one store, so a request is either carried out and known, or neither.
struct AccountRecord: BitwiseCopyable {
  /// The name's bytes, padded with zeros.
  var name = InlineArray<24, UInt8>(repeating: 0)
  var length: UInt64 = 0
  var checksum: UInt64 = 0
  var total: UInt64 = 0
  var description: UInt64 = 0
  var sequence: UInt64 = 0
  var result: UInt64 = 0
}

/// All accounts: their records in the capsule's first table, then their logs.
///
/// The record in slot 0 is that of the tickets, whose total is the last number given.
struct Book: ~Copyable {
  private let records: Capsule<AccountRecord>
  private let logs: SharedBytes

  static var tickets: Int { 0 }
  static var slots: Int { 33 }

  init(in memory: SharedBytes) throws(CapsuleError) {
    let start = (Capsule<AccountRecord>.byteCount(slotCount: Self.slots) + 4095) & ~4095
    guard memory.count >= start + (Self.slots - 1) * LedgerOperation.logBytes else {
      throw .tooSmall
    }
    records = try Capsule(in: memory, version: 1, slotCount: Self.slots)
    logs = memory.extracting(start..<memory.count)
    if records[Self.tickets] == nil { records[Self.tickets] = AccountRecord() }
  }

  subscript(slot: Int) -> AccountRecord? { slot < Self.slots ? records[slot] : nil }

  private func place(_ slot: Int) -> Int { (slot - 1) * LedgerOperation.logBytes }

  /// Whether every log is what its record says.
  func isSound() -> Bool {
    for slot in 1..<Self.slots {
      guard let record = records[slot] else { continue }
      guard record.length <= UInt64(LedgerOperation.logBytes), record.checksum == checksum(slot)
      else { return false }
    }
    return true
  }

  /// The checksum of the bytes that are there.
  func checksum(_ slot: Int) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<Int(clamping: records[slot]?.length ?? 0) {
      sum = LedgerOperation.checksum(sum, logs.load(at: place(slot) + index, as: UInt8.self))
    }
    return sum
  }

  /// Finds the account `name`, or makes it.
  /// - Throws: `noSpace`, `nameTooLong`.
  func open(_ name: Span<UInt8>) throws(SystemError) -> Int {
    var record = AccountRecord()
    guard !name.isEmpty, name.count <= record.name.count else { throw .nameTooLong }
    for index in name.indices { record.name[index] = name[index] }
    for slot in 1..<Self.slots {
      guard let other = records[slot] else {
        records[slot] = record
        return slot
      }
      if isSame(other, record) { return slot }
    }
    throw .noSpace
  }

  private func isSame(_ one: AccountRecord, _ other: AccountRecord) -> Bool {
    for index in one.name.indices where one.name[index] != other.name[index] { return false }
    return true
  }

  /// Appends to a log. The bytes count from the moment that the record does.
  /// - Throws: `noSpace`, `invalidArgument` for a place that is not the end.
  func append(
    _ slot: Int, _ bytes: Span<UInt8>, at offset: UInt64, _ request: borrowing Request
  ) throws(SystemError) {
    guard var record = records[slot] else { throw .gone }
    guard offset == record.length else { throw .invalidArgument }
    guard bytes.count <= LedgerOperation.logBytes - Int(record.length) else { throw .noSpace }
    logs.copy(bytes, to: place(slot) + Int(record.length))
    for index in bytes.indices {
      record.checksum = LedgerOperation.checksum(record.checksum, bytes[index])
    }
    record.length += UInt64(bytes.count)
    put(record, slot, request, UInt64(bytes.count))
  }

  /// Copies bytes of a log, up to its end.
  func read(
    _ slot: Int, at offset: UInt64, into output: inout OutputSpan<UInt8>
  ) throws(SystemError) {
    guard let record = records[slot] else { throw .gone }
    guard offset < record.length else { return }
    let start = place(slot) + Int(offset)
    for index in 0..<min(output.freeCapacity, Int(record.length - offset)) {
      output.append(logs.load(at: start + index, as: UInt8.self))
    }
  }

  func clear(_ slot: Int, _ request: borrowing Request) throws(SystemError) {
    guard var record = records[slot] else { throw .gone }
    record.length = 0
    record.checksum = 0
    put(record, slot, request, 0)
  }

  /// Adds to a total.
  /// - Returns: what it is then; below 2^62, so that it is no error.
  func add(
    _ amount: UInt64, to slot: Int, _ request: borrowing Request
  ) throws(SystemError) -> UInt64 {
    guard var record = records[slot] else { throw .gone }
    record.total = (record.total &+ amount) & (1 << 62 - 1)
    put(record, slot, request, record.total)
    return record.total
  }

  private func put(
    _ record: AccountRecord, _ slot: Int, _ request: borrowing Request, _ result: UInt64
  ) {
    var record = record
    record.description = request.description
    record.sequence = request.sequence
    record.result = result
    records[slot] = record
  }

  /// What a request came to that was carried out before its server died.
  func result(of request: borrowing Request) -> UInt? {
    for slot in 0..<Self.slots {
      if let record = records[slot], record.description == request.description,
        record.sequence == request.sequence, record.sequence != 0
      {
        return UInt(truncatingIfNeeded: record.result)
      }
    }
    return nil
  }
}
