// SPDX-License-Identifier: MIT
import Base
import Mutation
import RedoxFSExample
import Testing

@testable import RedoxFS

/// Volumes of whose newest state the nodes cannot be found.
@Suite("Repairing RedoxFS volumes by earlier states") struct EarlierStateTests {
  /// A volume that was committed a few times: where each state's tree begins, and what it held.
  private struct Used {
    let store: MemoryStore
    let mounted: Mounted
    var roots: [UInt64: UInt64] = [:]
    var states: [UInt64: Contents] = [:]

    init(seed: UInt64 = 5) throws {
      (store, mounted) = try makeVolume()
      var workload = Workload(seed: seed)
      for _ in 0..<8 {
        for _ in 0..<15 { try workload.step(mounted, largest: 40_000) }
        try commit()
      }
    }

    mutating func commit() throws {
      try mounted.commit()
      roots[mounted.generation] = try #require(mounted.header.children[HeaderPlace.tree])
        .address.index
      states[mounted.generation] = try Contents(store)
    }

    /// The lists that lead to the root directory, the tree's root first.
    func lists() throws -> [UInt64] {
      var list = try #require(mounted.header.children[HeaderPlace.tree])
      var lists = [list.address.index]
      while lists.count < Layout.treeLevels {
        list = try #require(list.children[0])
        lists.append(list.address.index)
      }
      return lists
    }
  }

  @Test(arguments: 0..<4)
  func aListThatAllHangsOnCostsOneCommit(level: Int) throws {
    let used = try Used()
    let (store, newest) = (used.store, used.mounted.generation)
    let list = try used.lists()[level]
    store.damage(list)
    let mends = try repair(store)
    #expect(
      mends.first
        == .wentBack(from: newest, to: newest - 1, .damaged(.checksum, block: list)))
    #expect(mends.allSatisfy { if case .lostNodes = $0 { false } else { true } })
    #expect(try findings(store) == [])
    #expect(try Contents(store) == used.states[newest - 1])
    // It is newer than what is left, for everybody.
    #expect(try Volume(opening: store).header.generation == newest + 1)
    let again = try Mounted(mounting: store)
    _ = try again.make(newFile, "after", in: 1, now: moment(900))
    try again.commit()
    #expect(try findings(store) == [])
  }

  @Test func theNewestStateThatCanBeFoundIsTaken() throws {
    let used = try Used()
    let newest = used.mounted.generation
    for age in 0..<3 as Range<UInt64> { used.store.damage(try #require(used.roots[newest - age])) }
    let mends = try repair(used.store)
    guard case .wentBack(newest, let taken, _) = try #require(mends.first) else {
      Issue.record("\(mends)")
      return
    }
    // Blocks of older ones were written to since, perhaps.
    #expect(taken <= newest - 3)
    #expect(try findings(used.store) == [])
    #expect(try !Contents(used.store).files.isEmpty)
  }

  @Test func aVolumeIsNotEmptiedUnasked() throws {
    let used = try Used()
    let store = used.store
    for root in Set(used.roots.values) { store.damage(root) }
    // The first commit of all made the volume.
    let volume = try Volume(opening: store)
    for header in volume.earlierHeaders() where used.roots[header.generation] == nil {
      store.damage(header.tree.address.index)
    }
    let (before, events) = (store.bytes, store.eventCount)
    let block = volume.header.tree.address.index
    #expect(throws: FileSystemError.volume(.noTree(block: block))) { try repair(store) }
    #expect(store.bytes == before && store.eventCount == events)
    #expect(try repair(store, RepairOptions(mayEmpty: true)).contains(.newRoot))
    #expect(try findings(store) == [])
  }

  /// Before its one commit with files the volume was empty: that is no state to go back to.
  @Test(arguments: 0..<4)
  func anEmptyStateIsNotGoneBackTo(level: Int) throws {
    let (store, mounted) = try makeVolume()
    for name in ["a", "b", "c"] as [Text] {
      _ = try mounted.make(newFile, name, in: 1, now: moment(1))
    }
    try mounted.commit()
    var list = try #require(mounted.header.children[HeaderPlace.tree])
    let root = list.address.index
    for _ in 0..<level { list = try #require(list.children[0]) }
    store.damage(list.address.index)
    let before = store.bytes
    #expect(throws: FileSystemError.volume(.noTree(block: root))) { try repair(store) }
    #expect(store.bytes == before)
    #expect(try repair(store, RepairOptions(mayEmpty: true)).contains(.newRoot))
    #expect(try findings(store) == [])
  }

  /// Snapshots that were made after the state that is taken.
  @Test func snapshotsStayAsTheyAre() throws {
    var used = try Used()
    try used.mounted.makeSnapshot("kept", now: moment(300))
    let kept = try Contents(used.mounted.view(used.mounted.snapshots[0]))
    _ = try used.mounted.make(newFile, "later", in: 1, now: moment(301))
    try used.commit()
    let newest = used.mounted.generation
    // The snapshot took two commits, and its state is the first of them.
    for age in 0..<1 as Range<UInt64> { used.store.damage(try #require(used.roots[newest - age])) }
    try repair(used.store)
    #expect(try findings(used.store) == [])
    #expect(try Contents(used.store).files["/later"] == nil)
    let again = try Mounted(mounting: used.store)
    #expect(again.snapshots.map(\.name) == ["kept"] && again.lostSnapshots.isEmpty)
    #expect(try Contents(again.view(again.snapshots[0])) == kept)
  }

  /// What can be read of the newest state is there until the repair is done, and so is the earlier one.
  @Test func aRepairThatDoesNotEndChangesNothing() throws {
    let used = try Used(seed: 6)
    used.store.damage(try used.lists()[3])
    let before = try findings(used.store)
    let counting = MemoryStore(used.store.bytes)
    try repair(counting)
    let last = try Contents(counting)
    for patience in 0..<counting.eventCount {
      let copy = MemoryStore(used.store.bytes)
      copy.patience = patience
      #expect(throws: FileSystemError.medium) { try repair(copy) }
      copy.patience = Int.max
      let isWritten = patience == counting.eventCount - 1
      #expect(try findings(copy) == (isWritten ? [] : before))
      try repair(copy)
      #expect(try findings(copy) == [])
      #expect(try Contents(copy) == last)
    }
  }
}
