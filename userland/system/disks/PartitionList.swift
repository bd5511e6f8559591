// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
public import Memory
import Schemes
public import Storage

/// A disk's partitions as they were read last, in the capsule.
public struct PartitionList: ~Copyable {
  private struct Record: BitwiseCopyable {
    var blocks: BlockRange
    var isLast: Bool
  }

  private let records: Capsule<Record>
  private var partitions: [BlockRange] = []
  /// Whether they were ever read.
  public private(set) var wasRead = false

  public static var limit: Int { 128 }
  public static var byteCount: Int { Capsule<Record>.byteCount(slotCount: limit + 1) }

  @export(interface)
  public init(in memory: SharedBytes) throws(CapsuleError) {
    records = try Capsule(in: memory, version: 1, slotCount: Self.limit + 1)
    // A reading that was cut short does not count.
    guard records.unfinished == nil else { return }
    for slot in 0...Self.limit {
      guard let record = records[slot] else { break }
      if record.isLast {
        wasRead = true
        break
      }
      partitions.append(record.blocks)
    }
    if !wasRead { partitions = [] }
  }

  public var count: Int { partitions.count }

  public subscript(number: Int) -> BlockRange? {
    partitions.indices.contains(number) ? partitions[number] : nil
  }

  /// Replaces what was read before.
  @export(interface)
  public mutating func set(_ found: [BlockRange]) {
    partitions = Array(found.prefix(Self.limit))
    records.begin(1)
    for slot in partitions.indices {
      records[slot] = Record(blocks: partitions[slot], isLast: false)
    }
    records[partitions.count] = Record(blocks: BlockRange(first: 0, count: 0), isLast: true)
    records.end()
    wasRead = true
  }
}
