// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import RedoxFSExample
import Testing

@testable import RedoxFS

/// What a volume says that can be written is what can be written.
@Suite("Room on RedoxFS volumes") struct RoomTests {
  private static let noise: [UInt8] = {
    var word: UInt64 = 77
    return (0..<131_072).map { _ in
      word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: word >> 33)
    }
  }()

  /// A volume with files of many sizes, of which some were removed again.
  private func used(_ generator: inout SeededGenerator, _ blocks: Int) throws -> Mounted {
    let (_, mounted) = try makeVolume(blocks: blocks)
    var names: [Text] = []
    let sizes = [4096, 20_000, 131_072, 400_000]
    let largest = sizes[Int.random(in: 0..<sizes.count, using: &generator)]
    var left = blocks * 4096 * 3 / 2
    var number = 0
    while left > 0 {
      let size = Int.random(in: 1...largest, using: &generator)
      left -= max(size, 16_384)
      number += 1
      let name = Text("file \(number)")
      do throws(FileSystemError) {
        let file = try mounted.make(newFile, name, in: 1, now: moment(1))
        names.append(name)
        try write(size, to: file, at: 0, mounted)
      } catch {
        guard error == .noSpace else { throw error }
        for _ in 0..<Int.random(in: 1...8, using: &generator) where !names.isEmpty {
          let index = Int.random(in: 0..<names.count, using: &generator)
          try mounted.unlink(names.remove(at: index), from: 1, now: moment(1))
        }
      }
      if Int.random(in: 0..<9, using: &generator) == 0 { try mounted.commit() }
    }
    return mounted
  }

  private func write(
    _ count: Int, to file: UInt32, at offset: Int, _ mounted: Mounted
  ) throws(FileSystemError) {
    var done = 0
    while done < count {
      let step = min(count - done, Self.noise.count)
      try mounted.write(
        Self.noise.span.extracting(first: step), to: file, at: UInt64(offset + done), now: moment(2)
      )
      done += step
    }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func whatIsAvailableCanBeWritten(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let mounted = try used(&generator, 900 + 200 * Int(seed % 4))
    if seed % 2 == 0 {
      for (entry, _) in try mounted.entries(of: 1, after: 0, limit: Int(seed)) {
        try mounted.unlink(entry.name, from: 1, now: moment(3))
      }
    }
    let said = mounted.room
    #expect(said.free >= said.available)
    // A removal is heard of at once, and a commit adds little to it.
    try mounted.commit()
    #expect(mounted.room.available >= said.available)
    #expect(mounted.room.available <= said.available + 100)
    let available = mounted.room.available
    let step = [4096, 12_288, 40_000, 65_536, 131_072][Int(seed % 5)]
    let file = try mounted.make(newFile, "last", in: 1, now: moment(4))
    var written = 0
    do throws(FileSystemError) {
      while true {
        try write(step, to: file, at: written, mounted)
        written += step
        if seed % 3 == 0 { try mounted.commit() }
      }
    } catch {
      #expect(error == .noSpace)
      #expect(mounted.room.available == 0)
    }
    #expect(UInt64(written) + 131_072 >= available * 4096)
    // Nor is much of it held back; what repeats itself is packed.
    #expect(UInt64(written) <= (available + 400) * 4096 || step < 65_536)
    try mounted.commit()
    #expect(try findings(mounted.volume.store) == [])
  }

  @Test func whatIsRemovedIsFreeAtOnce() throws {
    let (_, mounted) = try makeVolume()
    let before = mounted.room
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    try write(2_000_000, to: file, at: 0, mounted)
    try mounted.commit()
    let full = mounted.room
    #expect(before.available - full.available >= 448 && before.free - full.free >= 488)
    try mounted.unlink("f", from: 1, now: moment(2))
    let after = mounted.room
    #expect(before.available - after.available <= 96 && before.free - after.free < 24)
    // It is: nothing was committed yet, and what is there can be written.
    let again = try mounted.make(newFile, "g", in: 1, now: moment(3))
    try write(Int(after.available - 32) * 4096, to: again, at: 0, mounted)
  }

  /// What a snapshot has does not become free.
  @Test func whatASnapshotHasIsNotFree() throws {
    let (_, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    try write(2_000_000, to: file, at: 0, mounted)
    try mounted.makeSnapshot("s", now: moment(1))
    let before = mounted.room
    try mounted.unlink("f", from: 1, now: moment(2))
    #expect(mounted.room.available <= before.available)
    try mounted.removeSnapshot("s")
    #expect(mounted.room.available > before.available + 400)
  }

  /// Files of one record each, with their nodes: half of the runs would be broken if those lay between.
  @Test func nodesDoNotBreakRuns() throws {
    let (_, mounted) = try makeVolume(blocks: 2048)
    var count = 0
    do throws(FileSystemError) {
      while true {
        let file = try mounted.make(newFile, Text("f\(count)"), in: 1, now: moment(1))
        try write(131_072, to: file, at: 0, mounted)
        count += 1
      }
    } catch { #expect(error == .noSpace) }
    #expect(count > 42)
  }
}
