// SPDX-License-Identifier: MIT
import Boot
import Core
import Testing

@testable import Firmware

@Suite("Memory map")
struct MemoryMapTests {
  static func range(_ start: UInt64, _ end: UInt64) -> AddressRange {
    AddressRange(start: start, byteCount: end - start) ?? MemoryMap()[0]
  }

  static func list(_ map: MemoryMap) -> [Range<UInt64>] {
    (0..<map.count).map { map[$0].start..<map[$0].end }
  }

  @Test func rangesAreSortedMergedAndPageAligned() {
    var map = MemoryMap()
    map.add(Self.range(0x10_0000, 0x20_0000))
    map.add(Self.range(0, 0x9_FC00))
    map.add(Self.range(0x20_0000, 0x30_0000))
    #expect(Self.list(map) == [0..<0x9_F000, 0x10_0000..<0x30_0000])
    #expect(map.end == 0x30_0000)
  }

  @Test func removingSplitsShortensAndDrops() {
    var map = MemoryMap()
    map.add(Self.range(0x1000, 0x9000))
    map.remove(Self.range(0x3800, 0x4001))
    #expect(Self.list(map) == [0x1000..<0x3000, 0x5000..<0x9000])
    map.remove(Self.range(0x2000, 0x6000))
    #expect(Self.list(map) == [0x1000..<0x2000, 0x6000..<0x9000])
    map.remove(Self.range(0, 0x5000))
    #expect(Self.list(map) == [0x6000..<0x9000])
  }

  @Test func takingIsFromTheLowestRangeThatHasEnough() {
    var map = MemoryMap()
    map.add(Self.range(0x1000, 0x2000))
    map.add(Self.range(0x5000, 0x9000))
    #expect(map.take(pages: 2, below: 0x10000) == 0x5000)
    #expect(map.take(pages: 1, below: 0x10000) == 0x1000)
    #expect(map.take(pages: 1, below: 0x7000) == nil)
    #expect(Self.list(map) == [0x7000..<0x9000])
  }

  @Test func itAgreesWithASetOfPages() {
    var generator = Generator(state: 3)
    for _ in 0..<500 {
      var map = MemoryMap()
      var pages = Set<UInt64>()
      for _ in 0..<Int.random(in: 1...24, using: &generator) {
        let start = UInt64.random(in: 0..<0x20_0000, using: &generator)
        let end = start + UInt64.random(in: 0..<0x4_0000, using: &generator)
        if Bool.random(using: &generator) {
          map.add(Self.range(start, end))
          for page in 0..<0x240 where UInt64(page) << 12 >= start {
            if UInt64(page + 1) << 12 <= end { pages.insert(UInt64(page)) }
          }
        } else {
          map.remove(Self.range(start, end))
          pages = pages.filter { start == end || $0 << 12 >= end || ($0 + 1) << 12 <= start }
        }
      }
      #expect(Set(Self.list(map).flatMap { $0.lowerBound >> 12..<$0.upperBound >> 12 }) == pages)
      #expect(
        zip(Self.list(map), Self.list(map).dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }
      )
    }
  }

  @Test func aFullMapLosesMemoryButNeverInventsAny() {
    var map = MemoryMap()
    map.add(Self.range(0, 0x1000_0000))
    for index in 1..<60 as Range<UInt64> {
      map.remove(Self.range(index << 16, index << 16 + 0x1000))
    }
    #expect(map.count <= MemoryMap.capacity)
    for range in Self.list(map) {
      for index in 1..<60 as Range<UInt64> { #expect(!range.contains(index << 16)) }
    }
  }
}

@Suite("PVH hand-off")
struct HandOffTests {
  static func memory() -> ArrayMemory {
    var memory = ArrayMemory(byteCount: 0x1000)
    memory.put(
      little(StartInformation.magic) + little(UInt32(1)) + little(UInt32(0)) + little(UInt32(1))
        + little(UInt64(0x1100)) + little(UInt64(0x1200)) + little(UInt64(0xF0000))
        + little(UInt64(0x1300)) + little(UInt32(3)), at: 0x1000)
    memory.put(little(UInt64(0x70_0000)) + little(UInt64(0x2345)), at: 0x1100)
    memory.put(Array("quiet root=/".utf8), at: 0x1200)
    let entries: [(UInt64, UInt64, UInt32)] = [
      (0, 0x9_FC00, 1), (0x10_0000, 0x700_0000, 1), (.max - 10, 100, 1),
    ]
    memory.put(
      entries.flatMap { little($0.0) + little($0.1) + little($0.2) + little(UInt32(0)) }, at: 0x1300
    )
    return memory
  }

  @Test func everythingIsRead() throws {
    let memory = Self.memory()
    let handOff = try #require(HandOff(at: 0x1000, in: memory))
    #expect(handOff.initrd == AddressRange(start: 0x70_0000, byteCount: 0x2345))
    #expect(handOff.acpiRoot == 0xF0000)
    #expect(handOff.commandLineByteCount(in: memory, limit: 4095) == 12)
    #expect(handOff.commandLineByteCount(in: memory, limit: 5) == 5)
    var map = MemoryMap()
    handOff.forEachRange(in: memory) { range, type in
      if type == .usable { map.add(range) }
    }
    #expect(map.count == 2)
    #expect(map.end == 0x710_0000)
  }

  @Test func aHandOffWithoutMapOrMagicIsRefused() {
    var memory = Self.memory()
    memory.put([0], at: 0x1004)
    #expect(HandOff(at: 0x1000, in: memory) == nil)
    memory = Self.memory()
    memory.put([0], at: 0x1000)
    #expect(HandOff(at: 0x1000, in: memory) == nil)
    #expect(HandOff(at: 0x1FF0, in: memory) == nil)
    #expect(HandOff(at: .max - 3, in: memory) == nil)
  }
}

@Suite("Multiboot2 hand-off")
struct MultibootTests {
  /// Size and zero, then a command line, a module with a name, a memory map and an end.
  static func information(_ change: (inout [UInt8]) -> Void = { _ in }) -> ArrayMemory {
    var bytes =
      little(UInt32(1)) + little(UInt32(14)) + Array("a b=c\0".utf8) + [0, 0]
      + little(UInt32(3)) + little(UInt32(18)) + little(UInt32(0x70_0000))
      + little(UInt32(0x70_2345)) + Array("x\0".utf8) + [UInt8](repeating: 0, count: 6)
    bytes += little(UInt32(6)) + little(UInt32(64)) + little(UInt32(24)) + little(UInt32(0))
    for (start, count, type) in [(0, 0x9_FC00, 1), (0x10_0000, 0x700_0000, 1)] {
      bytes +=
        little(UInt64(start)) + little(UInt64(count)) + little(UInt32(type)) + little(UInt32(0))
    }
    bytes += little(UInt32(0)) + little(UInt32(8))
    change(&bytes)
    var memory = ArrayMemory(byteCount: 0x1000)
    memory.put(little(UInt32(bytes.count + 8)) + little(UInt32(0)) + bytes, at: 0x1000)
    return memory
  }

  @Test func everythingIsRead() throws {
    let memory = Self.information()
    let handOff = try #require(HandOff(at: 0x1000, in: memory))
    #expect(handOff.initrd == AddressRange(start: 0x70_0000, byteCount: 0x2345))
    #expect(handOff.acpiRoot == 0)
    #expect(handOff.information?.start == 0x1000)
    #expect(handOff.commandLineByteCount(in: memory, limit: 100) == 5)
    var map = MemoryMap()
    handOff.forEachRange(in: memory) { range, _ in map.add(range) }
    #expect(map.count == 2 && map.end == 0x710_0000)
  }

  @Test func whatIsNoneIsRefused() {
    // No memory map; one of another form; a tag that goes on beyond the end, or never ends.
    #expect(HandOff(at: 0x1000, in: Self.information { $0[40] = 9 }) == nil)
    #expect(HandOff(at: 0x1000, in: Self.information { $0[48] = 25 }) == nil)
    #expect(HandOff(at: 0x1000, in: Self.information { $0[4] = 0xFF }) == nil)
    #expect(HandOff(at: 0x1000, in: Self.information { $0[4] = 0 }) == nil)
    #expect(HandOff(at: 0x1004, in: Self.information()) == nil)
    // Numbers of any kind.
    var generator = Generator(state: 5)
    for _ in 0..<2000 {
      let memory = Self.information { bytes in
        for _ in 0..<3 {
          bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
            in: 0...255, using: &generator)
        }
      }
      guard let handOff = HandOff(at: 0x1000, in: memory) else { continue }
      handOff.forEachRange(in: memory) { range, _ in #expect(range.end >= range.start) }
      _ = handOff.commandLineByteCount(in: memory, limit: 4095)
    }
  }
}
