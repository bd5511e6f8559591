// SPDX-License-Identifier: MIT
import Testing

@testable import Memory

/// Pages of the host, with a count of what is mapped.
struct HostPages: PageSource {
  private(set) var mappedBytes = 0
  var limit = Int.max

  mutating func map(_ byteCount: Int) -> UInt? {
    guard byteCount <= limit - mappedBytes else { return nil }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 65_536)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    mappedBytes += byteCount
    return UInt(bitPattern: memory)
  }

  /// Part of a mapping may come back, which the host's allocator does not know; so nothing is
  /// freed.
  mutating func unmap(_ address: UInt, _ byteCount: Int) { mappedBytes -= byteCount }

  mutating func resize(_ address: UInt, from byteCount: Int, to newByteCount: Int) -> UInt? { nil }
}

private func fill(_ block: UInt, _ count: Int, _ byte: UInt8) {
  unsafe UnsafeMutableRawPointer(bitPattern: block)!
    .initializeMemory(as: UInt8.self, repeating: byte, count: count)
}

private func holds(_ block: UInt, _ count: Int, _ byte: UInt8) -> Bool {
  let pointer = unsafe UnsafePointer<UInt8>(bitPattern: block)!
  for index in 0..<count where unsafe pointer[index] != byte { return false }
  return true
}

private struct NoMemory: Error {}

private func made(_ heap: inout Heap<HostPages>, _ size: Int, _ alignment: Int) throws -> UInt {
  guard let block = heap.allocate(size, alignment: alignment) else { throw NoMemory() }
  return block
}

private func taken(_ ranges: inout AddressRanges, _ byteCount: UInt) throws -> UInt {
  guard let start = ranges.take(byteCount) else { throw NoMemory() }
  return start
}

@Suite("Heap")
struct HeapTests {
  @Test func sizeClassesHoldWhatTheyAreAskedToHold() {
    var previous = 0
    for index in 0..<SizeClasses.count {
      let size = SizeClasses.byteCount(index)
      #expect(size > previous && size % 16 == 0)
      #expect(SizeClasses.index(holding: size) == index)
      #expect(SizeClasses.index(holding: previous + 1) == index)
      previous = size
    }
    #expect(previous == SizeClasses.largest)
    #expect(SizeClasses.index(holding: 100, alignedTo: 4096).map(SizeClasses.byteCount) == 4096)
    #expect(SizeClasses.index(holding: 5000, alignedTo: 4096).map(SizeClasses.byteCount) == 8192)
    #expect(SizeClasses.index(holding: 40_000, alignedTo: 16) == nil)
  }

  @Test(arguments: [16, 32, 64, 256, 4096, 16_384, 65_536, 1 << 20])
  func blocksAreAligned(_ alignment: Int) throws {
    var heap = Heap(HostPages(), secret: 0x5EC2E7)
    for size in [1, 17, 100, 5000, 30_000, 200_000] {
      let block = try made(&heap, size, alignment)
      #expect(block % UInt(alignment) == 0)
      fill(block, size, 0xA5)
      let usable = heap.usableBytes(block) ?? 0
      #expect(usable >= size)
      let freed = heap.deallocate(block)
      #expect(freed)
    }
  }

  @Test func randomUseNeverMixesBlocks() throws {
    var generator = SystemRandomNumberGenerator()
    var heap = Heap(HostPages(), secret: 77)
    var blocks: [(block: UInt, size: Int, byte: UInt8)] = []
    for _ in 0..<20_000 {
      if blocks.count > 300 || (!blocks.isEmpty && Bool.random(using: &generator)) {
        let entry = blocks.remove(at: Int.random(in: 0..<blocks.count, using: &generator))
        #expect(holds(entry.block, entry.size, entry.byte))
        let freed = heap.deallocate(entry.block)
        #expect(freed)
      } else {
        let size =
          Int.random(in: 0...15, using: &generator) == 0 ? 50_000 : Int.random(in: 0...3000)
        let block = try made(&heap, size, 16)
        let byte = UInt8.random(in: 0...255)
        fill(block, size, byte)
        blocks.append((block, size, byte))
      }
    }
    for entry in blocks {
      #expect(holds(entry.block, entry.size, entry.byte))
      let freed = heap.deallocate(entry.block)
      #expect(freed)
    }
    #expect(heap.usedBytes == 0)
  }

  @Test(arguments: [24, 1000, 100_000])
  func freeingTwiceIsSeen(_ size: Int) throws {
    var heap = Heap(HostPages(), secret: 1)
    let other = try made(&heap, size, 16)
    let block = try made(&heap, size, 16)
    let first = heap.deallocate(block)
    let second = heap.deallocate(block)
    #expect(first && !second)
    let inside = heap.deallocate(other + 8)
    #expect(!inside)
  }

  @Test func memoryGoesBackToTheSource() throws {
    var heap = Heap(HostPages(), secret: 9)
    var blocks: [UInt] = []
    for _ in 0..<4000 { blocks.append(try made(&heap, 4000, 16)) }
    let most = heap.source.mappedBytes
    for block in blocks { _ = heap.deallocate(block) }
    #expect(heap.source.mappedBytes < most / 4)
    let large = try made(&heap, 1 << 20, 16)
    let before = heap.source.mappedBytes
    _ = heap.deallocate(large)
    #expect(heap.source.mappedBytes <= before - 1 << 20)
  }

  @Test func lackOfMemoryIsAnAnswer() {
    var pages = HostPages()
    pages.limit = 300_000
    var heap = Heap(pages, secret: 3)
    let large = heap.allocate(1 << 20, alignment: 16)
    let huge = heap.allocate(Int.max, alignment: 16)
    let aligned = heap.allocate(Int.max, alignment: Int.max / 2 + 1)
    #expect(large == nil && huge == nil && aligned == nil)
    var count = 0
    while heap.allocate(20_000, alignment: 16) != nil { count += 1 }
    #expect(count >= 8 && count <= 15)
  }
}

@Suite("AddressRanges")
struct AddressRangesTests {
  @Test func rangesAreUsedAgainAndMerge() throws {
    var ranges = AddressRanges(start: 0x10_0000, limit: 0x100_0000)
    let a = try taken(&ranges, 1)
    let b = try taken(&ranges, 65_536)
    let c = try taken(&ranges, 65_537)
    #expect(a == 0x10_0000 && b == 0x11_0000 && c == 0x12_0000)
    ranges.put(a, 1)
    ranges.put(b, 65_536)
    #expect(ranges.freedCount == 1)
    let again = ranges.take(0x20000)
    #expect(again == 0x10_0000)
    ranges.put(c, 65_537)
    #expect(ranges.freedCount == 0)
    let tooMuch = ranges.take(0x1000_0000)
    let nothing = ranges.take(0)
    #expect(tooMuch == nil && nothing == nil)
  }

  @Test func aFullTableForgetsTheSmallest() throws {
    var ranges = AddressRanges(start: 0x10_0000, limit: 0x1_0000_0000)
    var all: [UInt] = []
    for _ in 0..<200 { all.append(try taken(&ranges, 65_536)) }
    for index in stride(from: 0, to: 180, by: 2) { ranges.put(all[index], 65_536) }
    #expect(ranges.freedCount == 64)
    ranges.put(all[190], 131_072)
    #expect(ranges.freedCount == 64)
    let pair = ranges.take(131_072)
    #expect(pair == all[190])
  }
}
