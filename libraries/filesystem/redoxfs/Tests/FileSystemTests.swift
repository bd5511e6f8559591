// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFSExample
import Testing

@testable import RedoxFS

@Suite("Mounted RedoxFS volumes") struct FileSystemTests {
  @Test func aNewVolumeIsEmptyAndRight() throws {
    let (store, mounted) = try makeVolume()
    #expect(try findings(store) == [])
    #expect(try Contents(store).files.isEmpty)
    #expect(mounted.generation == 1 && !mounted.isDirty)
    let root = try mounted.record(of: Mounted.rootIdentifier)
    #expect(root.mode == 0x41ED && root.links == 1 && root.byteCount == 0 && root.blockCount == 1)
    #expect(throws: FileSystemError.noSpace) { try makeVolume(blocks: 511) }
  }

  @Test func whatIsWrittenIsThereAfterTheNextMount() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "file", in: 1, now: moment(5))
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    try mounted.write(Array("hello".utf8).span, to: file, at: 0, now: moment(6))
    #expect(try mounted.record(of: file).isInline)
    try mounted.write(bytes.span, to: file, at: 3, now: moment(7))
    #expect(try mounted.read(file, from: 0, count: 4) == Array("hel".utf8) + [0])
    try mounted.commit()
    #expect(try findings(store) == [])
    let again = try Mounted(mounting: store)
    #expect(try again.find("file", in: 1) == file)
    #expect(try again.read(file, from: 0, count: 400_000) == Array("hel".utf8) + bytes)
    let record = try again.record(of: file)
    #expect(record.byteCount == 300_003 && record.modified == moment(7) && record.user == 1)
  }

  @Test func nothingIsWrittenBeforeACommit() throws {
    let (store, mounted) = try makeVolume()
    let before = store.bytes
    _ = try mounted.make(newDirectory, "d", in: 1, now: moment(5))
    #expect(store.bytes == before && mounted.isDirty)
    try mounted.commit()
    #expect(store.bytes != before && !mounted.isDirty)
    let after = store.bytes
    try mounted.commit()
    #expect(store.bytes == after)
  }

  @Test func filesShrinkAndGrowWithZeros() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    let ones = [UInt8](repeating: 1, count: 400_000)
    for length in [10, 3967, 3968, 5000, 131_072, 131_073, 400_000] {
      for shorter in [0, 5, length / 2, length - 1] {
        try mounted.truncate(file, to: 0, now: moment(1))
        try mounted.write(ones.span.extracting(first: length), to: file, at: 0, now: moment(2))
        try mounted.truncate(file, to: UInt64(shorter), now: moment(3))
        if shorter % 2 == 0 { try mounted.commit() }
        try mounted.truncate(file, to: UInt64(length + 100), now: moment(4))
        let read = try mounted.read(file, from: 0, count: 1 << 20)
        #expect(read.count == length + 100)
        #expect(read[..<shorter].allSatisfy { $0 == 1 } && read[shorter...].allSatisfy { $0 == 0 })
      }
    }
    try mounted.commit()
    #expect(try findings(store) == [])
  }

  @Test func sparseFilesReachFar() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    let places: [UInt64] = [0, 1 << 24, 1 << 31, 1 << 42, 3 << 50]
    for place in places { try mounted.write([7].span, to: file, at: place, now: moment(2)) }
    try mounted.commit()
    #expect(try findings(store) == [])
    for place in places {
      #expect(try mounted.read(file, from: place &- min(place, 1), count: 2).contains(7))
    }
    #expect(throws: FileSystemError.tooLarge) {
      try mounted.write([7].span, to: file, at: UInt64.max - 5, now: moment(2))
    }
    try mounted.truncate(file, to: 1 << 25, now: moment(3))
    try mounted.commit()
    #expect(try findings(store) == [])
    try mounted.unlink("f", from: 1, now: moment(4))
    try mounted.commit()
    #expect(try findings(store) == [])
  }

  @Test func zerosThatRepeatArePacked() throws {
    let (store, mounted) = try makeVolume()
    let before = mounted.freeBlocks
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    let bytes = [UInt8](repeating: 5, count: 2 << 20)
    try mounted.write(bytes.span, to: file, at: 0, now: moment(2))
    try mounted.commit()
    #expect(before - mounted.freeBlocks < 40)
    #expect(try mounted.record(of: file).blockCount == 17)
    #expect(try Contents(store).files["/f"]?.bytes == bytes)
  }

  @Test func directoriesOfManyNamesAreSearchedAndEmptied() throws {
    let (store, mounted) = try makeVolume(blocks: 8192)
    let directory = try mounted.make(newDirectory, "d", in: 1, now: moment(1))
    let target = try mounted.make(newFile, "target", in: 1, now: moment(1))
    let names = (0..<2600).map { Text("name-\($0)-" + String(repeating: "x", count: 230)) }
    for name in names { try mounted.link(target, as: name, in: directory, now: moment(2)) }
    try mounted.commit()
    #expect(try findings(store) == [])
    #expect(try mounted.record(of: target).links == 2601)
    for name in names { #expect(try mounted.find(name, in: directory) == target) }
    #expect(try mounted.find("name-1", in: directory) == nil)
    var cookie: UInt64 = 0
    var listed: Set<String> = []
    while let last = try mounted.entries(of: directory, after: cookie, limit: 100).last {
      for (entry, _) in try mounted.entries(of: directory, after: cookie, limit: 100) {
        #expect(listed.insert(entry.name.string).inserted)
      }
      cookie = last.cookie
      // What comes and goes meanwhile disturbs nobody.
      try mounted.unlink(names[listed.count % 2600], from: directory, now: moment(3))
      try mounted.link(target, as: names[listed.count % 2600], in: directory, now: moment(3))
    }
    #expect(listed.count == 2600)
    for name in names { try mounted.unlink(name, from: directory, now: moment(4)) }
    #expect(try mounted.record(of: directory).byteCount == 0)
    try mounted.removeDirectory("d", from: 1, now: moment(5))
    try mounted.commit()
    #expect(try findings(store) == [])
  }

  @Test func manyNodesComeAndGo() throws {
    let (store, mounted) = try makeVolume(blocks: 8192)
    let free = mounted.freeBlocks
    for round in 0..<2 {
      for number in 0..<600 {
        _ = try mounted.make(newFile, Text("\(number)"), in: 1, now: moment(round))
      }
      try mounted.commit()
      #expect(try findings(store) == [])
      for number in 0..<600 {
        try mounted.unlink(Text("\(number)"), from: 1, now: moment(round))
      }
      try mounted.commit()
      try mounted.commit()
      #expect(try findings(store) == [])
    }
    #expect(free - mounted.freeBlocks < 16)
  }

  @Test func wrongNamesAndPlacesAreRefused() throws {
    let (_, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    let directory = try mounted.make(newDirectory, "d", in: 1, now: moment(1))
    let inner = try mounted.make(newDirectory, "i", in: directory, now: moment(1))
    for name in ["", ".", "..", "a/b", "a:b", "a\0b", Text(String(repeating: "x", count: 253))]
      + [Text([0xFF]), Text([0xC0, 0x80]), Text([0xED, 0xA0, 0x80]), Text([0xE2, 0x82])] as [Text]
    {
      #expect(throws: FileSystemError.invalidName) {
        try mounted.make(newFile, name, in: 1, now: moment(2))
      }
    }
    #expect(throws: FileSystemError.exists) {
      try mounted.make(newFile, "f", in: 1, now: moment(2))
    }
    #expect(throws: FileSystemError.notDirectory) {
      try mounted.make(newFile, "x", in: file, now: moment(2))
    }
    #expect(throws: FileSystemError.isDirectory) {
      try mounted.link(directory, as: "x", in: 1, now: moment(2))
    }
    #expect(throws: FileSystemError.isDirectory) {
      try mounted.unlink("d", from: 1, now: moment(2))
    }
    #expect(throws: FileSystemError.notDirectory) {
      try mounted.removeDirectory("f", from: 1, now: moment(2))
    }
    #expect(throws: FileSystemError.notEmpty) {
      try mounted.removeDirectory("d", from: 1, now: moment(2))
    }
    #expect(throws: FileSystemError.notFound) { try mounted.unlink("x", from: 1, now: moment(2)) }
    for target in [directory, inner] {
      #expect(throws: FileSystemError.loop) {
        try mounted.rename("d", from: 1, to: "x", in: target, now: moment(2))
      }
    }
    #expect(throws: FileSystemError.volume(.noNode(99))) { try mounted.record(of: 99) }
    #expect(throws: FileSystemError.isDirectory) {
      try mounted.write([1].span, to: directory, at: 0, now: moment(2))
    }
  }

  @Test func renamingReplacesWhatIsThere() throws {
    let (store, mounted) = try makeVolume()
    let first = try mounted.make(newFile, "first", in: 1, now: moment(1))
    let second = try mounted.make(newFile, "second", in: 1, now: moment(1))
    try mounted.write([1, 2].span, to: first, at: 0, now: moment(1))
    #expect(try mounted.rename("first", from: 1, to: "second", in: 1, now: moment(2)) == second)
    #expect(try mounted.find("second", in: 1) == first && mounted.find("first", in: 1) == nil)
    try mounted.link(first, as: "third", in: 1, now: moment(3))
    #expect(try mounted.rename("third", from: 1, to: "second", in: 1, now: moment(4)) == nil)
    #expect(try mounted.record(of: first).links == 2)
    let full = try mounted.make(newDirectory, "full", in: 1, now: moment(5))
    _ = try mounted.make(newFile, "x", in: full, now: moment(5))
    _ = try mounted.make(newDirectory, "empty", in: 1, now: moment(5))
    #expect(throws: FileSystemError.notEmpty) {
      try mounted.rename("empty", from: 1, to: "full", in: 1, now: moment(6))
    }
    #expect(throws: FileSystemError.isDirectory) {
      try mounted.rename("third", from: 1, to: "empty", in: 1, now: moment(6))
    }
    #expect(throws: FileSystemError.notDirectory) {
      try mounted.rename("empty", from: 1, to: "third", in: 1, now: moment(6))
    }
    try mounted.rename("full", from: 1, to: "empty", in: 1, now: moment(7))
    let moved = try mounted.find("empty", in: 1)
    #expect(try mounted.find("x", in: try #require(moved)) != nil)
    try mounted.commit()
    #expect(try findings(store) == [])
  }

  @Test func openFilesOutliveTheirNames() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    let bytes = [UInt8](repeating: 3, count: 200_000)
    try mounted.write(bytes.span, to: file, at: 0, now: moment(1))
    let removed = try mounted.unlink("f", from: 1, isOpen: { _ in true }, now: moment(2))
    #expect(removed.node == file && removed.isUnnamed)
    try mounted.commit()
    #expect(try findings(store) == [])
    #expect(try mounted.read(file, from: 0, count: 200_000) == bytes)
    // The machine fails: the next mount removes it.
    let other = MemoryStore(store.bytes)
    let again = try Mounted(mounting: other)
    try again.commit()
    #expect(try findings(other) == [])
    #expect(throws: FileSystemError.volume(.noNode(file))) { try again.record(of: file) }
    // It does not: the last one who has it open removes it.
    try mounted.release(file)
    try mounted.commit()
    #expect(try findings(store) == [])
    #expect(try Volume(opening: store).header.release.isNull)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func whatManyOperationsLeaveIsWhatTheMediumHas(seed: UInt64) throws {
    let (store, first) = try makeVolume(blocks: 4096)
    var mounted = first
    mounted.limits.cachedBlocks = 60
    var workload = Workload(seed: seed)
    for round in 0..<15 {
      for _ in 0..<25 { try workload.step(mounted) }
      let seen = try Contents(mounted)
      try mounted.commit()
      #expect(try findings(store) == [], "round \(round)")
      #expect(try Contents(store) == seen, "round \(round)")
      if round % 5 == 4 {
        for node in Set(workload.open) { try mounted.release(node) }
        workload.open = []
        try mounted.commit()
        mounted = try Mounted(mounting: store)
        mounted.limits.cachedBlocks = 60
        #expect(try Contents(mounted) == seen)
      }
    }
    #expect(workload.done > 100)
  }

  @Test func theLogBeginsAnewWhenItIsLong() throws {
    let (store, mounted) = try makeVolume()
    for number in 0..<200 {
      let name = Text("\(number % 7)")
      if try mounted.find(name, in: 1) == nil {
        _ = try mounted.make(newFile, name, in: 1, now: moment(number))
      } else {
        try mounted.unlink(name, from: 1, now: moment(number))
      }
      try mounted.commit()
      #expect(mounted.log.chain.count < 80)
    }
    #expect(try findings(store) == [])
    _ = try Mounted(mounting: store)
  }

  @Test func aFullVolumeRefusesAndStaysRight() throws {
    let (store, mounted) = try makeVolume(blocks: 700)
    var names: [Text] = []
    var error: FileSystemError?
    for number in 0..<2000 where error == nil {
      let name = Text("\(number)")
      do throws(FileSystemError) {
        let file = try mounted.make(newFile, name, in: 1, now: moment(1))
        names.append(name)
        let noise = (0..<9000).map {
          UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 &+ number) >> 13)
        }
        try mounted.write(noise.span, to: file, at: 0, now: moment(1))
      } catch let refused { error = refused }
    }
    #expect(error == .noSpace && names.count > 20)
    try mounted.commit()
    #expect(try findings(store) == [])
    for name in names { try mounted.unlink(name, from: 1, now: moment(2)) }
    try mounted.commit()
    #expect(try findings(store) == [])
    #expect(try Contents(store).files.isEmpty)
    _ = try mounted.make(newFile, "again", in: 1, now: moment(3))
    try mounted.commit()
  }

  @Test func aVolumeGrowsWithItsMedium() throws {
    let (store, mounted) = try makeVolume(blocks: 1000)
    var workload = Workload(seed: 8)
    for _ in 0..<30 { try workload.step(mounted, largest: 20_000) }
    try mounted.commit()
    let before = try Contents(mounted)
    store.bytes += [UInt8](repeating: 0xEE, count: 3001 * 4096)
    let grown = try Mounted(mounting: store)
    let free = grown.freeBlocks
    #expect(grown.blocksToGrow == 3001)
    #expect(try grown.grow() == 3001)
    #expect(try grown.grow() == 0)
    #expect(grown.blockCount == 4001 && grown.freeBlocks > free + 2990)
    #expect(try Contents(store) == before)
    #expect(try findings(store) == [])
    let file = try grown.make(newFile, "long", in: 1, now: moment(50))
    var generator = Workload(seed: 4).generator
    let noise = (0..<1_000_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for part in 0..<8 {
      try grown.write(noise.span, to: file, at: UInt64(part) << 20, now: moment(51))
    }
    try grown.commit()
    #expect(try findings(store) == [])
    let again = try Mounted(mounting: store)
    #expect(again.blockCount == 4001 && again.blocksToGrow == 0)
  }
}
