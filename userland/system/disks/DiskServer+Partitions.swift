// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Partitions
import Schemes
public import Storage

extension DiskServer where Device: ~Copyable {
  public var geometry: BlockGeometry { engine.device.geometry }

  /// Reads the table of partitions, and waits for it. A disk that cannot be read has none.
  mutating func readPartitions() {
    var scan = PartitionScan(
      sectorBytes: Int(geometry.blockBytes), sectorCount: geometry.isSound ? geometry.blockCount : 0
    )
    while let wanted = scan.wanted { scan.supply(sectors(wanted)) }
    partitions.set(
      scan.table.partitions.map {
        BlockRange(first: $0.sectors.first, count: $0.sectors.count)
      })
  }

  private mutating func sectors(_ range: SectorRange) -> [UInt8]? {
    var bytes: [UInt8] = []
    for number in 0..<range.count {
      do throws(SystemError) { bytes += try block(range.first + number) } catch { return nil }
    }
    return bytes
  }

  /// Reads a block of the disk and waits for it, while the requests of others go on.
  mutating func block(_ number: UInt64) throws(SystemError) -> [UInt8] {
    let byteCount = Int(geometry.blockBytes)
    let pages = (byteCount + TransferMemory.pageBytes - 1) / TransferMemory.pageBytes
    while true {
      if let page = memory.take(pages) {
        defer { memory.giveBack(page, pages) }
        return try block(number, byteCount, page)
      }
      settle()
      try waitForDevice()
    }
  }

  private mutating func block(
    _ number: UInt64, _ byteCount: Int, _ page: Int
  ) throws(SystemError) -> [UInt8] {
    engine.submit(
      BlockRequest(
        BlockTransfer(
          .read, BlockRange(first: number, count: 1), data: memory.run(page, byteCount: byteCount)),
        .server))
    while true {
      engine.advance(now: host.now())
      while let finished = engine.takeFinished() {
        guard case .server = finished.request.owner else {
          finish(finished)
          continue
        }
        if let error = finished.error { throw error }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var span = bytes.mutableSpan
        memory.bytes(page, 0..<byteCount).copy(from: 0, to: &span)
        return bytes
      }
      try waitForDevice()
    }
  }

  private mutating func settle() {
    engine.advance(now: host.now())
    while let finished = engine.takeFinished() { finish(finished) }
  }

  private mutating func waitForDevice() throws(SystemError) {
    if engine.isDead {
      host.abandon()
      throw .inputOutput
    }
    host.pause()
    engine.expire(now: host.now())
  }
}
