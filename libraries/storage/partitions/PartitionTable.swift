// SPDX-License-Identifier: MIT
public import Base
import Core

/// Sectors that follow one another.
public struct SectorRange: Equatable, Sendable {
  public var first: UInt64
  public var count: UInt64

  public init(first: UInt64, count: UInt64) {
    self.first = first
    self.count = count
  }

  /// Whether all of them are among the first `sectors` of a disk; without overflow.
  func fits(_ sectors: UInt64) -> Bool { first <= sectors && count <= sectors &- first }

  func overlaps(_ other: SectorRange) -> Bool {
    count > 0 && other.count > 0 && first < other.first &+ other.count
      && other.first < first &+ count
  }
}

/// A part of a disk: at least one sector, all of them on the disk, none in another partition.
public struct Partition: Equatable, Sendable {
  /// Its line in the table, from zero: 0 to 3 and from 4 on the logical ones in an MBR.
  public var slot: Int
  public var sectors: SectorRange
  public var kind: Kind

  public enum Kind: Equatable, Sendable {
    case mbr(type: UInt8, isActive: Bool)
    case gpt(type: GUID, unique: GUID, attributes: UInt64, name: Text)
  }

  public init(slot: Int, sectors: SectorRange, kind: Kind) {
    self.slot = slot
    self.sectors = sectors
    self.kind = kind
  }

  /// The number that names this partition and no other, if the table has such.
  public var unique: GUID? {
    if case .gpt(_, let unique, _, _) = kind { unique } else { nil }
  }
}

/// What the partition tables of a disk say.
public struct PartitionTable: Equatable, Sendable {
  public enum Scheme: Equatable, Sendable {
    /// The disk is one piece: no table was found.
    case none
    case mbr
    case gpt
  }

  public var scheme = Scheme.none
  /// The disk's own number, in a GPT.
  public var disk: GUID?
  /// In the order of their lines: the first is `0p0`, the next `0p1`.
  public var partitions: [Partition] = []
  /// What is wrong with the tables.
  public var findings: [PartitionFinding] = []

  public init() {}
}

/// Something in a partition table that no correct writer produces, or that could not be read.
public enum PartitionFinding: Equatable, Sendable {
  case unreadable(SectorRange)
  /// The first copy of the GPT does not count, and why.
  case primary(GPTProblem)
  case backup(GPTProblem)
  /// The partition in this line ends before it begins or is not all on the disk.
  case outside(slot: Int)
  /// It overlaps one that comes before it.
  case overlapping(slot: Int)
  /// The chain of logical partitions goes out of the extended one, in a circle, or on without end.
  case chain
  /// There are more partitions than `PartitionLimits.partitions`.
  case tooMany

  @export(interface)
  public var explanation: Text {
    switch self {
    case .unreadable(let sectors):
      Text {
        $0.put("cannot read sectors from ")
        $0.put(decimal: sectors.first)
        $0.put(" on")
      }
    case .primary(let problem): Self.text("the first partition table does not count: ", problem)
    case .backup(let problem): Self.text("the second partition table does not count: ", problem)
    case .outside(let slot): Self.text("the partition in line ", slot, " is not on the disk")
    case .overlapping(let slot): Self.text("the partition in line ", slot, " overlaps another")
    case .chain: "the chain of logical partitions is broken"
    case .tooMany: "there are too many partitions"
    }
  }

  private static func text(_ start: StaticString, _ problem: GPTProblem) -> Text {
    Text {
      $0.put(start)
      $0.put(problem.explanation)
    }
  }

  private static func text(_ start: StaticString, _ slot: Int, _ end: StaticString) -> Text {
    Text {
      $0.put(start)
      $0.put(decimal: UInt64(slot))
      $0.put(end)
    }
  }
}

/// Why a copy of a GPT does not count.
public enum GPTProblem: Error, Equatable, Sendable {
  case unreadable
  case noHeader
  case unknownRevision
  case headerSize
  case headerChecksum
  /// It says that it is in another sector than the one it was read from.
  case misplaced
  case usableRange
  case entrySize
  /// The entries are not on the disk, or more than `PartitionLimits.entriesBytes`.
  case entriesPlace
  case entriesChecksum

  public var explanation: StaticString {
    @export(interface)
    get {
      switch self {
      case .unreadable: "it cannot be read"
      case .noHeader: "there is no header"
      case .unknownRevision: "its revision is unknown"
      case .headerSize: "its header has a wrong size"
      case .headerChecksum: "its header's checksum is wrong"
      case .misplaced: "its header belongs elsewhere"
      case .usableRange: "its range for partitions makes no sense"
      case .entrySize: "its entries have a wrong size"
      case .entriesPlace: "its entries are not on the disk, or too many"
      case .entriesChecksum: "its entries' checksum is wrong"
      }
    }
  }
}

/// What the reader takes at most.
public enum PartitionLimits {
  public static var partitions: Int { 128 }
  public static var logicalPartitions: Int { 60 }
  /// Bytes of the entries of a GPT.
  public static var entriesBytes: UInt64 { 256 << 10 }
}
