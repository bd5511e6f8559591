// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import Testing

@testable import Partitions

extension TestDisk {
  mutating func enlarge(to sectors: Int) {
    bytes += [UInt8](repeating: 0, count: sectors * sectorBytes - bytes.count)
  }

  func growth(of partition: GUID = root.unique) -> PartitionGrowth {
    var growth = PartitionGrowth(
      sectorBytes: sectorBytes, sectorCount: sectorCount, partition: partition)
    var steps = 0
    while let wanted = growth.wanted {
      growth.supply(read(wanted))
      steps += 1
      #expect(steps < 6)
      if steps > 10 { break }
    }
    return growth
  }

  /// Carries out what is planned.
  @discardableResult mutating func grow(_ partition: GUID = root.unique) -> PartitionGrowth.Outcome
  {
    let growth = growth(of: partition)
    for write in growth.writes { self.write(write.bytes, at: write.first) }
    return growth.outcome
  }

  func sectors(of partition: GUID = root.unique) -> SectorRange? {
    scan().partitions.first { $0.unique == partition }?.sectors
  }
}

@Suite("Growth of partitions") struct GrowthTests {
  @Test(arguments: [512, 4096])
  func theLastPartitionGetsWhatIsFree(_ sectorBytes: Int) throws {
    var disk = try exampleDisk(sectorBytes: sectorBytes)
    let before = disk.scan()
    disk.enlarge(to: 9000)
    let outcome = disk.grow()
    let step = UInt64((1 << 20) / sectorBytes)
    let tables = UInt64(16_384 / sectorBytes + 1)
    let last = (9000 - tables) / step * step - 1
    let wanted = SectorRange(first: 164, count: last - 163)
    #expect(outcome == .grows(from: root.sectors, to: wanted))
    let table = disk.scan()
    #expect(table.findings.isEmpty && table.disk == before.disk)
    #expect(table.partitions[0] == before.partitions[0])
    #expect(table.partitions[1].sectors == wanted)
    #expect(table.partitions[1].kind == before.partitions[1].kind)
    #expect(disk.bytes[0] == 0xEB && disk.bytes[1] == 0x63, "the boot loader stays")
    // The other copy says the same.
    var other = disk
    other.unreadable = [1]
    #expect(other.scan().partitions == table.partitions)
    // What a new table for a disk of this size has.
    var grown = root
    grown.sectors = wanted
    let made = try NewPartitionTable(
      sectorBytes: sectorBytes, sectorCount: 9000, disk: GUID(high: 9, low: 8),
      partitions: [system, grown], bootCode: [0xEB, 0x63])
    #expect(Array(disk.bytes[..<made.head.count]) == made.head)
    #expect(Array(disk.bytes[(disk.bytes.count - made.tail.count)...]) == made.tail)
    // Nothing is left to do.
    #expect(disk.growth().outcome == .complete && disk.growth().writes.isEmpty)
  }

  @Test func aLittleMoreMovesTheTableAlone() throws {
    var disk = try exampleDisk()
    disk.enlarge(to: 410)
    #expect(disk.grow() == .complete)
    #expect(disk.sectors() == root.sectors && disk.scan().findings.isEmpty)
    disk.unreadable = [1]
    #expect(disk.sectors() == root.sectors)
  }

  @Test func whatCannotGrowStays() throws {
    var disk = try exampleDisk()
    #expect(disk.growth().writes.isEmpty)
    disk.enlarge(to: 9000)
    // Another lies behind it: the table moves, and it has what it had.
    #expect(disk.grow(system.unique) == .complete)
    #expect(disk.sectors(of: system.unique) == system.sectors && disk.sectors() == root.sectors)
    for absent in [GUID(high: 3, low: 5), .zero] {
      #expect(disk.growth(of: absent).outcome == .absent)
    }
    disk.bytes.removeLast(512 * 8900)
    #expect(disk.growth().writes.isEmpty, "a disk that shrank is left alone")
    var small = TestDisk(sectors: 3)
    #expect(small.grow() == .absent)
    small = try exampleDisk()
    small.unreadable = [0]
    #expect(small.growth().outcome == .absent)
    small.unreadable = [1, 399]
    #expect(small.growth().outcome == .absent)
  }

  @Test func theSecondCopyStandsIn() throws {
    var disk = try exampleDisk()
    disk.enlarge(to: 9000)
    disk.grow()
    let whole = disk
    for damaged in [1, 2, 33] as [UInt64] {
      disk = whole
      disk.bytes[Int(damaged) * 512 + 60] ^= 1
      #expect(!disk.scan().findings.isEmpty)
      #expect(disk.grow() == .complete)
      #expect(disk.bytes == whole.bytes)
    }
  }

  /// The power goes in the middle of each write, and between any two: sectors of the write that was
  /// under way are there or not in any mixture.
  @Test(arguments: [UInt64(1), 2])
  func thePowerMayGo(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var disk = try exampleDisk()
    disk.enlarge(to: 2600)
    var whole = disk
    whole.grow()
    let sizes = [disk.sectors(), whole.sectors()]
    let growth = disk.growth()
    #expect(growth.writes.count == 5)
    for (cut, write) in growth.writes.enumerated() {
      for trial in 0..<12 {
        var broken = disk
        for done in growth.writes[..<cut] { broken.write(done.bytes, at: done.first) }
        for sector in 0..<write.bytes.count / 512 {
          // The first sectors alone, the last alone, or any.
          let isThere =
            trial < 4 ? sector < trial : trial < 8 ? sector >= trial - 3 : random.below(2) == 0
          guard isThere else { continue }
          broken.write(
            Array(write.bytes[sector * 512..<(sector + 1) * 512]), at: write.first + UInt64(sector))
        }
        let table = broken.scan()
        #expect(table.partitions.count == 2, "a table is read")
        #expect(sizes.contains(broken.sectors()))
        // The next start brings it to its end; and if the power goes then, the one after that.
        var again = broken
        let rest = again.growth().writes
        if let first = rest.first {
          again.write(Array(first.bytes[..<512]), at: first.first)
          #expect(sizes.contains(again.sectors()))
        }
        again.grow()
        broken.grow()
        #expect(broken.bytes == whole.bytes && again.bytes == whole.bytes)
      }
    }
  }
}
