// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import RedoxFS
import Testing

@testable import VolumeService

/// A small generator whose numbers depend on its seed alone.
struct Generator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func below(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(limit))
  }
}

/// One random request on a few names. What is refused is part of it.
func step(_ session: inout Session, _ random: inout Generator) {
  let paths: [Text] = ["a", "b", "d", "d/a", "d/b", "e"]
  let path = paths[random.below(paths.count)]
  let other = paths[random.below(paths.count)]
  let length = [3, 200, 4000, 9000, 140_000][random.below(5)]
  let bytes = [UInt8](repeating: UInt8(random.below(256)), count: 1 + random.below(length))
  let node = session.find(path)
  do throws(SystemError) {
    switch random.below(15) {
    case 0, 1: _ = try session.open(path, .create | .write)
    case 2: _ = try session.open(path, .create | .directory)
    case 3, 4: try session.write(node ?? 1, bytes, at: UInt64(random.below(10_000)))
    case 5: try session.write(node ?? 1, bytes, appends: true)
    case 6: try session.truncate(node ?? 1, to: UInt64(random.below(9000)))
    case 7: try session.rename(path, other)
    case 8: try session.unlink(path)
    case 9: try session.unlink(path, ofDirectory: true)
    case 10: try session.link(node ?? 1, other)
    case 11:
      let start = UInt64(random.below(12_000))
      try session.allocate(
        node ?? 1, start..<start + UInt64(1 + random.below(length)), anyFlags(&random),
        user: UInt32(random.below(2)))
    case 12, 13: try writePage(&session, node ?? 1, &random)
    default: try session.setMode(node ?? 1, 0o600 + UInt32(random.below(64)))
    }
  } catch { return }
}

private func anyFlags(_ random: inout Generator) -> AllocationFlags {
  let all: [AllocationFlags] = [
    .punchHole, .punchHole, AllocationFlags(), .keepSize, .zeroRange, .zeroRange | .keepSize,
  ]
  return all[random.below(all.count)]
}

/// Writes all of a page, of which there are few.
func writePage(
  _ session: inout Session, _ node: UInt32, _ random: inout Generator
) throws(SystemError) {
  let page = [UInt8](repeating: UInt8(random.below(256)), count: 4096)
  try session.write(node, page, at: 4096 * UInt64(random.below(4)))
}

/// One random request on two files that are nearly always written page by page; between that their
/// ends move, holes come, parts of pages are written, and names come and go.
func overwritingStep(_ session: inout Session, _ random: inout Generator) {
  let path: Text = random.below(4) == 0 ? "b" : "a"
  let node = session.find(path)
  do throws(SystemError) {
    switch random.below(24) {
    case 0, 1: _ = try session.open(path, .create | .write)
    case 2: try session.truncate(node ?? 1, to: [0, 4096, 5000, 16_384][random.below(4)])
    case 3:
      let start = UInt64(random.below(12_000))
      try session.allocate(
        node ?? 1, start..<start + UInt64(1 + random.below(8000)), anyFlags(&random))
    case 4: try session.unlink(path)
    case 5: try session.link(node ?? 1, path == "a" ? "b" : "a")
    case 6: try session.rename("a", "b")
    case 7, 8:
      let part = [UInt8](repeating: UInt8(random.below(256)), count: 1 + random.below(6000))
      try session.write(node ?? 1, part, at: UInt64(random.below(10_000)))
    case 9: try session.setMode(node ?? 1, 0o4600 + UInt32(random.below(64)))
    case 10: try session.write(node ?? 1, [1, 2, 3], appends: true)
    case 11:
      let page = [UInt8](repeating: 9, count: 4096)
      try session.write(node ?? 1, page, at: 0, user: 5)
    default: try writePage(&session, node ?? 1, &random)
    }
  } catch { return }
}

@Suite("Killing the server") struct KillTests {
  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func theSuccessorGoesOn(seed: UInt64) throws {
    try killAtEveryMoment(seed, turns: 60, step)
  }

  @Test(arguments: 11...13 as ClosedRange<UInt64>)
  func pagesThatAreWrittenAgain(seed: UInt64) throws {
    try killAtEveryMoment(seed, turns: 80, overwritingStep)
  }

  /// The server is killed at every moment that its successor could notice, in turn: that one shows the
  /// state before the operation or after it, and knows what its request came to exactly if after.
  private func killAtEveryMoment(
    _ seed: UInt64, turns: Int, _ step: (inout Session, inout Generator) -> Void
  ) throws {
    let image = try emptyDisk(blocks: 700)
    let timeline = Timeline()
    let disk = TestDisk(image, timeline)
    let capsule = TestCapsule(timeline)
    var session = Session(try TestVolume(mounting: disk, capsule))
    session.volume.files.limits.dirtyBlocks = 60
    var random = Generator(seed)
    let replicaDisk = TestDisk(disk.bytes)
    let replicaCapsule = TestCapsule(capsule.words)
    var checked = 0
    for turn in 0..<turns {
      if turn % 4 == 0, let node = session.find("a") { session.open.insert(node) }
      let before = try Picture(session)
      timeline.events = []
      timeline.isRecorded = true
      if turn % (turns / 4) == 15 { try session.volume.commit() } else { step(&session, &random) }
      timeline.isRecorded = false
      let after = try Picture(session)
      let stride = max(1, timeline.events.count / 24)
      for (index, event) in timeline.events.enumerated() {
        switch event {
        case .store(let place, let value): replicaCapsule.words[place] = value
        case .write(let block, let bytes): replicaDisk.apply(block, bytes)
        }
        // Every event near the ends, and some of the many stores of long writes.
        guard index < 20 || index + 24 > timeline.events.count || index % stride == 0 else {
          continue
        }
        checked += 1
        let successor = try TestVolume(
          mounting: TestDisk(replicaDisk.bytes), TestCapsule(replicaCapsule.words))
        try successor.releaseAll { session.open.contains($0) }
        var found = Session(successor)
        found.open = session.open
        let isKnown =
          successor.result(of: session.mark, opens: true) != nil
          || successor.result(of: session.mark, opens: false) != nil
        let picture = try Picture(found)
        guard picture == (isKnown ? after : before) else {
          Issue.record("turn \(turn), event \(index) of \(timeline.events.count), \(isKnown)")
          return
        }
      }
    }
    #expect(checked > 200)
  }

  @Test func aRequestThatComesAgainIsAnswered() throws {
    let capsule = TestCapsule()
    let disk = TestDisk(try emptyDisk(blocks: 700))
    var session = Session(try TestVolume(mounting: disk, capsule))
    let node = try session.open("a", .create | .write)
    try session.write(node, [1, 2, 3], appends: true)
    // The commit comes before the answer.
    try session.volume.commit()
    let successor = try TestVolume(mounting: TestDisk(disk.bytes), TestCapsule(capsule.words))
    #expect(successor.result(of: session.mark, opens: false) == 3)
    #expect(successor.result(of: session.mark, opens: true) == nil)
    #expect(try Session(successor).read(node) == [1, 2, 3])
  }

  @Test func aSuccessorThatDiesToo() throws {
    let timeline = Timeline()
    let disk = TestDisk(try emptyDisk(blocks: 700), timeline)
    let capsule = TestCapsule(timeline)
    var session = Session(try TestVolume(mounting: disk, capsule))
    var random = Generator(9)
    for _ in 0..<40 { step(&session, &random) }
    session.open.insert(try session.open("x", .create | .write))
    try session.unlink("x")
    let expected = try Picture(session)
    // Each successor commits somewhere in the middle of what it does again, and dies at some event.
    timeline.isRecorded = true
    for death in 0..<60 {
      let (image, words) = (disk.bytes, capsule.words)
      timeline.events = []
      let successor = try TestVolume(
        mounting: TestDisk(image, timeline), TestCapsule(words, timeline))
      if death % 3 == 0 { try successor.commit() }
      try successor.releaseAll { session.open.contains($0) }
      if death % 3 == 1 { try successor.commit() }
      for event in timeline.events.prefix(death * 7 % max(timeline.events.count + 1, 1)) {
        switch event {
        case .store(let place, let value): capsule.words[place] = value
        case .write(let block, let bytes): disk.apply(block, bytes)
        }
      }
    }
    let last = try TestVolume(mounting: disk, capsule)
    try last.releaseAll { session.open.contains($0) }
    var found = Session(last)
    found.open = session.open
    #expect(try Picture(found) == expected)
    #expect(last.result(of: session.mark, opens: false) != nil)
  }

  @Test func filesWithoutANameAreRemovedOnceNobodyHasThem() throws {
    let disk = TestDisk(try emptyDisk(blocks: 700))
    let capsule = TestCapsule()
    var session = Session(try TestVolume(mounting: disk, capsule))
    let free = session.volume.files.freeBlocks
    let node = try session.open("a", .create | .write)
    try session.write(node, [UInt8](repeating: 5, count: 50_000))
    session.open = [node]
    try session.unlink("a")
    try session.volume.commit()
    let successor = try TestVolume(mounting: TestDisk(disk.bytes), TestCapsule(capsule.words))
    try successor.releaseAll { $0 == node }
    #expect(try Session(successor).read(node).count == 50_000)
    #expect(try successor.status(node).links == 0)
    try successor.release(node)
    try successor.commit()
    #expect(throws: SystemError.gone) { try successor.status(node) }
    #expect(successor.files.freeBlocks >= free)
    // Without a capsule the machine was switched off.
    let later = try TestVolume(mounting: TestDisk(disk.bytes), nil)
    #expect(later.files.releasedNodes.isEmpty)
  }

  @Test func aCapsuleOfAnotherStateIsNotUsed() throws {
    let disk = TestDisk(try emptyDisk(blocks: 700))
    let capsule = TestCapsule()
    let old = disk.bytes
    var session = Session(try TestVolume(mounting: disk, capsule))
    for turn in 0..<3 {
      _ = try session.open(Text([0x61 + UInt8(turn)]), .create | .write)
      if turn < 2 { try session.volume.commit() }
    }
    #expect(throws: MountError.self) { try TestVolume(mounting: TestDisk(old), capsule) }
    capsule.words[512] = 77
    #expect(throws: MountError.self) { try TestVolume(mounting: disk, capsule) }
    #expect(throws: MountError.self) {
      try TestVolume(mounting: disk, TestCapsule(pages: 2))
    }
  }
}
