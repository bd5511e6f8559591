// SPDX-License-Identifier: MIT
import Disks
import Memory
import Storage
import Testing

@testable import LiveDisk

private func hostMemory(_ count: Int) -> SharedBytes {
  let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
  _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
}

/// What a request on a disk of ten blocks comes to.
private final class Desk {
  let memory = hostMemory(512 * 10 + 100)
  let data = hostMemory(4096)
  private var disk: MemoryDisk
  init() { disk = MemoryDisk(memory) }

  var blockCount: UInt64 { disk.geometry.blockCount }

  func ask(
    _ operation: DiskOperation, _ first: UInt64, _ count: UInt64 = 1, bytes: Int? = nil
  ) throws -> BlockOutcome? {
    let run = DataRun(data.extracting(0..<(bytes ?? Int(count) * 512)), pages: [], offset: 0)
    try disk.submit(
      BlockTransfer(operation, BlockRange(first: first, count: count), data: run), slot: 3)
    let ended = try disk.nextCompletion()
    #expect(ended?.slot == 3)
    return ended?.outcome
  }
}

@Suite("A disk in memory")
struct MemoryDiskTests {
  @Test func blocksGoBothWays() throws {
    let desk = Desk()
    #expect(desk.blockCount == 10)
    for index in 0..<1024 { desk.data.store(UInt8(index & 0xFF), at: index) }
    #expect(try desk.ask(.write, 8, 2) == .done)
    #expect(desk.memory.load(at: 8 * 512 + 77, as: UInt8.self) == 77)
    desk.data.clear(0..<4096)
    #expect(try desk.ask(.read, 9) == .done)
    #expect(desk.data.load(at: 78, as: UInt8.self) == 78)
    #expect(try desk.ask(.discard, 9) == .done)
    #expect(desk.memory.load(at: 9 * 512 + 78, as: UInt8.self) == 0)
    #expect(try desk.ask(.flush, 0, 0) == .done)
  }

  @Test func whatIsNotThereFails() throws {
    let desk = Desk()
    #expect(try desk.ask(.read, 10) == .failed)
    #expect(try desk.ask(.write, 9, 2) == .failed)
    #expect(try desk.ask(.read, .max) == .failed)
    #expect(try desk.ask(.read, 0, 2, bytes: 512) == .failed)
  }
}
