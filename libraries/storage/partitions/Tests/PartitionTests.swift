// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import Testing

@testable import Partitions

extension SeededGenerator {
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// A disk in memory whose sectors can be damaged.
struct TestDisk {
  var sectorBytes: Int
  var bytes: [UInt8]
  var unreadable: Set<UInt64> = []

  init(sectors: Int, sectorBytes: Int = 512) {
    self.sectorBytes = sectorBytes
    bytes = [UInt8](repeating: 0, count: sectors * sectorBytes)
  }

  var sectorCount: UInt64 { UInt64(bytes.count / sectorBytes) }

  mutating func write(_ data: [UInt8], at sector: UInt64) {
    let start = Int(sector) * sectorBytes
    bytes.replaceSubrange(start..<start + data.count, with: data)
  }

  func read(_ range: SectorRange) -> [UInt8]? {
    #expect(range.count > 0 && range.fits(sectorCount), "asks only for what is there")
    for sector in range.first..<range.first + range.count where unreadable.contains(sector) {
      return nil
    }
    let start = Int(range.first) * sectorBytes
    return Array(bytes[start..<start + Int(range.count) * sectorBytes])
  }

  func scan() -> PartitionTable {
    var scan = PartitionScan(sectorBytes: sectorBytes, sectorCount: sectorCount)
    var steps = 0
    while let wanted = scan.wanted {
      scan.supply(read(wanted))
      steps += 1
      #expect(steps < 100)
      if steps > 200 { break }
    }
    return scan.table
  }

  /// The promises of every result.
  func check(_ table: PartitionTable) {
    for (index, partition) in table.partitions.enumerated() {
      #expect(partition.sectors.first > 0 && partition.sectors.count > 0)
      #expect(partition.sectors.fits(sectorCount))
      for other in table.partitions[..<index] {
        #expect(!other.sectors.overlaps(partition.sectors))
      }
    }
    #expect(table.partitions.count <= PartitionLimits.partitions)
    for finding in table.findings { #expect(!finding.explanation.isEmpty) }
  }

  mutating func setEntry(
    _ index: Int, of sector: UInt64, type: UInt8, first: UInt32, count: UInt32, status: UInt8 = 0
  ) {
    let place = Int(sector) * sectorBytes + 446 + 16 * index
    bytes[place] = status
    bytes[place + 4] = type
    for byte in 0..<4 {
      bytes[place + 8 + byte] = UInt8(truncatingIfNeeded: first >> UInt32(8 * byte))
      bytes[place + 12 + byte] = UInt8(truncatingIfNeeded: count >> UInt32(8 * byte))
    }
    bytes[Int(sector) * sectorBytes + 510] = 0x55
    bytes[Int(sector) * sectorBytes + 511] = 0xAA
  }
}

let system = NewPartition(
  type: .efiSystem, unique: GUID(high: 1, low: 2), name: "EFI system",
  sectors: SectorRange(first: 64, count: 100))
let root = NewPartition(
  type: .redoxFileSystem, unique: GUID(high: 3, low: 4), name: "root",
  sectors: SectorRange(first: 164, count: 200))

func exampleDisk(sectorBytes: Int = 512) throws -> TestDisk {
  var disk = TestDisk(sectors: 400, sectorBytes: sectorBytes)
  let table = try NewPartitionTable(
    sectorBytes: sectorBytes, sectorCount: 400, disk: GUID(high: 9, low: 8),
    partitions: [system, root], bootCode: [0xEB, 0x63])
  disk.write(table.head, at: 0)
  disk.write(table.tail, at: table.tailSector)
  return disk
}

@Suite("GUID") struct GUIDTests {
  @Test func textAndBytes() throws {
    let text = Text("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
    let guid = try #require(GUID(text))
    #expect(guid == .efiSystem)
    #expect(guid.text == text)
    #expect(GUID(Text("C12A7328-F81F-11D2-BA4B-00A0C93EC93B")) == guid)
    var bytes = [UInt8](repeating: 0, count: 16)
    try guid.encode(into: bytes.mutableSpan)
    // UEFI 2.10, appendix A: the first three groups are little-endian.
    #expect(
      bytes == [
        0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9,
        0x3B,
      ])
    #expect(try GUID(decoding: bytes.span) == guid)
    #expect(guid.bytes[0] == 0xC1 && guid.bytes[15] == 0x3B)
  }

  @Test(arguments: [
    "", "c12a7328", "c12a7328-f81f-11d2-ba4b-00a0c93ec93", "c12a7328-f81f-11d2-ba4b-00a0c93ec93bb",
    "g12a7328-f81f-11d2-ba4b-00a0c93ec93b", "c12a73280f81f-11d2-ba4b-00a0c93ec93b",
  ])
  func otherTextsAreNone(_ text: String) { #expect(GUID(Text(Array(text.utf8))) == nil) }

  @Test func derivedOnesAreMarked() {
    let guid = GUID.derived(high: .max, low: .max)
    #expect(guid.high == 0xFFFF_FFFF_FFFF_8FFF)
    #expect(guid.low == 0xBFFF_FFFF_FFFF_FFFF)
  }
}

@Suite("CRC") struct CyclicRedundancyCheckTests {
  /// The check value that every description of the algorithm gives.
  @Test func checkValue() {
    #expect(CyclicRedundancyCheck.sum(of: Array("123456789".utf8).span) == 0xCBF4_3926)
    #expect(CyclicRedundancyCheck.sum(of: [UInt8]().span) == 0)
  }
}

@Suite("Records") struct PartitionRecordTests {
  @Test func sizes() throws {
    #expect(try GPTHeader.measuredByteCount() == GPTHeader.byteCount)
    #expect(try GPTEntry.measuredByteCount() == GPTEntry.byteCount)
    #expect(try GUID.measuredByteCount() == GUID.byteCount)
    #expect(try MBREntry.measuredByteCount() == MBREntry.byteCount)
    #expect(try BootRecord.measuredByteCount() == BootRecord.byteCount)
  }

  @Test func names() {
    var stored = InlineArray<72, UInt8>(repeating: 0)
    // "é", a pair for U+1F600, half a pair, "x"
    let units: [UInt16] = [0xE9, 0xD83D, 0xDE00, 0xD83D, 0x78]
    for (index, unit) in units.enumerated() {
      stored[2 * index] = UInt8(unit & 0xFF)
      stored[2 * index + 1] = UInt8(unit >> 8)
    }
    #expect(PartitionName.text(stored) == Text(Array("é😀\u{FFFD}x".utf8)))
    #expect(PartitionName.stored(Text([UInt8](repeating: 0x61, count: 37))) == nil)
    #expect(PartitionName.stored(Text(Array("é".utf8))) == nil)
  }
}
