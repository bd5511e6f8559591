// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import RedoxFSExample
import Testing

@testable import RedoxFS

@Suite("Snapshots of RedoxFS volumes") struct SnapshotTests {
  @Test func aSnapshotKeepsTheStateThatItWasMadeOf() throws {
    let (store, mounted) = try makeVolume(blocks: 4096)
    var workload = Workload(seed: 3)
    var states: [Text: Contents] = [:]
    for round in 0..<6 {
      for _ in 0..<30 { try workload.step(mounted, largest: 100_000) }
      for node in Set(workload.open) { try mounted.release(node) }
      workload.open = []
      let name = Text("state \(round)")
      try mounted.makeSnapshot(name, now: moment(round))
      states[name] = try Contents(store)
      let found = try findings(store)
      #expect(found == [], "round \(round)")
    }
    let again = try Mounted(mounting: store)
    #expect(again.snapshots.count == 6 && again.lostSnapshots.isEmpty)
    for snapshot in again.snapshots {
      #expect(try Contents(again.view(snapshot)) == states[snapshot.name])
    }
  }

  @Test func spaceComesBackExactly() throws {
    let (store, mounted) = try makeVolume(blocks: 4096)
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    let noise = noise(400_000)
    try mounted.write(noise.span, to: file, at: 0, now: moment(1))
    try mounted.commit()
    let free = mounted.freeBlocks
    for name in ["a", "b", "c"] as [Text] {
      try mounted.makeSnapshot(name, now: moment(2))
      try mounted.write(noise.span, to: file, at: 1, now: moment(3))
      try mounted.truncate(file, to: 400_000, now: moment(3))
      try mounted.commit()
    }
    #expect(free - mounted.freeBlocks > 300)
    for name in ["b", "a", "c"] as [Text] {
      try mounted.removeSnapshot(name)
      #expect(try findings(store) == [])
    }
    #expect(mounted.snapshots.isEmpty)
    // The log has grown by what was done meanwhile.
    #expect(free - min(free, mounted.freeBlocks) < 16)
  }

  @Test func rollingBackMakesAStateThePresentOne() throws {
    let (store, mounted) = try makeVolume(blocks: 2048)
    var workload = Workload(seed: 9)
    for _ in 0..<60 { try workload.step(mounted, largest: 50_000) }
    for node in Set(workload.open) { try mounted.release(node) }
    try mounted.makeSnapshot("before", now: moment(1))
    let before = try Contents(store)
    var later = Workload(seed: 10)
    for _ in 0..<60 { try later.step(mounted, largest: 50_000) }
    try mounted.rollBack(to: "before")
    #expect(try Contents(store) == before)
    #expect(try findings(store) == [])
    #expect(try Contents(mounted) == before)
    try mounted.removeSnapshot("before")
    #expect(try findings(store) == [])
    #expect(try Contents(store) == before)
  }

  @Test func namesAreChecked() throws {
    let (_, mounted) = try makeVolume()
    try mounted.makeSnapshot("a", now: moment(1))
    #expect(throws: FileSystemError.exists) { try mounted.makeSnapshot("a", now: moment(1)) }
    #expect(throws: FileSystemError.notFound) { try mounted.removeSnapshot("b") }
    #expect(throws: FileSystemError.notFound) { try mounted.rollBack(to: "b") }
    for name in ["", "x/y", Text(String(repeating: "n", count: 64))] as [Text] {
      #expect(throws: FileSystemError.invalidName) {
        try mounted.makeSnapshot(name, now: moment(1))
      }
    }
    // More than one block of the table.
    for number in 0..<70 { try mounted.makeSnapshot(Text("n\(number)"), now: moment(1)) }
    #expect(mounted.snapshots.count == 71)
  }

  /// An older implementation gives back what a snapshot has, and writes there.
  @Test func whatOthersWriteIsNoticed() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    let noise = noise(50_000)
    try mounted.write(noise.span, to: file, at: 0, now: moment(1))
    try mounted.makeSnapshot("s", now: moment(1))
    let unkind = try Mounted(mounting: MemoryStore(store.bytes))
    unkind.kept = KeptBlocks(count: unkind.blockCount)
    unkind.snapshotList = SnapshotList()
    try unkind.unlink("f", from: 1, now: moment(2))
    try unkind.commit()
    let after = try Mounted(mounting: unkind.volume.store)
    #expect(after.lostSnapshots == ["s"] && after.snapshots.isEmpty)
    #expect(try findings(after.volume.store) == [])
    // One that takes nothing of the snapshot's loses nothing.
    let careful = try Mounted(mounting: MemoryStore(store.bytes))
    careful.snapshotList = SnapshotList()
    _ = try careful.make(newFile, "other", in: 1, now: moment(2))
    try careful.commit()
    let still = try Mounted(mounting: careful.volume.store)
    #expect(still.snapshots.map(\.name) == ["s"] && still.lostSnapshots.isEmpty)
    #expect(try Contents(still.view(still.snapshots[0])).files["/f"]?.bytes == noise)
    try still.removeSnapshot("s")
    #expect(try findings(careful.volume.store) == [])
  }
}
