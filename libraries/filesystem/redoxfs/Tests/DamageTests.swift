// SPDX-License-Identifier: MIT
import Base
import Mutation
import RedoxFSExample
import Testing

@testable import RedoxFS

/// Volumes whose hashes are right and whose contents are not.
@Suite("Damaged RedoxFS volumes") struct DamageTests {
  /// What the checker says of the example after `edit`.
  private func findings(_ edit: @escaping VolumeExample.Edit) throws -> [Finding] {
    var checker = Checker(try Volume(opening: MemoryStore(VolumeExample.image(edit: edit))))
    checker.run()
    return checker.findings
  }

  /// Finds the block that `matches`, by its contents in the right volume.
  private func block(_ matches: @escaping ([UInt8]) -> Bool) throws -> UInt64 {
    var found: UInt64?
    _ = VolumeExample.image { index, bytes in if matches(bytes) { found = index } }
    return try #require(found)
  }

  private func isNode(_ mode: UInt16, links: UInt8) -> ([UInt8]) -> Bool {
    { $0[0] == UInt8(truncatingIfNeeded: mode) && $0[1] == UInt8(mode >> 8) && $0[10] == links }
  }

  @Test func wrongCountsAreFound() throws {
    let hello = try block(isNode(0x81A4, links: 2))
    #expect(
      try findings { if $0 == hello { $1[10] = 3 } }
        == [.links(node: 2, stated: 3, counted: 2, path: "tree of nodes")])
    #expect(
      try findings { if $0 == hello { $1[22] = 9 } }
        == [.blocks(node: 2, stated: 9, counted: 1, path: "/hello")])
  }

  @Test func wrongNamesAreFound() throws {
    let root = try block { $0[5...].starts(with: Array("hello".utf8)) }
    #expect(
      try findings { if $0 == root { $1[0] = 99 } }.contains(.dangling(node: 99, path: "/hello")))
    #expect(try findings { if $0 == root { $1[5] = 0x2F } }.contains(.invalidName(path: "//ello")))
    // The directory's own list, once more below itself.
    #expect(try findings { if $0 == root { $1[0] = 1 } }.contains(.directoryTwice(path: "/hello")))
    #expect(
      try findings { if $0 == root { $1[4] = 0 } }
        == [
          .unreadable(.damaged(.directory, block: root), path: "/"),
          .unnamed(node: 2), .unnamed(node: 3), .unnamed(node: 4), .unnamed(node: 5),
          .unnamed(node: 6),
        ])
  }

  @Test func theLogsMistakesAreFound() throws {
    let log = try block { $0[16] == 1 && $0[17] == 1 && $0[24] == 255 && $0[32] == 1 }
    let found = try findings { if $0 == log { $1[40] &+= 1 } }
    #expect(found.count == 1)
    guard case .usedButFree(_, "allocation log") = try #require(found.first) else {
      Issue.record("\(found)")
      return
    }
    #expect(
      try findings { if $0 == log { $1[16] = 0 } }
        .contains(.unreadable(.damaged(.allocation, block: log), path: "allocation log")))
    #expect(try findings { if $0 == log { $1[24] = 0 } }.contains(.takenTwice(block: 257)))
    // The log goes on at its own block, under whatever hash.
    #expect(
      try findings { index, bytes in if index == log { bytes[1] = UInt8(log & 255); bytes[2] = 1 } }
        .contains { if case .unreadable(.damaged(.checksum, _), _) = $0 { true } else { false } })
  }

  @Test func wrongFlagsOfTheTreeAreFound() throws {
    let leaf = try block { $0[4064] == 0xFF }
    #expect(try findings { if $0 == leaf { $1[4064] = 0x7F } } == [.fullness(block: leaf)])
  }

  /// Random bytes in random blocks, with hashes that are right: everything is read and said, and
  /// nothing traps or goes on for ever.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func anythingIsReadToItsEnd(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let target = UInt64.random(in: 257...300, using: &generator)
      let edits = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        (
          Int.random(in: 0..<4096, using: &generator),
          [0, 1, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &generator)]
            .randomElement(using: &generator)!
        )
      }
      let isHeader = Int.random(in: 0..<8, using: &generator) == 0
      let image = VolumeExample.image { block, bytes in
        if block == target || isHeader && block == 2 {
          for (offset, value) in edits {
            bytes[isHeader && block == 2 ? 16 + offset % 4000 : offset] = value
          }
        }
      }
      guard let volume = try? Volume(opening: MemoryStore(image)) else { continue }
      var checker = Checker(volume)
      checker.run { _, node in
        _ = try? volume.read(node, from: 0, count: 5000)
        _ = try? volume.read(node, from: node.record.byteCount &- 10, count: 5000)
      }
      for finding in checker.findings { #expect(!finding.explanation.isEmpty) }
    }
  }

  /// Each block in turn cannot be read: what does not need it is there, and errors name the block.
  @Test func blocksThatTheMediumDoesNotRead() throws {
    let (store, mounted) = try makeVolume(blocks: 900)
    var workload = Workload(seed: 12)
    for _ in 0..<30 { try workload.step(mounted, largest: 9000) }
    try mounted.commit()
    var refusals = 0
    for block in (0..<3 as Range<UInt64>).map({ $0 }) + (256..<330).map({ UInt64($0) }) {
      let copy = MemoryStore(store.bytes)
      copy.unreadable = [block]
      do throws(FileSystemError) {
        let again = try Mounted(mounting: copy)
        try readAll(again)
        _ = try again.make(newFile, "later", in: 1, now: moment(99))
        try again.commit()
      } catch {
        refusals += 1
        guard case .volume(.medium(let named)) = error else {
          Issue.record("block \(block): \(error)")
          continue
        }
        // Headers are looked for many at a time.
        #expect(named == block || block < 256, "\(named), not \(block)")
      }
    }
    #expect(refusals > 5)
  }

  private func readAll(_ mounted: Mounted) throws(FileSystemError) {
    var waiting = [Mounted.rootIdentifier]
    while let directory = waiting.popLast() {
      for (entry, _) in try mounted.entries(of: directory, after: 0, limit: 1000) {
        if try mounted.record(of: entry.node).kind == .directory {
          waiting.append(entry.node)
        } else {
          _ = try mounted.read(entry.node, from: 0, count: 1 << 20)
        }
      }
    }
  }
}
