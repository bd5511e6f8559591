// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

/// The last request on a description that was carried out, with its result.
public struct ReplayRecord: BitwiseCopyable, Sendable {
  public var description: UInt64 = 0
  public var sequence: UInt64 = 0
  public var result: UInt64 = 0
  @inline(__always) public init() {}
}

/// Remembers, in a capsule, what the last request on each description came to, so that a request
/// that comes again after a restart is answered and not carried out twice.
///
/// A server records the result after the change and before the answer. Changes that would do harm
/// twice are made one with their record: by keeping the sequence number in the changed record
/// itself, or between the capsule's `begin` and `end`.
public struct Replay: ~Copyable {
  private let records: Capsule<ReplayRecord>

  /// The memory that it takes, in bytes.
  public static func byteCount(descriptions: Int) -> Int {
    Capsule<ReplayRecord>.byteCount(slotCount: descriptions)
  }

  /// - Parameter descriptions: how many open files it remembers at a time.
  public init(in memory: SharedBytes, descriptions: Int) throws(CapsuleError) {
    records = try Capsule(in: memory, version: 1, slotCount: descriptions)
  }

  /// Whether the memory was new, recovered or replaced.
  public var origin: CapsuleOrigin { records.origin }

  /// The result of a repeated request, if it had been carried out.
  public func result(of request: borrowing Request) -> UInt? {
    guard request.isRepeated, let slot = slot(of: request.description),
      let record = records[slot], record.sequence == request.sequence
    else { return nil }
    return UInt(truncatingIfNeeded: record.result)
  }

  /// Writes down what a request came to.
  /// - Throws: `quotaExceeded` if too many files are open: refuse the open instead.
  public func record(_ request: borrowing Request, _ result: UInt) throws(SystemError) {
    let description = request.description
    guard let place = slot(of: description) ?? freeSlot(for: description) else {
      throw .quotaExceeded
    }
    var entry = ReplayRecord()
    entry.description = description
    entry.sequence = request.sequence
    entry.result = UInt64(result)
    records[place] = entry
  }

  /// Forgets a description that was closed.
  public func forget(_ description: UInt64) {
    if let slot = slot(of: description) { records[slot] = nil }
  }

  /// Descriptions are looked for from a place that follows from their number, so mostly at once.
  private func start(_ description: UInt64) -> Int {
    Int(truncatingIfNeeded: (description & 0xFFFF_FFFF) % UInt64(max(records.slotCount, 1)))
  }

  private func slot(of description: UInt64) -> Int? {
    var slot = start(description)
    for _ in 0..<records.slotCount {
      if let record = records[slot], record.description == description { return slot }
      slot = slot &+ 1 == records.slotCount ? 0 : slot &+ 1
    }
    return nil
  }

  private func freeSlot(for description: UInt64) -> Int? {
    var slot = start(description)
    for _ in 0..<records.slotCount {
      if records.isEmpty(slot) { return slot }
      slot = slot &+ 1 == records.slotCount ? 0 : slot &+ 1
    }
    return nil
  }
}
