// SPDX-License-Identifier: MIT
import Base
import Partitions
import Testing

@testable import DiskGrowth

/// A disk whose requests fail from a certain one on, and which knows what is on the medium.
private final class ScriptedDisk: TableDisk {
  let sectorBytes = 512
  private var medium: [UInt8]
  private var cached: [(bytes: [UInt8], sector: UInt64)] = []
  private var requestsLeft: Int
  private(set) var flushes = 0

  init(_ bytes: [UInt8], requests: Int = .max) {
    medium = bytes
    requestsLeft = requests
  }

  var sectorCount: UInt64 { UInt64(medium.count / 512) }
  var bytes: [UInt8] { medium }

  private func take() -> Bool {
    requestsLeft -= 1
    return requestsLeft >= 0
  }

  func read(_ sectors: SectorRange) -> [UInt8]? {
    guard take() else { return nil }
    return Array(medium[Int(sectors.first) * 512..<Int(sectors.first + sectors.count) * 512])
  }

  func write(_ bytes: [UInt8], at sector: UInt64) -> Bool {
    guard take() else { return false }
    #expect(cached.isEmpty, "one write at a time")
    cached.append((bytes, sector))
    return true
  }

  func flush() -> Bool {
    guard take() else { return false }
    for write in cached {
      let start = Int(write.sector) * 512
      medium.replaceSubrange(start..<start + write.bytes.count, with: write.bytes)
    }
    cached = []
    flushes += 1
    return true
  }
}

@Suite("Growing a disk's partition") struct DiskGrowthTests {
  private static let number = GUID(high: 5, low: 6)

  private static func disk(_ sectors: Int) throws -> [UInt8] {
    let partition = NewPartition(
      type: .redoxFileSystem, unique: number, name: "root",
      sectors: SectorRange(first: 2048, count: 2048))
    let table = try NewPartitionTable(
      sectorBytes: 512, sectorCount: 6144, disk: GUID(high: 1, low: 1), partitions: [partition])
    let middle = [UInt8](repeating: 0, count: Int(table.tailSector) * 512 - table.head.count)
    let bytes = table.head + middle + table.tail
    return bytes + [UInt8](repeating: 0, count: sectors * 512 - bytes.count)
  }

  @Test func itGrowsOnce() throws {
    let disk = ScriptedDisk(try Self.disk(20_480))
    let outcome = DiskGrowth.carryOut(on: disk, Self.number)
    #expect(outcome == .grown(from: 1 << 20, to: 8 << 20))
    #expect(disk.flushes == 5)
    #expect(DiskGrowth.carryOut(on: disk, Self.number) == .complete)
    #expect(DiskGrowth.carryOut(on: disk, GUID(high: 5, low: 7)) == .absent)
    #expect(disk.flushes == 5)
  }

  /// Whatever fails, the next start comes to the same end.
  @Test func anyRequestMayFail() throws {
    let whole = ScriptedDisk(try Self.disk(20_480))
    _ = DiskGrowth.carryOut(on: whole, Self.number)
    for count in 0..<13 {
      let disk = ScriptedDisk(try Self.disk(20_480), requests: count)
      let outcome = DiskGrowth.carryOut(on: disk, Self.number)
      // Boot record, header, entries: then the writes.
      #expect(outcome == (count < 3 ? .absent : .failed))
      let next = ScriptedDisk(disk.bytes)
      _ = DiskGrowth.carryOut(on: next, Self.number)
      #expect(next.bytes == whole.bytes)
    }
  }
}
