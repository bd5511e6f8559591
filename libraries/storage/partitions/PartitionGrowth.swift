// SPDX-License-Identifier: MIT
import Core

/// Sectors to be written.
public struct SectorWrite: Equatable, Sendable {
  public let first: UInt64
  /// Whole sectors.
  public let bytes: [UInt8]
}

/// Makes a GPT take all of a disk that is larger than the one it was written for, and one partition,
/// if it is the last, all that is free behind it: says what it wants to read, is given it, and has the
/// sectors to write in the end.
///
///     var growth = PartitionGrowth(sectorBytes: 512, sectorCount: count, partition: number)
///     while let wanted = growth.wanted { growth.supply(disk.read(wanted)) }
///     for write in growth.writes { disk.write(write); disk.flush() }
///
/// Whenever the power goes, one copy of the table counts, and the next growth comes to the same end:
/// the copy that does not count, or counts less, is written whole before the other is touched.
public struct PartitionGrowth: Sendable {
  public enum Outcome: Equatable, Sendable {
    /// No table on this disk that counts has the partition.
    case absent
    /// It has all that it can have, perhaps because another one lies behind it. There may be writes all
    /// the same: a copy that was cut short.
    case complete
    case grows(from: SectorRange, to: SectorRange)
  }

  private enum State {
    case bootRecord
    case header(isPrimary: Bool)
    case entries(CopiedHeader, isPrimary: Bool)
    case done
  }

  private let sectorBytes: Int
  private let sectorCount: UInt64
  private let partition: GUID
  private var state: State
  private var bootRecord: [UInt8] = []
  public private(set) var outcome = Outcome.absent
  /// In order; each is to be on the medium before the next begins.
  public private(set) var writes: [SectorWrite] = []

  /// Partitions end at multiples of this many bytes, where that is possible.
  private static var alignment: UInt64 { 1 << 20 }

  /// - Parameters:
  ///   - sectorBytes: 512 to 65536, a power of two; other disks have no partitions.
  ///   - sectorCount: how many sectors the disk has now.
  ///   - partition: the number that names the one to grow.
  @export(interface)
  public init(sectorBytes: Int, sectorCount: UInt64, partition: GUID) {
    self.sectorBytes = sectorBytes
    self.sectorCount = sectorCount
    self.partition = partition
    let isUsable =
      NewPartitionTable.usable(sectorBytes: sectorBytes, sectorCount: sectorCount) != nil
      && !partition.isZero
    state = isUsable ? .bootRecord : .done
  }

  /// The sectors to supply next, all of them on the disk; nil at the end.
  @export(interface)
  public var wanted: SectorRange? {
    switch state {
    case .bootRecord: SectorRange(first: 0, count: 1)
    case .header(let isPrimary):
      SectorRange(first: isPrimary ? 1 : sectorCount &- 1, count: 1)
    case .entries(let copy, _):
      SectorRange(first: copy.header.entriesSector, count: copy.entriesSectors)
    case .done: nil
    }
  }

  /// Goes on with what was wanted, or with nil if it cannot be read.
  @export(interface)
  public mutating func supply(_ bytes: [UInt8]?) {
    guard let wanted else { return }
    guard let bytes, UInt64(bytes.count) == wanted.count &* UInt64(sectorBytes) else {
      return reject()
    }
    switch state {
    case .bootRecord:
      guard BootRecord(reading: bytes.span)?.protectiveLine != nil else { return state = .done }
      bootRecord = bytes
      state = .header(isPrimary: true)
    case .header(let isPrimary): readHeader(bytes, isPrimary)
    case .entries(let copy, let isPrimary):
      let summed = bytes.span.extracting(first: copy.entriesBytes)
      guard CyclicRedundancyCheck.sum(of: summed) == copy.header.entriesChecksum else {
        return reject()
      }
      state = .done
      plan(copy, bytes, isPrimary)
    case .done: break
    }
  }

  /// The first copy does not count: the second is asked.
  private mutating func reject() {
    switch state {
    case .header(isPrimary: true), .entries(_, isPrimary: true): state = .header(isPrimary: false)
    case .bootRecord, .header, .entries, .done: state = .done
    }
  }

  private mutating func readHeader(_ sector: [UInt8], _ isPrimary: Bool) {
    do throws(GPTProblem) {
      let header = try GPTHeader(
        checking: sector, in: isPrimary ? 1 : sectorCount &- 1, sectorBytes: sectorBytes)
      let copy = CopiedHeader(header: header, sector: sector)
      let entries = SectorRange(first: header.entriesSector, count: copy.entriesSectors)
      guard entries.first > 0, entries.count > 0, entries.fits(sectorCount) else {
        throw .entriesPlace
      }
      state = .entries(copy, isPrimary: isPrimary)
    } catch { reject() }
  }

  // MARK: What is to be written

  private mutating func plan(_ copy: CopiedHeader, _ entries: [UInt8], _ isPrimary: Bool) {
    guard let (slot, own, highest) = find(copy, entries) else { return }
    outcome = .complete
    let tables = copy.entriesSectors &+ 1
    let firstEntries = isPrimary ? copy.header.entriesSector : 2
    // Both tables and all partitions have a place of their own.
    guard let lastUsable = sectorCount.checkedDifference(tables &+ 1),
      firstEntries >= 2, firstEntries &+ copy.entriesSectors <= copy.header.firstUsable,
      highest <= lastUsable
    else { return }
    let step = Self.alignment / UInt64(sectorBytes)
    let end = (lastUsable &+ 1) / step &* step
    let last = highest > own.lastSector || end <= own.lastSector ? own.lastSector : end &- 1

    var entries = entries
    if last != own.lastSector {
      var grown = own
      grown.lastSector = last
      grown.store(in: &entries, at: slot &* Int(copy.header.entryBytes))
      let first = own.firstSector
      outcome = .grows(
        from: SectorRange(first: first, count: own.lastSector &- first &+ 1),
        to: SectorRange(first: first, count: last &- first &+ 1))
    }
    var primary = copy
    primary.header.lastUsable = lastUsable
    primary.header.entriesChecksum = CyclicRedundancyCheck.sum(
      of: entries.span.extracting(first: copy.entriesBytes))
    var backup = primary
    primary.place(at: 1, other: sectorCount &- 1, entries: firstEntries)
    backup.place(at: sectorCount &- 1, other: 1, entries: lastUsable &+ 1)

    let isRight = (isPrimary ? primary : backup).header == copy.header
    if !isPrimary || !isRight {
      let copies = isPrimary ? [backup, primary] : [primary, backup]
      for (index, copy) in copies.enumerated() where index == 0 || !isRight {
        writes.append(SectorWrite(first: copy.header.entriesSector, bytes: entries))
        writes.append(SectorWrite(first: copy.header.ownSector, bytes: copy.sector))
      }
    }
    planBootRecord()
  }

  /// The partition's line, and the last sector that any partition has.
  private func find(
    _ copy: CopiedHeader, _ entries: [UInt8]
  ) -> (slot: Int, own: GPTEntry, highest: UInt64)? {
    var found: (slot: Int, own: GPTEntry)?
    var highest: UInt64 = 0
    for slot in 0..<Int(copy.header.entryCount) {
      let entry: GPTEntry
      do throws(WireError) {
        entry = try GPTEntry(
          decoding: entries.span, at: UInt64(slot) &* UInt64(copy.header.entryBytes))
      } catch { return nil }
      if entry.type.isZero { continue }
      highest = max(highest, entry.firstSector, entry.lastSector)
      guard entry.unique == partition else { continue }
      // A number that two partitions have names neither.
      guard found == nil, entry.firstSector >= copy.header.firstUsable,
        entry.firstSector <= entry.lastSector, entry.lastSector <= copy.header.lastUsable
      else { return nil }
      found = (slot, entry)
    }
    guard let found else { return nil }
    return (found.slot, found.own, highest)
  }

  /// The line that keeps others away covers all of the disk; of that sector only the line changes.
  private mutating func planBootRecord() {
    guard let line = BootRecord(reading: bootRecord.span)?.protectiveLine else { return }
    var entry = line.entry
    entry.sectorCount = UInt32(clamping: sectorCount &- 1)
    guard line.isAlone, entry != line.entry, entry.firstSector == 1 else { return }
    var sector = bootRecord
    entry.store(in: &sector, at: BootRecord.entriesPlace &+ line.index &* MBREntry.byteCount)
    writes.append(SectorWrite(first: 0, bytes: sector))
  }
}

/// A header as it stands on a disk, with whatever a later revision put behind the fields we know.
private struct CopiedHeader {
  var header: GPTHeader
  var sector: [UInt8]

  var entriesBytes: Int { Int(header.entryCount) &* Int(header.entryBytes) }

  /// Cannot overflow: the header was checked.
  var entriesSectors: UInt64 {
    UInt64((entriesBytes &+ sector.count &- 1) / sector.count)
  }

  /// Makes it the header at `own`, and its checksum right.
  mutating func place(at own: UInt64, other: UInt64, entries: UInt64) {
    header.ownSector = own
    header.otherSector = other
    header.entriesSector = entries
    header.checksum = 0
    header.store(in: &sector, at: 0)
    header.checksum = CyclicRedundancyCheck.sum(
      of: sector.span.extracting(first: Int(header.headerBytes)))
    header.store(in: &sector, at: 0)
  }
}

extension BootRecord {
  static var entriesPlace: Int { 446 }

  /// The line of a disk that belongs to a GPT; `isAlone`: there is no other.
  fileprivate var protectiveLine: (index: Int, entry: MBREntry, isAlone: Bool)? {
    var found: (index: Int, entry: MBREntry)?
    var used = 0
    for index in 0..<4 where !entries[index].isEmpty {
      used += 1
      if found == nil, entries[index].type == MBREntry.protective {
        found = (index, entries[index])
      }
    }
    guard let found else { return nil }
    return (found.index, found.entry, used == 1)
  }
}
