// SPDX-License-Identifier: MIT
import Core
import Mutation
import Testing

@testable import Boot

private func check(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(condition, sourceLocation: sourceLocation)
}

private func range(_ start: UInt64, _ end: UInt64) -> AddressRange {
  AddressRange(start: start, byteCount: end - start) ?? AddressRange()
}

private func list(_ map: borrowing BootMemoryMap) -> [(UInt64, UInt64, UInt32)] {
  (0..<map.count).map { (map[$0].address, map[$0].address + map[$0].bytes, map[$0].type) }
}

@Suite("Hand-off formats") struct HandOffFormatTests {
  @Test func sizes() throws {
    #expect(try StartInformation.measuredByteCount() == StartInformation.byteCount)
    #expect(try ModuleEntry.measuredByteCount() == ModuleEntry.byteCount)
    #expect(try MemoryMapEntry.measuredByteCount() == MemoryMapEntry.byteCount)
    #expect(
      try FirmwareMemoryDescriptor.measuredByteCount() == FirmwareMemoryDescriptor.byteCount)
    #expect(try ConfigurationFile.measuredByteCount() == ConfigurationFile.byteCount)
  }

  @Test func aBlockPointsIntoItself() throws {
    var map = BootMemoryMap()
    map.add(range(0x10_0000, 0x20_0000), .usable)
    map.add(range(0x20_0000, 0x20_1000), .tables)
    var bytes = [UInt8](repeating: 0xFF, count: HandOffBlock.byteCount)
    let base: UInt64 = 0x7000_0000
    var span = bytes.mutableSpan
    let isWritten = HandOffBlock.write(
      into: &span, at: base, map: map, archive: range(0x300_0000, 0x300_5000), acpiRoot: 0xE_0000,
      commandLine: Array("a b=c".utf8).span, seedBytes: 0)
    #expect(isWritten)
    let start = try StartInformation(decoding: bytes.span)
    #expect(start.magic == 0x336E_C578 && start.version == 1 && start.acpiRoot == 0xE_0000)
    let module = try ModuleEntry(decoding: bytes.span, at: start.moduleList - base)
    #expect(start.moduleCount == 1 && module.address == 0x300_0000 && module.bytes == 0x5000)
    #expect(start.memoryMapCount == 2)
    let entry = try MemoryMapEntry(decoding: bytes.span, at: start.memoryMap - base + 24)
    #expect(entry.address == 0x20_0000 && entry.bytes == 0x1000 && entry.type == 3)
    let line = bytes[Int(start.commandLine - base)...].prefix { $0 != 0 }
    #expect(String(decoding: line, as: UTF8.self) == "a b=c")
  }

  @Test func aBlockRefusesWhatDoesNotFit() {
    let map = BootMemoryMap()
    var bytes = [UInt8](repeating: 0, count: HandOffBlock.byteCount)
    let long = [UInt8](repeating: 0x61, count: HandOffBlock.commandLineLimit + 1)
    var span = bytes.mutableSpan
    let isLong = HandOffBlock.write(
      into: &span, at: 0, map: map, archive: AddressRange(), acpiRoot: 0, commandLine: long.span,
      seedBytes: 0)
    #expect(!isLong)
    var short = [UInt8](repeating: 0, count: HandOffBlock.byteCount - 1)
    var shortSpan = short.mutableSpan
    let isShort = HandOffBlock.write(
      into: &shortSpan, at: 0, map: map, archive: AddressRange(), acpiRoot: 0,
      commandLine: [UInt8]().span, seedBytes: 0)
    #expect(!isShort)
  }
}

@Suite("Boot seed") struct BootSeedTests {
  @Test(arguments: [32, 48, 64] as [UInt64])
  func aBlockNamesTheSeedAndLeavesItsBytesAlone(_ count: UInt64) throws {
    let base: UInt64 = 0x7000_0000
    let room = HandOffBlock.seedRoom(at: base)
    #expect(room.byteCount == 64 && room.end <= base + UInt64(HandOffBlock.byteCount))
    var bytes = [UInt8](repeating: 0xFF, count: HandOffBlock.byteCount)
    for index in 0..<64 { bytes[Int(room.start - base) + index] = UInt8(index) }
    let line = [UInt8](repeating: 0x61, count: HandOffBlock.commandLineLimit)
    var span = bytes.mutableSpan
    let isWritten = HandOffBlock.write(
      into: &span, at: base, map: BootMemoryMap(), archive: range(0x300_0000, 0x300_5000),
      acpiRoot: 0, commandLine: line.span, seedBytes: count)
    #expect(isWritten)
    let start = try StartInformation(decoding: bytes.span)
    #expect(start.moduleCount == 2)
    let archive = try ModuleEntry(decoding: bytes.span, at: start.moduleList - base)
    #expect(archive.address == 0x300_0000 && archive.commandLine == 0)
    let seed = try ModuleEntry(decoding: bytes.span, at: start.moduleList - base + 32)
    #expect(seed.address == room.start && seed.bytes == count)
    let name = Array(bytes[Int(seed.commandLine - base)...].prefix(10))
    check(BootSeed.isNamed(by: name.span))
    let held = bytes[Int(room.start - base)..<Int(room.end - base)]
    #expect(held.elementsEqual(0..<64))
  }

  @Test(arguments: [1, 31, 65, .max] as [UInt64])
  func wrongLengthsAreRefused(_ count: UInt64) {
    var bytes = [UInt8](repeating: 0, count: HandOffBlock.byteCount)
    var span = bytes.mutableSpan
    let isWritten = HandOffBlock.write(
      into: &span, at: 0, map: BootMemoryMap(), archive: AddressRange(), acpiRoot: 0,
      commandLine: [UInt8]().span, seedBytes: count)
    #expect(!isWritten && !BootSeed.isAllowed(count))
  }

  @Test(arguments: ["boot-seed", "boot-seed\0x", "boot-seeds\0", "oot-seed\0", "", "boot-seeD\0"])
  func otherNamesAreNone(_ name: String) { check(!BootSeed.isNamed(by: Array(name.utf8).span)) }
}

@Suite("Boot memory map") struct BootMemoryMapTests {
  @Test func neighboursOfOneTypeJoin() {
    var map = BootMemoryMap()
    map.add(range(0x3000, 0x4000), .usable)
    map.add(range(0x1000, 0x2000), .usable)
    map.add(range(0x4000, 0x5000), .tables)
    map.add(range(0x2000, 0x3000), .usable)
    map.add(range(0, 0x1000), .reserved)
    let found = list(map)
    #expect(found.map(\.0) == [0, 0x1000, 0x4000])
    #expect(found.map(\.1) == [0x1000, 0x4000, 0x5000])
    #expect(found.map(\.2) == [2, 1, 3])
    check(map.isUsable(range(0x1800, 0x4000)))
    check(!map.isUsable(range(0x1800, 0x4001)))
    check(!map.isUsable(range(0, 0x1000)))
  }

  @Test func descriptorsOfAnyStride() throws {
    var bytes: [UInt8] = []
    // Type, address, pages: loader data, conventional, runtime code, ACPI tables, beyond all bounds.
    for (type, address, pages) in [
      (2, 0x1000, 1), (7, 0x2000, 2), (5, 0x4000, 1), (9, 0x5000, 1), (7, 0x6000, UInt64.max),
      (7, 0x8000, 0),
    ] as [(UInt32, UInt64, UInt64)] {
      var descriptor = FirmwareMemoryDescriptor()
      descriptor.type = type
      descriptor.address = address
      descriptor.pageCount = pages
      var record = [UInt8](repeating: 0xEE, count: 48)
      try descriptor.encode(into: record.mutableSpan)
      bytes += record
    }
    var map = BootMemoryMap()
    map.add(descriptors: bytes.span, stride: 48)
    #expect(list(map).map(\.0) == [0x1000, 0x4000, 0x5000])
    #expect(list(map).map(\.1) == [0x4000, 0x5000, 0x6000])
    #expect(list(map).map(\.2) == [1, 2, 3])
    var none = BootMemoryMap()
    none.add(descriptors: bytes.span, stride: 39)
    check(none.count == 0)
  }

  @Test func aFullMapLosesMemoryAndInventsNone() {
    var map = BootMemoryMap()
    for index in 0..<200 as Range<UInt64> {
      map.add(range(index * 0x2000, index * 0x2000 + 0x1000), .usable)
    }
    check(map.count == BootMemoryMap.capacity && map.omitted == 72)
  }

  @Test func anyOrderGivesTheSame() {
    var random = SeededGenerator(seed: 6)
    let ranges = (0..<60 as Range<UInt64>).map { index in
      (range(index * 0x1000, index * 0x1000 + 0x1000), index % 7 == 0 ? MemoryType.tables : .usable)
    }
    var expected = BootMemoryMap()
    for (range, type) in ranges { expected.add(range, type) }
    for _ in 0..<100 {
      var map = BootMemoryMap()
      for (range, type) in ranges.shuffled(using: &random) { map.add(range, type) }
      #expect(list(map).map(\.0) == list(expected).map(\.0))
      #expect(list(map).map(\.1) == list(expected).map(\.1))
    }
  }
}

@Suite("Loader's files") struct LoaderFileTests {
  @Test func configurationFiles() throws {
    var bytes = [UInt8](repeating: 0, count: 64)
    bytes[3] = 9
    bytes[5] = 0x22
    for (index, byte) in "opt/apus/x".utf8.enumerated() { bytes[8 + index] = byte }
    let file = try ConfigurationFile(decoding: bytes.span)
    #expect(file.bytes == 9 && file.item == 0x22)
    #expect(file.isNamed("opt/apus/x"))
    #expect(!file.isNamed("opt/apus/") && !file.isNamed("opt/apus/xy"))
  }

  @Test(arguments: [
    ("", ""), ("a", "a"), (" a\n", "a"), ("a\t\tb\r\nc", "a b c"), ("\u{1}x\u{7F}y", "x y"),
  ])
  func commandLines(_ file: String, _ expected: String) {
    var text = CommandLineText()
    text.add(Array(file.utf8).span)
    let bytes = text.bytes
    let found = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    #expect(found == expected)
  }

  @Test func commandLinesAreJoinedAndBounded() {
    var text = CommandLineText()
    text.add(Array("a".utf8).span)
    text.add(Array(" b ".utf8).span)
    check(text.bytes.equals("a b"))
    text.add([UInt8](repeating: 0x61, count: 3000).span)
    check(text.isTruncated && text.count == HandOffBlock.commandLineLimit)
  }
}
