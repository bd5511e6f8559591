// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Partitions
import Schemes
import Storage

extension DiskServer where Device: ~Copyable {
  /// Reads a disk's table of partitions, and waits for it. A disk that cannot be read has none.
  mutating func readPartitions(_ unit: DiskUnit<Device>) {
    let geometry = unit.geometry
    var scan = PartitionScan(
      sectorBytes: Int(geometry.blockBytes), sectorCount: geometry.isSound ? geometry.blockCount : 0
    )
    while let wanted = scan.wanted { scan.supply(sectors(wanted, unit)) }
    unit.partitions.set(
      scan.table.partitions.map {
        BlockRange(first: $0.sectors.first, count: $0.sectors.count)
      })
  }

  private mutating func sectors(_ range: SectorRange, _ unit: DiskUnit<Device>) -> [UInt8]? {
    var bytes: [UInt8] = []
    for number in 0..<range.count {
      do throws(SystemError) { bytes += try block(range.first + number, unit) } catch {
        return nil
      }
    }
    return bytes
  }

  /// Reads a block of a disk and waits for it, while the requests of others go on.
  private mutating func block(
    _ number: UInt64, _ unit: DiskUnit<Device>
  ) throws(SystemError) -> [UInt8] {
    let byteCount = Int(unit.geometry.blockBytes)
    let pages = (byteCount + TransferMemory.pageBytes - 1) / TransferMemory.pageBytes
    while true {
      if let page = unit.memory.take(pages) {
        defer { unit.memory.giveBack(page, pages) }
        return try block(number, byteCount, page, unit)
      }
      settle(unit)
      try waitForDevice(unit)
    }
  }

  private mutating func block(
    _ number: UInt64, _ byteCount: Int, _ page: Int, _ unit: DiskUnit<Device>
  ) throws(SystemError) -> [UInt8] {
    unit.engine.submit(
      BlockRequest(
        BlockTransfer(
          .read, BlockRange(first: number, count: 1),
          data: unit.memory.run(page, byteCount: byteCount)),
        .server))
    while true {
      unit.engine.advance(now: host.now())
      while let finished = unit.engine.takeFinished() {
        guard case .server = finished.request.owner else {
          finish(finished, unit)
          continue
        }
        if let error = finished.error { throw error }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var span = bytes.mutableSpan
        unit.memory.bytes(page, 0..<byteCount).copy(from: 0, to: &span)
        return bytes
      }
      try waitForDevice(unit)
    }
  }

  private mutating func settle(_ unit: DiskUnit<Device>) {
    unit.engine.advance(now: host.now())
    while let finished = unit.engine.takeFinished() { finish(finished, unit) }
  }

  /// Waits a moment, in which the other disks go on.
  private mutating func waitForDevice(_ unit: DiskUnit<Device>) throws(SystemError) {
    if unit.engine.isDead {
      host.abandon()
      throw .inputOutput
    }
    host.pause()
    unit.engine.expire(now: host.now())
    for other in units where other.number != unit.number {
      other.engine.expire(now: host.now())
      settle(other)
    }
  }
}
