// SPDX-License-Identifier: MIT
import Base
import Mutation
import RedoxFSExample
import Testing

@testable import RedoxFS

/// Volumes with snapshots in which something cannot be read.
@Suite("Repairing RedoxFS volumes with snapshots") struct RepairSnapshotTests {
  private let long = noise(300_000)

  /// A volume with snapshots that share a long file, which the present state has no more.
  private func used() throws -> (MemoryStore, Mounted, record: UInt64, node: UInt64) {
    let (store, mounted) = try makeVolume()
    let long = try mounted.make(newFile, "long", in: 1, now: moment(1))
    try mounted.write(self.long.span, to: long, at: 0, now: moment(1))
    let short = try mounted.make(newFile, "short", in: 1, now: moment(1))
    try mounted.write([1, 2, 3].span, to: short, at: 0, now: moment(1))
    for number in 0..<5 {
      try mounted.makeSnapshot(Text("s\(number)"), now: moment(2))
      _ = try mounted.make(newFile, Text("new \(number)"), in: 1, now: moment(3))
      try mounted.commit()
    }
    let node = try mounted.node(long)
    let address = node.address.index
    let record = try #require(try mounted.contents(1, of: node, mounted.record(of: node)))
      .address.index
    try mounted.unlink("long", from: 1, now: moment(4))
    try mounted.commit()
    return (store, mounted, record, address)
  }

  @Test func aDamagedRecordCostsNoSnapshot() throws {
    let (store, mounted, record, _) = try used()
    let names = mounted.snapshots.map(\.name)
    store.damage(record)
    let error = VolumeError.damaged(.checksum, block: record)
    let before = try findings(store)
    #expect(before == [Finding.unreadableInSnapshot(error).explanation.string])
    // Something besides, which is mended.
    store.damage(try #require(mounted.log.chain.last).index)
    let mends = try repair(store)
    #expect(
      mends.filter { if case .free = $0 { false } else { true } }
        == [.damagedSnapshot("s0", error)])
    #expect(try findings(store) == before)
    let again = try Mounted(mounting: store)
    #expect(again.snapshots.map(\.name) == names && again.lostSnapshots.isEmpty)
    for snapshot in again.snapshots {
      let view = again.view(snapshot)
      let long = try view.node(at: "long")
      // All but the one record is there.
      #expect(try view.read(long, from: 0, count: 131_072)[...] == self.long[..<131_072])
      #expect(try view.read(long, from: 262_144, count: 50_000)[...] == self.long[262_144...])
      #expect(throws: error) { try view.read(long, from: 131_072, count: 1) }
      #expect(try view.read(try view.node(at: "short"), from: 0, count: 9) == [1, 2, 3])
    }
    // With the last snapshot that has it the record goes.
    for name in names { try again.removeSnapshot(name) }
    #expect(try findings(store) == [])
  }

  /// A node cannot be read: the snapshots go with the repair's last write, and not before.
  @Test func snapshotsThatAreLostStayUntilItIsDone() throws {
    let (store, _, _, node) = try used()
    store.damage(node)
    let before = try State(store)
    #expect(before.snapshotBlocks > 10 && before.short.count == 5)
    let counting = MemoryStore(store.bytes)
    let mends = try repair(counting)
    #expect(mends.filter { if case .lostSnapshot = $0 { true } else { false } }.count == 5)
    #expect(try findings(counting) == [])
    for patience in 0..<counting.eventCount {
      let copy = MemoryStore(store.bytes)
      copy.patience = patience
      #expect(throws: FileSystemError.medium) { try repair(copy) }
      copy.patience = Int.max
      if patience < counting.eventCount - 1 { #expect(try State(copy) == before) }
      try repair(copy)
      #expect(try findings(copy) == [])
    }
  }

  /// What can be seen of a volume's snapshots.
  private struct State: Equatable {
    var findings: [Finding]
    var snapshotBlocks: UInt64
    var short: [[UInt8]] = []

    init(_ store: MemoryStore) throws {
      let volume = try Volume(opening: store)
      var checker = Checker(volume)
      checker.run()
      findings = checker.findings
      snapshotBlocks = checker.snapshotBlocks
      for snapshot in checker.snapshots {
        let view = volume.view(snapshot)
        short.append(try view.read(try view.node(at: "short"), from: 0, count: 9))
      }
    }
  }

  /// What only snapshots that are gone had is given back by a second commit. If that does not work, the
  /// repair is done all the same.
  @Test func aRepairIsDoneThoughNothingMoreCanBeRead() throws {
    let (store, mounted, _, _) = try used()
    store.damage(try #require(mounted.log.chain.last).index)
    let counting = MemoryStore(store.bytes)
    counting.readPatience = 1 << 40
    try repair(counting)
    let reads = 1 << 40 - counting.readPatience
    let copy = MemoryStore(store.bytes)
    copy.readPatience = reads - 1
    try repair(copy)
    copy.readPatience = Int.max
    #expect(try findings(copy).allSatisfy { $0.hasSuffix("blocks are lost") })
    _ = try Mounted(mounting: copy)
    #expect(try findings(copy) == [])
  }

  @Test func itIsKnownWhetherARepairThatFailsIsDone() throws {
    let (store, mounted, _, _) = try used()
    store.damage(try #require(mounted.log.chain.last).index)
    let counting = MemoryStore(store.bytes)
    try repair(counting)
    for patience in 0..<counting.eventCount {
      let copy = MemoryStore(store.bytes)
      copy.patience = patience
      var repairer = try Repairer(of: copy, now: moment(500))
      #expect(throws: FileSystemError.medium) { try repairer.run() }
      copy.patience = Int.max
      let isWhole = (try? Mounted(mounting: copy)) != nil
      // The header may be there though it was not confirmed.
      #expect(isWhole || !repairer.isDone)
    }
  }
}
