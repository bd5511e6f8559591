// SPDX-License-Identifier: MIT
import RedoxFSExample
import Testing

@testable import RedoxFS

@Suite struct HoleTests {
  /// The file's length, and what is punched, one hole after the other.
  @Test(
    arguments: [
      (3000, [100..<200, 0..<5000]), (5000, [0..<4096, 4999..<5000]),
      (131_072, [5..<131_072]), (131_073, [0..<131_072, 0..<131_073]),
      (400_000, [1..<2, 131_071..<262_145, 262_144..<400_000]),
      (400_000, [100_000..<300_000, 50..<399_999]), (400_000, [131_072..<262_144, 0..<1 << 40]),
      (400_000, [500_000..<600_000, 399_999..<400_001]),
    ] as [(Int, [Range<Int>])])
  func holesAreZeros(_ row: (Int, [Range<Int>])) throws {
    for commits in [false, true] {
      let (store, mounted) = try makeVolume()
      let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
      var model = (0..<row.0).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 7) | 1 }
      try mounted.write(model.span, to: file, at: 0, now: moment(2))
      for hole in row.1 {
        if commits { try mounted.commit() }
        try mounted.punch(
          file, UInt64(hole.lowerBound)..<UInt64(hole.upperBound), now: moment(3))
        for index in hole.clamped(to: 0..<model.count) { model[index] = 0 }
        #expect(try mounted.read(file, from: 0, count: 1 << 20) == model)
      }
      #expect(try mounted.record(of: file).modified == moment(3))
      try mounted.commit()
      #expect(try findings(store) == [])
      #expect(try Contents(store).files["/f"]?.bytes == model)
      // It can be written again.
      try mounted.write([9, 9].span, to: file, at: UInt64(row.0 / 2), now: moment(4))
      try mounted.commit()
      #expect(try findings(store) == [])
    }
  }

  @Test func holesGiveBackWhatTheyHad() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    try mounted.commit()
    let before = mounted.freeBlocks
    var bytes: [UInt8] = []
    var state: UInt64 = 99
    for _ in 0..<2_000_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      bytes.append(UInt8(truncatingIfNeeded: state >> 56))
    }
    try mounted.write(bytes.span, to: file, at: 0, now: moment(2))
    try mounted.write([1].span, to: file, at: 1 << 40, now: moment(2))
    try mounted.commit()
    let full = mounted.freeBlocks
    #expect(before - full > 480)
    try mounted.punch(file, 0..<1 << 40, now: moment(3))
    try mounted.commit()
    #expect(before - mounted.freeBlocks < 20)
    #expect(try findings(store) == [])
    #expect(try mounted.record(of: file).byteCount == 1 << 40 + 1)
    #expect(try mounted.read(file, from: 1 << 40, count: 5) == [1])
    #expect(throws: FileSystemError.isDirectory) {
      try mounted.punch(1, 0..<1, now: moment(4))
    }
  }

  /// A damaged node states that it is longer than what stands in its block can be.
  @Test(arguments: [0..<10_000, 3967..<3969, 4000..<10_000, 9999..<10_000] as [Range<UInt64>])
  func holesOfAnInlineNodeThatStatesTooMuch(_ hole: Range<UInt64>) throws {
    for grows in [false, true] {
      let (store, mounted) = try makeVolume()
      let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
      let bytes = [UInt8](repeating: 7, count: 3967)
      try mounted.write(bytes.span, to: file, at: 0, now: moment(1))
      let node = try mounted.node(file)
      var record = mounted.record(of: node)
      record.byteCount = 10_000
      mounted.setRecord(record, of: node)
      try mounted.commit()
      let again = try Mounted(mounting: store)
      if grows {
        let longer = hole.lowerBound..<hole.upperBound + 5000
        try again.allocate(file, longer, RangeChange(zeroes: true, grows: true), now: moment(2))
      } else {
        try again.punch(file, hole, now: moment(2))
      }
      let kept = bytes.prefix(Int(min(hole.lowerBound, 3967)))
      let after = try again.read(file, from: 0, count: 20_000)
      #expect(after.starts(with: kept) && after.dropFirst(kept.count).allSatisfy { $0 == 0 })
      try again.commit()
      #expect(try findings(store) == [])
    }
  }

  /// As long as a number can say, and longer than records can be found.
  @Test func holesOfAFileWithoutEnd() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    try mounted.write([1, 2, 3].span, to: file, at: 1 << 40, now: moment(1))
    try mounted.truncate(file, to: UInt64.max, now: moment(1))
    try mounted.commit()
    try mounted.punch(file, UInt64.max - 5..<UInt64.max, now: moment(2))
    #expect(try mounted.read(file, from: 1 << 40, count: 3) == [1, 2, 3])
    try mounted.punch(file, 5..<UInt64.max, now: moment(2))
    #expect(try mounted.read(file, from: 1 << 40, count: 3) == [0, 0, 0])
    try mounted.commit()
    #expect(try findings(store) == [])
  }
}
