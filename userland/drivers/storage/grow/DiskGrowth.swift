// SPDX-License-Identifier: MIT
public import Partitions

/// A disk whose partition table may be written.
public protocol TableDisk {
  var sectorBytes: Int { get }
  var sectorCount: UInt64 { get }
  /// Whole sectors; nil if they cannot be read.
  func read(_ sectors: SectorRange) -> [UInt8]?
  /// False if they are not written.
  func write(_ bytes: [UInt8], at sector: UInt64) -> Bool
  /// False if what was written is not on the medium.
  func flush() -> Bool
}

/// Makes the partition of a volume as large as its disk lets it be.
public enum DiskGrowth {
  public enum Outcome: Equatable, Sendable {
    /// The partition is on another disk.
    case absent
    /// Nothing was to be done.
    case complete
    /// A copy of the table was made whole; the partition is as it was.
    case mended
    /// How many bytes it had, and has.
    case grown(from: UInt64, to: UInt64)
    /// The medium refused; a copy of the table counts all the same, and the next start tries again.
    case failed
  }

  /// Each write is on the medium before the next one begins.
  public static func carryOut(on disk: some TableDisk, _ partition: GUID) -> Outcome {
    var growth = PartitionGrowth(
      sectorBytes: disk.sectorBytes, sectorCount: disk.sectorCount, partition: partition)
    while let wanted = growth.wanted { growth.supply(disk.read(wanted)) }
    for write in growth.writes {
      guard disk.write(write.bytes, at: write.first), disk.flush() else { return .failed }
    }
    let sectorBytes = UInt64(disk.sectorBytes)
    switch growth.outcome {
    case .absent: return .absent
    case .complete: return growth.writes.isEmpty ? .complete : .mended
    case .grows(let old, let new):
      return .grown(from: old.count &* sectorBytes, to: new.count &* sectorBytes)
    }
  }
}
