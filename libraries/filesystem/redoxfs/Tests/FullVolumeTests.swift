// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFSExample
import Testing

@testable import RedoxFS

/// Every operation on a volume with no free blocks, one, two, and so on: it is done, or refused for want
/// of space; the volume stays right, and what is there can be removed.
@Suite("Full RedoxFS volumes") struct FullVolumeTests {
  private static let now = moment(9)

  /// What a volume is asked for, by what is in it.
  private static var operations: [(String, (Mounted, UInt32, UInt32) throws -> Void)] {
    [
      ("make", { mounted, _, _ in _ = try mounted.make(newFile, "new", in: 1, now: now) }),
      ("mkdir", { mounted, _, _ in _ = try mounted.make(newDirectory, "new", in: 1, now: now) }),
      (
        "make below",
        { mounted, _, inner in
          let name = Text(String(repeating: "y", count: 252))
          _ = try mounted.make(newFile, name, in: inner, now: now)
        }
      ),
      ("write inline", { mounted, file, _ in try write(mounted, file, 100, at: 0) }),
      ("convert", { mounted, file, _ in try write(mounted, file, 5000, at: 0) }),
      ("write a record", { mounted, file, _ in try write(mounted, file, 131_072, at: 0) }),
      ("write two", { mounted, file, _ in try write(mounted, file, 200_000, at: 1000) }),
      ("write far", { mounted, file, _ in try write(mounted, file, 10, at: 1 << 42) }),
      ("lengthen", { mounted, file, _ in try mounted.truncate(file, to: 1 << 40, now: now) }),
      ("link", { mounted, file, inner in try mounted.link(file, as: "l", in: inner, now: now) }),
      (
        "rename",
        { mounted, _, inner in try mounted.rename("f", from: 1, to: "g", in: inner, now: now) }
      ),
      ("snapshot", { mounted, _, _ in try mounted.makeSnapshot("s", now: now) }),
      ("cut", { mounted, file, _ in try mounted.truncate(file, to: 1, now: now) }),
      ("empty", { mounted, file, _ in try mounted.truncate(file, to: 0, now: now) }),
      ("attributes", { mounted, file, _ in try mounted.setAttributes(of: file) { $0.user = 5 } }),
      ("unlink", { mounted, _, _ in try mounted.unlink("f", from: 1, now: now) }),
      ("rmdir", { mounted, _, _ in try mounted.removeDirectory("empty", from: 1, now: now) }),
      ("unlink the long", { mounted, _, _ in try mounted.unlink("long", from: 1, now: now) }),
    ]
  }
  /// Those that make room, or need none of their own, are never refused.
  private static let alwaysDone: Set<String> = [
    "empty", "attributes", "unlink", "rmdir", "unlink the long",
  ]

  private static let noise: [UInt8] = {
    var word: UInt64 = 6
    return (0..<200_000).map { _ in
      word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: word >> 33)
    }
  }()

  private static func write(
    _ mounted: Mounted, _ file: UInt32, _ count: Int, at offset: UInt64
  ) throws {
    try mounted.write(noise.span.extracting(first: count), to: file, at: offset, now: now)
  }

  /// A volume on which so many blocks can still be had.
  private func full(_ left: UInt64) throws -> (MemoryStore, file: UInt32, inner: UInt32) {
    let (store, mounted) = try makeVolume(blocks: 900)
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    let inner = try mounted.make(newDirectory, "inner", in: 1, now: moment(1))
    _ = try mounted.make(newDirectory, "empty", in: 1, now: moment(1))
    for number in 0..<15 {
      let name = Text("\(number)" + String(repeating: "x", count: 240))
      try mounted.link(file, as: name, in: inner, now: moment(1))
    }
    let long = try mounted.make(newFile, "long", in: 1, now: moment(1))
    try Self.write(mounted, long, 200_000, at: 0)
    try mounted.commit()
    for number in 0..<400 {
      let name = Text("fill \(number)")
      do throws(FileSystemError) {
        let filler = try mounted.make(newFile, name, in: 1, now: moment(2))
        let count = mounted.freeBlocks > left &+ 80 ? 130_000 : 1
        try mounted.write(
          Self.noise.span.extracting(first: count), to: filler, at: 0, now: moment(2))
        try mounted.commit()
      } catch {
        try mounted.commit()
        if mounted.freeBlocks <= left { break }
      }
      if mounted.freeBlocks <= left { break }
    }
    return (store, file, inner)
  }

  @Test(arguments: [0, 1, 2, 4, 9, 20] as [UInt64])
  func everyOperationIsDoneOrRefused(left: UInt64) throws {
    let (store, file, inner) = try full(left)
    let before = store.bytes
    var refused = 0
    for (name, operation) in Self.operations {
      let medium = MemoryStore(before)
      let mounted = try Mounted(mounting: medium)
      let seen = try Contents(mounted)
      do {
        try operation(mounted, file, inner)
      } catch {
        #expect(error as? FileSystemError == .noSpace, "\(name) with \(left): \(error)")
        #expect(!Self.alwaysDone.contains(name), "\(name) with \(left)")
        #expect(try Contents(mounted) == seen, "\(name) with \(left)")
        refused += 1
      }
      try mounted.commit()
      #expect(try findings(medium) == [], "\(name) with \(left)")
      for (entry, _) in try mounted.entries(of: 1, after: 0, limit: 1000) {
        if try mounted.record(of: entry.node).kind == .file {
          try mounted.unlink(entry.name, from: 1, now: moment(10))
        }
      }
      for snapshot in mounted.snapshots { try mounted.removeSnapshot(snapshot.name) }
      try mounted.commit()
      #expect(try findings(medium) == [], "\(name) with \(left), emptied")
      #expect(mounted.freeBlocks > 200)
    }
    #expect(left > 20 || refused > 0)
  }
}
