// SPDX-License-Identifier: MIT
import Core
import Testing

@testable import Storage

@Suite("Disks")
struct StorageTests {
  @Test func descriptionsGoBothWays() throws {
    var description = DiskDescription()
    description.blockBytes = 4096
    description.hasCache = true
    description.blockCount = 1 << 40
    description.statistics.resets = 7
    var bytes = [UInt8](repeating: 0, count: DiskDescription.byteCount)
    try description.encode(into: bytes.mutableSpan)
    #expect(try DiskDescription(decoding: bytes.span) == description)
    #expect(try DiskDescription.measuredByteCount() == DiskDescription.byteCount)
  }

  @Test func geometriesThatMakeNoSenseAreKnown() {
    #expect(BlockGeometry(blockBytes: 512, blockCount: 1 << 40).isSound)
    #expect(BlockGeometry(blockBytes: 4096, blockCount: 0).isSound)
    for (bytes, count) in [(0, 1), (256, 1), (513, 1), (131_072, 1), (512, UInt64.max)]
      as [(UInt32, UInt64)]
    {
      #expect(!BlockGeometry(blockBytes: bytes, blockCount: count).isSound)
    }
  }

  @Test func rangesOverlapWhereTheyShareBlocks() {
    let range = BlockRange(first: 10, count: 5)
    #expect(range.overlaps(BlockRange(first: 14, count: 1)))
    #expect(!range.overlaps(BlockRange(first: 15, count: 1)))
    #expect(!range.overlaps(BlockRange(first: 12, count: 0)))
  }
}
