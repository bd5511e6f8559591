// SPDX-License-Identifier: MIT
import Base
import Core

/// Finds a disk's partitions: says what it wants to read, is given it, and has a table in the end.
///
///     var scan = PartitionScan(sectorBytes: 512, sectorCount: disk.sectorCount)
///     while let wanted = scan.wanted { scan.supply(disk.read(wanted)) }
///     use(scan.table)
public struct PartitionScan: Sendable {
  private enum State {
    case bootRecord
    case logical(LogicalChain)
    case header(isPrimary: Bool)
    case entries(GPTHeader, isPrimary: Bool)
    case done
  }

  private let sectorBytes: Int
  private let sectorCount: UInt64
  private var state: State
  /// What was found; whole once `wanted` is nil.
  public private(set) var table = PartitionTable()

  /// - Parameters:
  ///   - sectorBytes: 512 to 65536, a power of two; other disks have no partitions.
  ///   - sectorCount: how many sectors the disk has.
  @export(interface)
  public init(sectorBytes: Int, sectorCount: UInt64) {
    self.sectorBytes = sectorBytes
    self.sectorCount = sectorCount
    let isUsable =
      sectorBytes >= 512 && sectorBytes <= 65536 && UInt64(sectorBytes).isPowerOfTwo
      && sectorCount > 0
    state = isUsable ? .bootRecord : .done
  }

  /// The sectors to supply next, all of them on the disk; nil at the end.
  @export(interface)
  public var wanted: SectorRange? {
    switch state {
    case .bootRecord: SectorRange(first: 0, count: 1)
    case .logical(let chain): SectorRange(first: chain.sector, count: 1)
    case .header(let isPrimary):
      SectorRange(first: isPrimary ? 1 : sectorCount &- 1, count: 1)
    case .entries(let header, _):
      SectorRange(first: header.entriesSector, count: entriesSectors(header))
    case .done: nil
    }
  }

  /// Goes on with what was wanted, or with nil if it cannot be read.
  @export(interface)
  public mutating func supply(_ bytes: [UInt8]?) {
    guard let wanted else { return }
    if let bytes, UInt64(bytes.count) == wanted.count &* UInt64(sectorBytes) {
      read(bytes)
    } else {
      table.findings.append(.unreadable(wanted))
      unreadable()
    }
  }

  private mutating func read(_ bytes: [UInt8]) {
    switch state {
    case .bootRecord: readBootRecord(bytes.span)
    case .logical(let chain): readLogical(bytes.span, chain)
    case .header(let isPrimary): readHeader(bytes, isPrimary)
    case .entries(let header, let isPrimary): readEntries(bytes, header, isPrimary)
    case .done: break
    }
  }

  private mutating func unreadable() {
    switch state {
    case .header(let isPrimary), .entries(_, let isPrimary): reject(.unreadable, isPrimary)
    case .bootRecord, .logical, .done: state = .done
    }
  }

  private mutating func add(_ partition: Partition) {
    let sectors = partition.sectors
    guard sectors.first > 0, sectors.count > 0, sectors.fits(sectorCount) else {
      table.findings.append(.outside(slot: partition.slot))
      return
    }
    for other in table.partitions where other.sectors.overlaps(sectors) {
      table.findings.append(.overlapping(slot: partition.slot))
      return
    }
    guard table.partitions.count < PartitionLimits.partitions else {
      if table.findings.last != .tooMany { table.findings.append(.tooMany) }
      return
    }
    table.partitions.append(partition)
  }
}

// MARK: - MBR

/// The way through the records of logical partitions.
private struct LogicalChain {
  /// The extended partition, which has all of them.
  var extended: SectorRange
  /// Where the next record is.
  var sector: UInt64
  var visited: [UInt64] = []
  var slot = 4
}

extension PartitionScan {
  private mutating func readBootRecord(_ sector: Span<UInt8>) {
    state = .done
    guard let record = BootRecord(reading: sector) else { return }
    for index in 0..<4 where record.entries[index].type == MBREntry.protective {
      table.scheme = .gpt
      if sectorCount > 1 { state = .header(isPrimary: true) } else { reject(.noHeader, false) }
      return
    }
    table.scheme = .mbr
    var extended: SectorRange?
    for index in 0..<4 {
      let entry = record.entries[index]
      if entry.isEmpty { continue }
      let sectors = SectorRange(
        first: UInt64(entry.firstSector), count: UInt64(entry.sectorCount))
      if !entry.isExtended {
        add(Partition(slot: index, sectors: sectors, kind: entry.kind))
      } else if extended == nil, sectors.first > 0, sectors.fits(sectorCount) {
        extended = sectors
      } else {
        table.findings.append(.outside(slot: index))
      }
    }
    if let extended { state = .logical(LogicalChain(extended: extended, sector: extended.first)) }
  }

  private mutating func readLogical(_ sector: Span<UInt8>, _ chain: LogicalChain) {
    var chain = chain
    state = .done
    guard let record = BootRecord(reading: sector) else {
      table.findings.append(.chain)
      return
    }
    let entry = record.entries[0]
    if !entry.isEmpty, !entry.isExtended {
      // Both numbers have 32 bits, and the chain's sector is on the disk of an MBR: no overflow.
      let sectors = SectorRange(
        first: chain.sector &+ UInt64(entry.firstSector), count: UInt64(entry.sectorCount))
      let inside = SectorRange(
        first: sectors.first &- chain.extended.first, count: sectors.count)
      if inside.fits(chain.extended.count) {
        add(Partition(slot: chain.slot, sectors: sectors, kind: entry.kind))
      } else {
        table.findings.append(.outside(slot: chain.slot))
      }
      chain.slot += 1
    }
    let next = record.entries[1]
    guard next.isExtended, next.sectorCount > 0 else { return }
    chain.visited.append(chain.sector)
    chain.sector = chain.extended.first &+ UInt64(next.firstSector)
    guard UInt64(next.firstSector) < chain.extended.count, !chain.visited.contains(chain.sector),
      chain.visited.count < PartitionLimits.logicalPartitions
    else {
      table.findings.append(.chain)
      return
    }
    state = .logical(chain)
  }
}

extension MBREntry {
  fileprivate var kind: Partition.Kind { .mbr(type: type, isActive: status & 0x80 != 0) }
}

// MARK: - GPT

extension PartitionScan {
  /// One copy does not count: on to the other, if it is there.
  private mutating func reject(_ problem: GPTProblem, _ isPrimary: Bool) {
    table.findings.append(isPrimary ? .primary(problem) : .backup(problem))
    state = isPrimary && sectorCount > 2 ? .header(isPrimary: false) : .done
  }

  private mutating func readHeader(_ sector: [UInt8], _ isPrimary: Bool) {
    do throws(GPTProblem) {
      let header = try GPTHeader(
        checking: sector, in: isPrimary ? 1 : sectorCount &- 1, sectorBytes: sectorBytes)
      let entries = SectorRange(first: header.entriesSector, count: entriesSectors(header))
      guard entries.first > 0, entries.count > 0, entries.fits(sectorCount) else {
        throw .entriesPlace
      }
      state = .entries(header, isPrimary: isPrimary)
    } catch { reject(error, isPrimary) }
  }

  /// Cannot overflow: the header was checked.
  private func entriesSectors(_ header: GPTHeader) -> UInt64 {
    let bytes = UInt64(header.entryCount) &* UInt64(header.entryBytes)
    return (bytes &+ UInt64(sectorBytes) &- 1) / UInt64(sectorBytes)
  }

  private mutating func readEntries(_ bytes: [UInt8], _ header: GPTHeader, _ isPrimary: Bool) {
    let count = Int(header.entryCount) &* Int(header.entryBytes)
    guard
      CyclicRedundancyCheck.sum(of: bytes.span.extracting(first: count)) == header.entriesChecksum
    else { return reject(.entriesChecksum, isPrimary) }
    state = .done
    table.disk = header.disk
    for slot in 0..<Int(header.entryCount) {
      let entry: GPTEntry
      do throws(WireError) {
        entry = try GPTEntry(decoding: bytes.span, at: UInt64(slot) &* UInt64(header.entryBytes))
      } catch { return }
      if entry.type.isZero { continue }
      guard entry.firstSector >= header.firstUsable, entry.lastSector <= header.lastUsable,
        entry.firstSector <= entry.lastSector
      else {
        table.findings.append(.outside(slot: slot))
        continue
      }
      let sectors = SectorRange(
        first: entry.firstSector, count: entry.lastSector &- entry.firstSector &+ 1)
      add(Partition(slot: slot, sectors: sectors, kind: entry.kind))
    }
  }
}

extension GPTHeader {
  /// The header in `sector`, which is the one at `place`.
  init(
    checking sector: [UInt8], in place: UInt64, sectorBytes: Int
  ) throws(GPTProblem) {
    do throws(WireError) { try self.init(decoding: sector.span) } catch { throw .noHeader }
    guard signature == Self.signature else { throw .noHeader }
    guard revision == Self.revision else { throw .unknownRevision }
    guard headerBytes >= UInt32(Self.byteCount), Int(headerBytes) <= sectorBytes else {
      throw .headerSize
    }
    var summed = Array(sector[0..<Int(headerBytes)])
    for index in Self.checksumPlace { summed[index] = 0 }
    guard CyclicRedundancyCheck.sum(of: summed.span) == checksum else { throw .headerChecksum }
    guard ownSector == place else { throw .misplaced }
    // A disk may have become smaller: each partition is compared with its end.
    guard firstUsable > 1, firstUsable <= lastUsable, lastUsable < .max else { throw .usableRange }
    guard entryBytes >= UInt32(GPTEntry.byteCount), entryBytes <= 4096, entryBytes.isPowerOfTwo
    else { throw .entrySize }
    guard UInt64(entryCount) &* UInt64(entryBytes) <= PartitionLimits.entriesBytes else {
      throw .entriesPlace
    }
  }
}

extension GPTEntry {
  fileprivate var kind: Partition.Kind {
    .gpt(type: type, unique: unique, attributes: attributes, name: PartitionName.text(name))
  }
}
