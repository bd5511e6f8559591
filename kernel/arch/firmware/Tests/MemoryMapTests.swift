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

  /// A hand-off with a second module, named as a boot seed, and 4 KiB of tables at 0x8_0000.
  static func memory(
    seedAt start: UInt64, _ byteCount: UInt64, named name: String = "boot-seed\0",
    moduleCount: UInt32 = 2, _ change: (inout ArrayMemory) -> Void = { _ in }
  ) -> ArrayMemory {
    var memory = Self.memory()
    memory.put(little(moduleCount), at: 0x100C)
    memory.put(
      little(start) + little(byteCount) + little(UInt64(0x1400)) + little(UInt64(0)), at: 0x1120)
    memory.put(Array(name.utf8), at: 0x1400)
    memory.put(
      little(UInt64(0x8_0000)) + little(UInt64(0x1000)) + little(UInt32(3)) + little(UInt32(0)),
      at: 0x1300)
    change(&memory)
    return memory
  }

  @Test(
    arguments: [
      // Start, bytes, whether it is taken.
      (0x8_0000, 32, true), (0x8_0FC0, 64, true), (0x8_0010, 33, true),
      // Wrong lengths.
      (0x8_0000, 0, false), (0x8_0000, 31, false), (0x8_0000, 65, false), (0x8_0000, .max, false),
      (.max - 40, 64, false),
      // In memory that is for all, beyond the tables, in nothing at all, over the archives.
      (0x20_0000, 32, false), (0x8_0FE1, 32, false), (0x7_FFFF, 32, false),
      (0xF000_0000, 32, false), (0x70_0000, 32, false),
    ] as [(UInt64, UInt64, Bool)])
  func aSeedHasItsLengthAndItsPlace(_ start: UInt64, _ byteCount: UInt64, _ isTaken: Bool) throws {
    let memory = Self.memory(seedAt: start, byteCount)
    let handOff = try #require(HandOff(at: 0x1000, in: memory))
    #expect(handOff.seed == (isTaken ? AddressRange(start: start, byteCount: byteCount) : nil))
    #expect(handOff.hasRefusedSeed == !isTaken)
    #expect(handOff.initrd == AddressRange(start: 0x70_0000, byteCount: 0x2345))
  }

  @Test func aSeedIsFoundByItsName() throws {
    // As the first module, too: the archives are the other one.
    var memory = Self.memory(seedAt: 0x70_0000, 0x2345) {
      $0.put(
        little(UInt64(0x8_0000)) + little(UInt64(48)) + little(UInt64(0x1400)), at: 0x1100)
      $0.put(little(UInt64(0)), at: 0x1130)
    }
    var handOff = try #require(HandOff(at: 0x1000, in: memory))
    #expect(handOff.seed?.byteCount == 48 && handOff.initrd?.start == 0x70_0000)
    for name in ["boot-seeds\0", "boot-see\0\0", "x"] {
      memory = Self.memory(seedAt: 0x8_0000, 32, named: name)
      handOff = try #require(HandOff(at: 0x1000, in: memory))
      #expect(handOff.seed == nil && !handOff.hasRefusedSeed)
    }
    // Names and lists that lie nowhere, and more modules than there are.
    memory = Self.memory(seedAt: 0x8_0000, 32) { $0.put(little(UInt64.max - 3), at: 0x1130) }
    #expect(try #require(HandOff(at: 0x1000, in: memory)).seed == nil)
    memory = Self.memory(seedAt: 0x8_0000, 32) { $0.put(little(UInt64.max - 40), at: 0x1010) }
    #expect(try #require(HandOff(at: 0x1000, in: memory)).initrd == nil)
    memory = Self.memory(seedAt: 0x8_0000, 32, moduleCount: .max)
    #expect(try #require(HandOff(at: 0x1000, in: memory)).seed?.byteCount == 32)
  }

  @Test func aSeedOverWhatIsInUseIsLeft() throws {
    // The map says of the same memory that it is tables and that it is usable.
    let memory = Self.memory(seedAt: 0x8_0000, 32) {
      $0.put(
        little(UInt64(0x7_0000)) + little(UInt64(0x1_0010)) + little(UInt32(1)), at: 0x1318)
    }
    let handOff = try #require(HandOff(at: 0x1000, in: memory))
    #expect(handOff.seed == nil && handOff.hasRefusedSeed)
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
