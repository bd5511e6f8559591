// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Testing

@testable import TemporaryFiles

extension TestVolume {
  fileprivate mutating func allocate(
    _ inode: Int, _ range: Range<Int>, _ flags: AllocationFlags = AllocationFlags()
  ) throws(SystemError) {
    let mark = mark()
    try volume.allocate(
      inode, from: UInt64(range.lowerBound), byteCount: UInt64(range.count), flags, now: now,
      user: 0, mark)
  }
}

@Suite struct SpaceTests {
  @Test func whatWasAllocatedCanBeWrittenOnAFullVolume() throws {
    var test = try TestVolume(TestStore(pages: 256))
    let file = try test.open("file", .create | .readWrite)
    try test.write(file, [1, 2, 3], at: 5000)
    try test.allocate(file, 0..<40_000)
    #expect(test.volume.size(file) == 40_000)
    #expect(
      test.content(file).enumerated().allSatisfy { $1 == (5000..<5003 ~= $0 ? $0 - 4999 : 0) })
    let kept = try test.open("kept", .create | .readWrite)
    try test.allocate(kept, 8192..<60_000, .keepSize)
    #expect(test.volume.size(kept) == 0)
    #expect(test.volume.status(kept).blocks >= 13 * 8)
    // Another file takes what there is.
    let other = try test.open("other", .create | .readWrite)
    var end = 0
    do {
      while true {
        try test.write(other, [UInt8](repeating: 9, count: 4096), at: end)
        end += 4096
      }
    } catch { #expect(error == .noSpace) }
    for offset in stride(from: 0, to: 40_000, by: 1000) {
      try test.write(file, [UInt8](repeating: 7, count: 1000), at: offset)
    }
    #expect(test.content(file) == [UInt8](repeating: 7, count: 40_000))
    for offset in stride(from: 8192, to: 60_000, by: 777) {
      try test.write(kept, [8], at: offset)
    }
    #expect(throws: SystemError.noSpace) { try test.allocate(file, 0..<100_000) }
    #expect(test.volume.size(file) == 40_000)
    // A hole gives its pages to others; its own writes may fail again.
    let free = test.volume.freePages
    try test.allocate(file, 4096..<4096 * 6, .punchHole)
    #expect(test.volume.freePages == free + 5)
    #expect(test.content(file)[4096..<4096 * 6].allSatisfy { $0 == 0 })
    #expect(test.content(file)[4095] == 7 && test.content(file)[4096 * 6] == 7)
  }

  @Test(
    arguments: [
      (0..<100, .punchHole, 4096), (4000..<5000, .zeroRange, 12_288),
      (4096..<8192, .punchHole, 12_288), (12_000..<13_000, .punchHole, 12_288),
      (12_000..<20_000, .zeroRange, 12_288), (100_000..<100_001, .punchHole, 12_288),
    ] as [(Range<Int>, AllocationFlags, Int)])
  func rangesBecomeZeros(_ row: (Range<Int>, AllocationFlags, Int)) throws {
    for keeps in [false, true] {
      var test = try TestVolume(TestStore(pages: 256))
      let file = try test.open("file", .create | .readWrite)
      try test.write(file, [UInt8](repeating: 5, count: row.2), at: 0)
      try test.allocate(file, row.0, keeps ? row.1 | .keepSize : row.1)
      let grows = row.1 == .zeroRange && !keeps
      let size = grows ? max(row.2, row.0.upperBound) : row.2
      let content = test.content(file)
      #expect(content.count == size)
      for (index, byte) in content.enumerated() {
        #expect(byte == (row.0.contains(index) || index >= row.2 ? 0 : 5))
      }
    }
  }

  @Test func whatLiesBehindTheEndStaysUntilItIsCutOff() throws {
    let store = TestStore(pages: 256)
    var test = try TestVolume(store)
    let file = try test.open("file", .create | .readWrite)
    let before = test.volume.freePages
    try test.allocate(file, 0..<80_000, .keepSize)
    let with = test.volume.freePages
    #expect(before - with >= 20)
    // A mapping, a successor and longer contents leave it.
    _ = try test.volume.mapping(file)
    try test.truncate(file, to: 50_000)
    var next = try TestVolume(store.copy())
    #expect(next.volume.page(file, 19) != 0)
    try test.truncate(file, to: 40_000)
    #expect(test.volume.page(file, 19) == 0)
    try test.allocate(file, 0..<80_000, .keepSize)
    try test.remove("file")
    try next.remove("file")
    test.volume.freeHeldPages()
    #expect(test.volume.freePages == before)
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    var test = try TestVolume(TestStore(pages: 256))
    let file = try test.open("file", .create | .readWrite)
    try test.makeDirectory("directory")
    let directory = try test.open("directory", .read | .directory)
    #expect(throws: SystemError.isDirectory) { try test.allocate(directory, 0..<1) }
    #expect(throws: SystemError.invalidArgument) { try test.allocate(file, 5..<5) }
    #expect(throws: SystemError.invalidArgument) {
      try test.allocate(file, 0..<1, .punchHole | .zeroRange)
    }
    #expect(throws: SystemError.fileTooLarge) { try test.allocate(file, 1..<1 << 39 + 1) }
    #expect(throws: SystemError.noSpace) { try test.allocate(file, 0..<1 << 39) }
    #expect(throws: SystemError.noSpace) { try test.allocate(file, 1 << 38..<1 << 38 + 1 << 30) }
    #expect(test.volume.size(file) == 0)
  }

  @Test func aMachineWithoutMemoryChangesNothing() throws {
    let store = TestStore(pages: 256)
    var test = try TestVolume(store)
    let file = try test.open("file", .create | .readWrite)
    let free = test.volume.freePages
    store.memoryPages = 10
    #expect(throws: SystemError.noSpace) { try test.allocate(file, 0..<200_000) }
    #expect(test.volume.size(file) == 0 && test.volume.freePages == free)
    store.memoryPages = 1000
    try test.allocate(file, 0..<200_000)
    #expect(test.volume.size(file) == 200_000)
  }

  /// Killed after any of its stores, the file is as before or as after, but for what is done in pieces;
  /// the request comes again and does the rest.
  @Test(arguments: [
    AllocationFlags(), .keepSize, .punchHole, .zeroRange, .zeroRange | .keepSize,
  ])
  func aDeathAtAnyStoreIsMadeGood(_ flags: AllocationFlags) throws {
    let store = TestStore(pages: 256)
    var test = try TestVolume(store)
    let file = try test.open("file", .create | .readWrite)
    try test.write(file, [UInt8](repeating: 3, count: 30_000), at: 10_000)
    let base = store.copy()
    let mark = test.mark()
    func run(_ volume: inout Volume<TestStore>) throws {
      if volume.result(of: mark, opens: false) != nil { return }
      try volume.allocate(
        file, from: 5000, byteCount: 200_000, flags, now: 99, user: 0, mark)
    }
    store.startRecording()
    try run(&test.volume)
    let stores = store.stores
    let expected = test.content(file)
    let free = test.volume.freePages
    let step = max(1, stores.count / 300)
    for count in stride(from: 0, through: stores.count, by: step) {
      let copy = base.copy()
      for store in stores.prefix(count) { copy.apply(store) }
      var volume = try Volume.takenUp(from: copy, now: 5)
      try run(&volume)
      #expect(volume.content(file) == expected)
      #expect(volume.freePages == free)
    }
  }
}
