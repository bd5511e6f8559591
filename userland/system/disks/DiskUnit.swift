// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes
import Storage

/// One of the disks that a server serves, with all that waits for it: one that is slow or gone keeps
/// nobody from the others.
public final class DiskUnit<Device: BlockDevice & ~Copyable> {
  /// What it is called in the scheme. The disks of a controller have the numbers of its places, so that
  /// no other disk gets the name of one that a later driver does not find.
  public let number: UInt8
  var engine: BlockEngine<Device>
  /// Pages for the data of requests on files.
  var memory: TransferMemory
  var partitions: PartitionList
  /// Requests on files that wait for pages.
  var waiting: [WaitingTransfer] = []
  /// Opens that wait for what was asked before.
  var openings: [(tag: RequestTag, word: UInt64, before: UInt64)] = []

  public init(
    _ number: Int, _ device: consuming Device, _ memory: consuming TransferMemory,
    _ partitions: consuming PartitionList
  ) {
    self.number = UInt8(truncatingIfNeeded: number)
    engine = BlockEngine(device)
    self.memory = memory
    self.partitions = partitions
  }

  var geometry: BlockGeometry { engine.device.geometry }

  /// The blocks of the whole disk, or of a partition.
  /// - Throws: `isDirectory` for the root, `gone` if there is no such partition any more.
  func blocks(_ file: DiskFile) throws(SystemError) -> BlockRange {
    if file.part == 1 { return BlockRange(first: 0, count: geometry.blockCount) }
    guard let number = file.partition else { throw .isDirectory }
    guard let blocks = partitions[number] else { throw .gone }
    return blocks
  }

  /// Blocks of a file, as blocks of the disk.
  /// - Throws: `invalidArgument` if they do not lie within the file.
  func range(_ file: DiskFile, _ first: UInt64, _ count: UInt64) throws(SystemError) -> BlockRange {
    let blocks = try blocks(file)
    guard count > 0, let end = first.checkedSum(count), end <= blocks.count else {
      throw .invalidArgument
    }
    return BlockRange(first: blocks.first + first, count: count)
  }

  /// What one request on a file moves at most: as much as its client can name, and pages there are.
  var transferLimit: UInt64 {
    min(
      UInt64(geometry.transferLimit), UInt64(memory.pageCount * TransferMemory.pageBytes), 131_072)
  }
}
