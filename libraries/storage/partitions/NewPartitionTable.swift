// SPDX-License-Identifier: MIT
public import Base
import Core

/// A partition to be written.
public struct NewPartition: Sendable {
  public var type: GUID
  public var unique: GUID
  public var name: Text
  public var sectors: SectorRange
  public var attributes: UInt64 = 0

  public init(type: GUID, unique: GUID, name: Text, sectors: SectorRange) {
    self.type = type
    self.unique = unique
    self.name = name
    self.sectors = sectors
  }
}

/// A GPT with a protective MBR: the sectors at a disk's beginning and end.
public struct NewPartitionTable: Sendable {
  public enum Failure: Error, Equatable {
    /// A sector has 512 to 65536 bytes, a power of two.
    case sectorBytes
    /// The disk has no room for the tables.
    case diskTooSmall
    case tooManyPartitions
    /// This partition is not among the usable sectors, or overlaps another.
    case place(Int)
    /// Its name is longer than 36 characters, or not ASCII.
    case name(Int)
    /// The boot loader is longer than 440 bytes.
    case bootCode
  }

  /// From sector 0 on: MBR, header, entries.
  public let head: [UInt8]
  /// From `tailSector` to the disk's end: entries, header.
  public let tail: [UInt8]
  public let tailSector: UInt64

  /// The sectors that partitions may have, on a disk of `sectorCount` sectors; nil if there are none.
  @export(interface)
  public static func usable(sectorBytes: Int, sectorCount: UInt64) -> SectorRange? {
    guard sectorBytes >= 512, sectorBytes <= 65536, UInt64(sectorBytes).isPowerOfTwo else {
      return nil
    }
    let tables = UInt64((entriesBytes + sectorBytes - 1) / sectorBytes) + 1
    guard sectorCount > 2 * tables + 1 else { return nil }
    return SectorRange(first: 1 + tables, count: sectorCount - 2 * tables - 1)
  }

  private static var entryCount: Int { 128 }
  private static var entriesBytes: Int { entryCount * GPTEntry.byteCount }

  /// - Parameters:
  ///   - disk: the disk's own number.
  ///   - bootCode: what BIOS runs, at most 440 bytes.
  @export(interface)
  public init(
    sectorBytes: Int, sectorCount: UInt64, disk: GUID, partitions: [NewPartition],
    bootCode: [UInt8] = []
  ) throws(Failure) {
    guard sectorBytes >= 512, sectorBytes <= 65536, UInt64(sectorBytes).isPowerOfTwo else {
      throw .sectorBytes
    }
    guard let usable = Self.usable(sectorBytes: sectorBytes, sectorCount: sectorCount) else {
      throw .diskTooSmall
    }
    guard bootCode.count <= BootRecord.codeBytes else { throw .bootCode }
    let entries = try Self.entries(partitions, usable)

    var header = GPTHeader()
    header.ownSector = 1
    header.otherSector = sectorCount - 1
    header.firstUsable = usable.first
    header.lastUsable = usable.first + usable.count - 1
    header.disk = disk
    header.entriesSector = 2
    header.entriesChecksum = CyclicRedundancyCheck.sum(of: entries.span)
    let filling = [UInt8](
      repeating: 0,
      count: (sectorBytes - entries.count % sectorBytes) % sectorBytes)
    head =
      Self.bootRecord(sectorBytes, sectorCount, bootCode) + header.sector(sectorBytes) + entries
      + filling
    tailSector = usable.first + usable.count
    swap(&header.ownSector, &header.otherSector)
    header.entriesSector = tailSector
    tail = entries + filling + header.sector(sectorBytes)
  }

  private static func entries(
    _ partitions: [NewPartition], _ usable: SectorRange
  ) throws(Failure) -> [UInt8] {
    guard partitions.count <= entryCount else { throw .tooManyPartitions }
    var bytes = [UInt8](repeating: 0, count: entriesBytes)
    for (index, partition) in partitions.enumerated() {
      let sectors = partition.sectors
      guard sectors.count > 0, sectors.first >= usable.first,
        SectorRange(first: sectors.first - usable.first, count: sectors.count).fits(usable.count),
        !partitions[..<index].contains(where: { $0.sectors.overlaps(sectors) })
      else { throw .place(index) }
      guard let name = PartitionName.stored(partition.name) else { throw .name(index) }
      var entry = GPTEntry()
      entry.type = partition.type
      entry.unique = partition.unique
      entry.firstSector = sectors.first
      entry.lastSector = sectors.first + sectors.count - 1
      entry.attributes = partition.attributes
      entry.name = name
      entry.store(in: &bytes, at: index * GPTEntry.byteCount)
    }
    return bytes
  }

  /// One line that takes the whole disk, so that tools which know only the MBR leave it alone
  /// (UEFI 2.10, §5.2.3).
  private static func bootRecord(
    _ sectorBytes: Int, _ sectorCount: UInt64, _ bootCode: [UInt8]
  ) -> [UInt8] {
    var record = BootRecord()
    record.signature = BootRecord.signature
    record.entries[0].type = MBREntry.protective
    record.entries[0].firstAddress = PackedAddress(0, 2, 0)
    record.entries[0].lastAddress = PackedAddress(0xFF, 0xFF, 0xFF)
    record.entries[0].firstSector = 1
    record.entries[0].sectorCount = UInt32(clamping: sectorCount - 1)
    var bytes = [UInt8](repeating: 0, count: sectorBytes)
    record.store(in: &bytes, at: 0)
    for (index, byte) in bootCode.enumerated() { bytes[index] = byte }
    return bytes
  }
}

extension GPTHeader {
  /// The header with its checksum, in a sector of its own.
  fileprivate func sector(_ sectorBytes: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: sectorBytes)
    var header = self
    header.checksum = 0
    header.store(in: &bytes, at: 0)
    header.checksum = CyclicRedundancyCheck.sum(of: bytes.span.extracting(first: Self.byteCount))
    header.store(in: &bytes, at: 0)
    return bytes
  }
}

extension WireFormat {
  /// Writes the value into bytes that have room for it.
  func store(in bytes: inout [UInt8], at place: Int) {
    var record = [UInt8](repeating: 0, count: Self.byteCount)
    do throws(WireError) { try encode(into: record.mutableSpan) } catch {
      preconditionFailure("there is room for one value")
    }
    for index in record.indices { bytes[place + index] = record[index] }
  }
}
