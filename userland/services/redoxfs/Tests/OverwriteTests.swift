// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import RedoxFS
import Testing

@testable import VolumeService

@Suite("Pages written again") struct OverwriteTests {
  func page(_ value: Int) -> [UInt8] { [UInt8](repeating: UInt8(value % 251), count: 4096) }

  /// 8 MiB are written, the capsule has 640 KiB, and nothing is committed.
  @Test func theLogDoesNotFill() throws {
    let capsule = TestCapsule()
    let disk = TestDisk(try emptyDisk(blocks: 700))
    var session = Session(try TestVolume(mounting: disk, capsule))
    let node = try session.open("a", .create | .write)
    try session.write(node, [UInt8](repeating: 1, count: 32_768))
    let generation = session.volume.files.generation
    for turn in 0..<2000 { try session.write(node, page(turn), at: UInt64(turn % 8) * 4096) }
    #expect(session.volume.files.generation == generation)
    #expect(capsule.words.lastIndex { $0 != 0 }.map { $0 / 512 } == 159)
    // Eight pages and one that is spare: what lies before them was not touched.
    #expect(capsule.words[100 * 512..<151 * 512].allSatisfy { $0 == 0 })
    let successor = try TestVolume(mounting: TestDisk(disk.bytes), TestCapsule(capsule.words))
    #expect(try Session(successor).read(node) == (1992..<2000).flatMap(page))
    // It goes on where its predecessor's entries and pages end.
    var next = Session(successor)
    next.sequence = session.sequence
    for turn in 0..<100 { try next.write(node, page(turn + 7), at: UInt64(turn % 8) * 4096) }
    let expected = try next.read(node)
    #expect(successor.files.generation == generation)
    let last = try TestVolume(mounting: TestDisk(disk.bytes), successor.capsule)
    #expect(try Session(last).read(node) == expected)
  }

  /// Between two writes of the page the file is cut off: both keep their bytes.
  @Test func whatIsNoWriteEndsTheRun() throws {
    let capsule = TestCapsule()
    let disk = TestDisk(try emptyDisk(blocks: 700))
    var session = Session(try TestVolume(mounting: disk, capsule))
    let node = try session.open("a", .create | .write)
    try session.write(node, page(1), at: 0)
    try session.truncate(node, to: 100)
    try session.write(node, page(2), at: 0)
    try session.write(node, page(3), at: 0)
    let log = try #require(session.volume.log)
    var place = log.start
    var replaced: [Bool] = []
    while place < log.end {
      let entry = try log.entry(at: place)
      if entry.0.kind == .write {
        replaced.append(entry.0.isReplaced)
        #expect(entry.first == (entry.0.isReplaced ? [] : page(replaced.count)))
      }
      place = entry.next
    }
    #expect(replaced == [false, true, false])
  }

  /// What was done without a commit is done again without one, however little may change at a time.
  @Test func nothingIsCommittedInBetween() throws {
    let capsule = TestCapsule()
    let timeline = Timeline()
    let disk = TestDisk(try emptyDisk(blocks: 12_000), timeline)
    var session = Session(try TestVolume(mounting: disk, capsule))
    session.volume.files.limits.dirtyBlocks = 30_000
    let generation = session.volume.files.generation
    let node = try session.open("a", .create | .write)
    for turn in 0...Limits.dirtyBlocks {
      try session.write(node, [7], at: (turn + 1) << 17)
      if turn % 1000 == 0 { try session.write(node, page(Int(turn)), at: 0) }
    }
    #expect(session.volume.files.generation == generation)
    timeline.isRecorded = true
    let successor = try TestVolume(mounting: disk, capsule)
    #expect(timeline.events.isEmpty)
    #expect(successor.files.generation == generation)
    #expect(successor.files.limits.dirtyBlocks == Limits.dirtyBlocks)
    #expect(try Session(successor).read(node, count: 4096) == page(4000))
  }

  @Test func aSlotThatIsNoneIsDamage() throws {
    let capsule = TestCapsule()
    let disk = TestDisk(try emptyDisk(blocks: 700))
    var session = Session(try TestVolume(mounting: disk, capsule))
    let node = try session.open("a", .create | .write)
    let place = 512 + (try #require(session.volume.log)).end
    try session.write(node, page(1))
    for slot: UInt64 in [159, 158, 1 << 31] {
      let words = capsule.words
      capsule.words[place + 10] = 4096 | slot << 32
      #expect(throws: MountError.self) {
        try TestVolume(mounting: TestDisk(disk.bytes), TestCapsule(capsule.words))
      }
      capsule.words = words
    }
  }
}

extension OverwriteTests {
  /// With a log pages lie in it until somebody reads them; without one they are written at once. Both
  /// volumes hold the same after the same requests, of which few read, before and after commits.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func whereThePageLiesMakesNoDifference(seed: UInt64) throws {
    let disks = [TestDisk(try emptyDisk(blocks: 700)), TestDisk(try emptyDisk(blocks: 700))]
    let capsule = TestCapsule()
    var sessions = [
      Session(try TestVolume(mounting: disks[0], capsule)),
      Session(try TestVolume(mounting: disks[1], nil)),
    ]
    for turn in 0..<600 {
      for index in 0..<2 {
        var random = Generator(seed << 32 | UInt64(turn))
        overwritingStep(&sessions[index], &random)
        if turn % 97 == 96, seed % 2 == 0 { try sessions[index].volume.commit() }
      }
      guard turn % 61 == 60 else { continue }
      // A successor's page is the one in the log as well.
      let successor = try TestVolume(
        mounting: TestDisk(disks[0].bytes), TestCapsule(capsule.words))
      let expected = try Picture(sessions[1])
      #expect(try Picture(Session(successor)) == expected)
      if turn % 122 == 121 { #expect(try Picture(sessions[0]) == expected) }
    }
    for index in 0..<2 { try sessions[index].volume.commit() }
    let expected = try Picture(sessions[1])
    #expect(try Picture(sessions[0]) == expected)
    let later = try TestVolume(mounting: TestDisk(disks[0].bytes), nil)
    #expect(try Picture(Session(later)) == expected)
  }

  /// A page that only the log has is there after a part of it was written, cut off or made a hole.
  @Test func partsOfPagesThatLieInTheLog() throws {
    let disk = TestDisk(try emptyDisk(blocks: 700))
    var session = Session(try TestVolume(mounting: disk, TestCapsule()))
    let node = try session.open("a", .create | .write)
    var expected = [UInt8](repeating: 1, count: 16_384)
    try session.write(node, expected)
    for (turn, place) in [0, 4096, 8192, 12_288].enumerated() {
      try session.write(node, page(turn + 2), at: UInt64(place))
      expected.replaceSubrange(place..<place + 4096, with: page(turn + 2))
    }
    try session.write(node, [7, 7, 7], at: 4000)
    expected.replaceSubrange(4000..<4003, with: [7, 7, 7])
    try session.write(node, page(9), at: 8192)
    try session.punch(node, 8000..<8300)
    expected.replaceSubrange(8192..<12_288, with: page(9))
    expected.replaceSubrange(8000..<8300, with: [UInt8](repeating: 0, count: 300))
    try session.write(node, page(10), at: 12_288)
    try session.truncate(node, to: 12_300)
    expected.replaceSubrange(12_288..<16_384, with: page(10))
    expected.removeLast(4084)
    try session.write(node, page(11), at: 0)
    expected.replaceSubrange(0..<4096, with: page(11))
    #expect(try session.read(node) == expected)
    try session.write(node, page(12), at: 4096)
    expected.replaceSubrange(4096..<8192, with: page(12))
    try session.volume.commit()
    #expect(try session.read(node) == expected)
    #expect(try Session(TestVolume(mounting: disk, nil)).read(node) == expected)
  }
}
