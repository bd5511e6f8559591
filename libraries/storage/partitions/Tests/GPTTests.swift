// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import Testing

@testable import Partitions

@Suite("GPT") struct GPTTests {
  @Test(arguments: [512, 4096])
  func whatIsWrittenIsRead(_ sectorBytes: Int) throws {
    let disk = try exampleDisk(sectorBytes: sectorBytes)
    let table = disk.scan()
    #expect(table.scheme == .gpt && table.findings.isEmpty)
    #expect(table.disk == GUID(high: 9, low: 8))
    #expect(table.partitions.map(\.sectors) == [system.sectors, root.sectors])
    #expect(
      table.partitions[1].kind
        == .gpt(type: .redoxFileSystem, unique: GUID(high: 3, low: 4), attributes: 0, name: "root"))
    #expect(disk.bytes[0] == 0xEB && disk.bytes[1] == 0x63)
  }

  @Test func bothCopiesAreTheSame() throws {
    var disk = try exampleDisk()
    let whole = disk.scan()
    disk.write([UInt8](repeating: 0, count: 512), at: 1)
    let table = disk.scan()
    #expect(table.partitions == whole.partitions)
    #expect(table.findings == [.primary(.noHeader)])
  }

  @Test func unreadableSectors() throws {
    var disk = try exampleDisk()
    disk.unreadable = [1]
    #expect(disk.scan().partitions.count == 2)
    disk.unreadable = [5]
    #expect(disk.scan().partitions.count == 2)
    disk.unreadable = [1, 399]
    #expect(disk.scan().partitions.isEmpty)
    disk.unreadable = [0]
    #expect(disk.scan().findings == [.unreadable(SectorRange(first: 0, count: 1))])
  }

  /// A change of the header of which the checksum knows.
  private func changed(_ change: (inout GPTHeader) -> Void) throws -> TestDisk {
    var disk = try exampleDisk()
    var header = try GPTHeader(decoding: disk.bytes.span, at: 512)
    change(&header)
    header.checksum = 0
    var sector = [UInt8](repeating: 0, count: 512)
    try header.encode(into: sector.mutableSpan)
    let bytes = min(max(Int(header.headerBytes), 0), 512)
    header.checksum = CyclicRedundancyCheck.sum(of: sector.span.extracting(first: bytes))
    try header.encode(into: sector.mutableSpan)
    disk.write(sector, at: 1)
    return disk
  }

  @Test func eachFieldIsChecked() throws {
    let cases: [((inout GPTHeader) -> Void, GPTProblem)] = [
      ({ $0.revision = 7 }, .unknownRevision),
      ({ $0.headerBytes = 91 }, .headerSize),
      ({ $0.headerBytes = 513 }, .headerSize),
      ({ $0.ownSector = 2 }, .misplaced),
      ({ $0.firstUsable = 0 }, .usableRange),
      ({ $0.lastUsable = 3 }, .usableRange),
      ({ $0.lastUsable = .max }, .usableRange),
      ({ $0.entryBytes = 64 }, .entrySize),
      ({ $0.entryBytes = 136 }, .entrySize),
      ({ $0.entryCount = .max }, .entriesPlace),
      ({ $0.entryCount = 0 }, .entriesPlace),
      ({ $0.entriesSector = .max }, .entriesPlace),
      ({ $0.entriesSector = 390 }, .entriesPlace),
      ({ $0.entriesChecksum ^= 1 }, .entriesChecksum),
    ]
    for (change, problem) in cases {
      let table = try changed(change).scan()
      #expect(table.findings.first == .primary(problem))
      #expect(table.partitions.count == 2, "the second copy stands in")
    }
    // A larger header is one that a later revision wrote.
    #expect(try changed { $0.headerBytes = 512 }.scan().findings.isEmpty)
  }

  @Test func aDiskThatShrinks() throws {
    var disk = try exampleDisk()
    disk.bytes.removeLast(512 * 150)
    let table = disk.scan()
    #expect(table.partitions.map(\.sectors) == [system.sectors])
    #expect(table.findings == [.outside(slot: 1)])
    disk.bytes.removeLast(disk.bytes.count - 512)
    #expect(disk.scan().partitions.isEmpty)
  }

  @Test func partitionsThatAreNone() throws {
    var disk = try exampleDisk()
    func setEntries(_ ranges: [(UInt64, UInt64)]) throws {
      var bytes = [UInt8](repeating: 0, count: 128 * 128)
      for (index, range) in ranges.enumerated() {
        var entry = GPTEntry()
        entry.type = .efiSystem
        entry.firstSector = range.0
        entry.lastSector = range.1
        var record = [UInt8](repeating: 0, count: 128)
        try entry.encode(into: record.mutableSpan)
        bytes.replaceSubrange(index * 128..<index * 128 + 128, with: record)
      }
      disk = try changed { $0.entriesChecksum = CyclicRedundancyCheck.sum(of: bytes.span) }
      disk.write(bytes, at: 2)
    }
    try setEntries([
      (40, 50), (60, 59), (0, 10), (45, 60), (34, .max), (.max, .max), (100, 366), (50, 50),
      (70, 70),
    ])
    let table = disk.scan()
    disk.check(table)
    #expect(
      table.partitions.map(\.sectors) == [
        SectorRange(first: 40, count: 11), SectorRange(first: 100, count: 267),
        SectorRange(first: 70, count: 1),
      ])
    #expect(
      table.findings == [
        .outside(slot: 1), .outside(slot: 2), .overlapping(slot: 3), .outside(slot: 4),
        .outside(slot: 5), .overlapping(slot: 7),
      ])
  }

  private func failure(
    _ partitions: [NewPartition], sectors: UInt64 = 400, sectorBytes: Int = 512, code: Int = 0
  ) -> NewPartitionTable.Failure? {
    do throws(NewPartitionTable.Failure) {
      _ = try NewPartitionTable(
        sectorBytes: sectorBytes, sectorCount: sectors, disk: .zero, partitions: partitions,
        bootCode: [UInt8](repeating: 0, count: code))
      return nil
    } catch { return error }
  }

  @Test func whatCannotBeWritten() {
    var other = system
    #expect(failure([], sectorBytes: 500) == .sectorBytes)
    #expect(failure([], sectors: 67) == .diskTooSmall)
    #expect(failure([], sectors: 68) == nil)
    #expect(failure([], code: 441) == .bootCode)
    #expect(failure([system, system]) == .place(1))
    other.sectors = SectorRange(first: 33, count: 10)
    #expect(failure([other]) == .place(0))
    other.sectors = SectorRange(first: 34, count: 333)
    #expect(failure([other]) == nil)
    other.sectors = SectorRange(first: 34, count: 334)
    #expect(failure([other]) == .place(0))
    other.sectors = SectorRange(first: 34, count: 0)
    #expect(failure([other]) == .place(0))
    other = system
    other.name = Text([UInt8](repeating: 0x61, count: 37))
    #expect(failure([other]) == .name(0))
    #expect(failure([NewPartition](repeating: system, count: 129)) == .tooManyPartitions)
  }

  /// Whatever bytes there are: no trap, no loop, no partition outside.
  @Test func damage() throws {
    let example = try exampleDisk()
    var random = SeededGenerator(seed: 4)
    for _ in 0..<2000 {
      var disk = example
      for _ in 0..<random.below(6) + 1 {
        let sector = [0, 1, 2, 398, 399][random.below(5)]
        disk.bytes[sector * 512 + random.below(512)] = UInt8(random.below(256))
      }
      disk.check(disk.scan())
    }
  }
}

@Suite("MBR") struct MBRTests {
  @Test func primaryPartitions() {
    var disk = TestDisk(sectors: 1000)
    disk.setEntry(0, of: 0, type: 0x83, first: 1, count: 99, status: 0x80)
    disk.setEntry(2, of: 0, type: 0x0C, first: 100, count: 900)
    let table = disk.scan()
    #expect(table.scheme == .mbr && table.findings.isEmpty)
    #expect(
      table.partitions == [
        Partition(
          slot: 0, sectors: SectorRange(first: 1, count: 99), kind: .mbr(type: 0x83, isActive: true)
        ),
        Partition(
          slot: 2, sectors: SectorRange(first: 100, count: 900),
          kind: .mbr(type: 0x0C, isActive: false)),
      ])
  }

  @Test func noTable() {
    #expect(TestDisk(sectors: 10).scan() == PartitionTable())
    // A file system's first sector has code where the lines would be.
    var disk = TestDisk(sectors: 10)
    disk.setEntry(0, of: 0, type: 0x83, first: 1, count: 9, status: 0x33)
    #expect(disk.scan() == PartitionTable())
    #expect(PartitionScan(sectorBytes: 500, sectorCount: 10).wanted == nil)
    #expect(PartitionScan(sectorBytes: 512, sectorCount: 0).wanted == nil)
  }

  @Test func partitionsOutside() {
    var disk = TestDisk(sectors: 100)
    disk.setEntry(0, of: 0, type: 0x83, first: 1, count: 100)
    disk.setEntry(1, of: 0, type: 0x83, first: .max, count: .max)
    disk.setEntry(2, of: 0, type: 0x83, first: 0, count: 5)
    disk.setEntry(3, of: 0, type: 0x83, first: 99, count: 1)
    let table = disk.scan()
    #expect(table.partitions.map(\.slot) == [3])
    #expect(table.findings == [.outside(slot: 0), .outside(slot: 1), .outside(slot: 2)])
  }

  @Test func logicalPartitions() {
    var disk = TestDisk(sectors: 1000)
    disk.setEntry(0, of: 0, type: 0x05, first: 100, count: 800)
    disk.setEntry(0, of: 100, type: 0x83, first: 1, count: 50)
    disk.setEntry(1, of: 100, type: 0x05, first: 200, count: 100)
    disk.setEntry(0, of: 300, type: 0x82, first: 2, count: 60)
    let table = disk.scan()
    #expect(table.findings.isEmpty)
    #expect(table.partitions.map(\.slot) == [4, 5])
    #expect(
      table.partitions.map(\.sectors) == [
        SectorRange(first: 101, count: 50), SectorRange(first: 302, count: 60),
      ])
  }

  @Test func chainsThatDoNotEnd() {
    var disk = TestDisk(sectors: 1000)
    disk.setEntry(0, of: 0, type: 0x05, first: 100, count: 800)
    // To itself.
    disk.setEntry(1, of: 100, type: 0x05, first: 0, count: 100)
    #expect(disk.scan().findings == [.chain])
    // Out of the extended partition.
    disk.setEntry(1, of: 100, type: 0x05, first: 800, count: 100)
    #expect(disk.scan().findings == [.chain])
    // To where there is nothing.
    disk.setEntry(1, of: 100, type: 0x05, first: 7, count: 100)
    #expect(disk.scan().findings == [.chain])
    // On and on.
    for step in 0..<799 {
      disk.setEntry(1, of: UInt64(100 + step), type: 0x05, first: UInt32(step + 1), count: 1)
    }
    #expect(disk.scan().findings == [.chain])
    // A logical partition that leaves the extended one.
    disk = TestDisk(sectors: 1000)
    disk.setEntry(0, of: 0, type: 0x05, first: 100, count: 100)
    disk.setEntry(0, of: 100, type: 0x83, first: 1, count: 100)
    #expect(disk.scan().findings == [.outside(slot: 4)])
    #expect(disk.scan().partitions.isEmpty)
  }

  @Test func damage() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      var disk = TestDisk(sectors: 64)
      for _ in 0..<random.below(12) + 1 {
        disk.setEntry(
          random.below(4), of: random.below(3) == 0 ? UInt64(random.below(64)) : 0,
          type: [0x83, 0x05, 0x0F, 0x85, 0xEE][random.below(5)],
          first: UInt32(random.below(70)), count: UInt32(random.below(70)))
      }
      disk.check(disk.scan())
    }
  }
}
