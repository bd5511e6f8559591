// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFSExample
import Testing

@testable import RedoxFS

/// Snapshots over a volume's life: what each costs, what each has, and that nothing is ever lost.
@Suite("The life of RedoxFS snapshots") struct SnapshotLifeTests {
  /// Whatever comes and goes, each snapshot has what it was made of, and every block is free or in use:
  /// also after mounts, which have to find out anew what snapshots have.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func blocksAreNeverLost(seed: UInt64) throws {
    let (store, first) = try makeVolume(blocks: 3000)
    var mounted = first
    var workload = Workload(seed: seed)
    var states: [Text: Contents] = [:]
    for round in 0..<70 {
      for _ in 0..<8 { try workload.step(mounted, largest: 40_000) }
      switch workload.pick([0, 0, 1, 2, 3, 4, 5]) {
      case 0 where states.count < 6:
        let name = Text("s\(round)")
        // What is open without a name is in no directory, and so in no picture of the state.
        states[name] = try Contents(mounted)
        try mounted.makeSnapshot(name, now: moment(round))
      case 1:
        guard let name = states.keys.sorted().randomElement(using: &workload.generator) else {
          continue
        }
        try mounted.removeSnapshot(name)
        states[name] = nil
      case 2:
        guard let name = states.keys.sorted().randomElement(using: &workload.generator) else {
          continue
        }
        workload.open = []
        try mounted.rollBack(to: name)
        #expect(try Contents(mounted) == states[name])
      case 3:
        try mounted.commit()
        workload.open = []
        mounted = try Mounted(mounting: store)
      default: break
      }
      try mounted.commit()
      #expect(try findings(store) == [], "round \(round)")
      #expect(Set(mounted.snapshots.map(\.name)) == Set(states.keys))
      if round % 10 == 9 {
        for snapshot in mounted.snapshots {
          #expect(try Contents(mounted.view(snapshot)) == states[snapshot.name], "round \(round)")
        }
      }
    }
    for name in states.keys { try mounted.removeSnapshot(name) }
    for node in Set(workload.open) { try mounted.release(node) }
    try mounted.commit()
    #expect(FormatJudge(store.bytes, isOurs: true).faults == [])
  }

  @Test func makingOneCostsTheSameWhateverTheVolumeHas() throws {
    let (store, mounted) = try makeVolume(blocks: 4096)
    var costs: [Int] = []
    for files in [0, 10, 200] {
      for number in 0..<files {
        let file = try mounted.make(newFile, Text("\(files) \(number)"), in: 1, now: moment(1))
        try mounted.write([1, 2, 3].span, to: file, at: 70_000, now: moment(1))
      }
      try mounted.commit()
      store.history = []
      store.remembers = true
      try mounted.makeSnapshot(Text("s\(files)"), now: moment(2))
      store.remembers = false
      costs.append(
        store.history.reduce(0) { sum, event in
          if case .write(_, let bytes) = event { sum + bytes.count / 4096 } else { sum }
        })
    }
    // Two headers, two blocks of the log, the table, and what says that the table is not the state's.
    #expect(costs.allSatisfy { $0 <= 6 }, "\(costs)")
  }

  @Test func aVolumeWithSnapshotsGrows() throws {
    let (store, mounted) = try makeVolume(blocks: 1001)
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    try mounted.write([UInt8](repeating: 7, count: 5000).span, to: file, at: 0, now: moment(1))
    try mounted.makeSnapshot("small", now: moment(2))
    let small = try Contents(store)
    store.bytes += [UInt8](repeating: 0xEE, count: 3000 * 4096)
    let grown = try Mounted(mounting: store)
    #expect(try grown.grow() == 3000)
    #expect(try findings(store) == [])
    var generator = Workload(seed: 4).generator
    let noise = (0..<2_000_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    try grown.write(noise.span, to: file, at: 0, now: moment(3))
    try grown.makeSnapshot("large", now: moment(4))
    try grown.unlink("f", from: 1, now: moment(5))
    try grown.commit()
    let again = try Mounted(mounting: store)
    #expect(try findings(store) == [])
    #expect(try Contents(again.view(again.snapshots[0])) == small)
    #expect(try Contents(again.view(again.snapshots[1])).files["/f"]?.bytes == noise)
    // What is written behind the small one's end and removed again is free, after a mount too.
    let other = try again.make(newFile, "g", in: 1, now: moment(6))
    try again.write(noise.span, to: other, at: 0, now: moment(6))
    try again.commit()
    let last = try Mounted(mounting: store)
    try last.unlink("g", from: 1, now: moment(7))
    try last.commit()
    #expect(try findings(store) == [])
    for name in ["large", "small"] as [Text] { try last.removeSnapshot(name) }
    #expect(try findings(store) == [])
    #expect(FormatJudge(store.bytes, isOurs: true).faults == [])
  }

  /// A file that is open without a name when its state is kept has no name when that state comes back,
  /// and nobody has it open any more.
  @Test func rollingBackRemovesWhatHasNoName() throws {
    let (store, mounted) = try makeVolume()
    let file = try mounted.make(newFile, "f", in: 1, now: moment(1))
    try mounted.write([UInt8](repeating: 7, count: 9000).span, to: file, at: 0, now: moment(1))
    try mounted.unlink("f", from: 1, isOpen: { _ in true }, now: moment(1))
    try mounted.makeSnapshot("s", now: moment(2))
    try mounted.release(file)
    try mounted.commit()
    #expect(try findings(store) == [])
    try mounted.rollBack(to: "s")
    #expect(try findings(store) == [])
    #expect(throws: FileSystemError.volume(.noNode(file))) { try mounted.record(of: file) }
    #expect(mounted.releasedNodes == [])
    try mounted.removeSnapshot("s")
    #expect(try findings(store) == [])
  }

  /// The power goes at any write of making, removing and rolling back: what is there then mounts, and
  /// after that every block is free or in use.
  @Test func powerCutsWhileSnapshotsComeAndGo() throws {
    let (store, mounted) = try makeVolume(blocks: 900)
    var workload = Workload(seed: 12)
    for _ in 0..<25 { try workload.step(mounted, largest: 30_000) }
    try mounted.makeSnapshot("a", now: moment(1))
    for _ in 0..<25 { try workload.step(mounted, largest: 30_000) }
    try mounted.commit()
    let before = store.bytes
    store.remembers = true
    try mounted.makeSnapshot("b", now: moment(2))
    for _ in 0..<10 { try workload.step(mounted, largest: 30_000) }
    try mounted.rollBack(to: "b")
    try mounted.removeSnapshot("a")
    try mounted.removeSnapshot("b")
    for cut in 0...store.history.count {
      let medium = MemoryStore(before)
      for event in store.history[..<cut] {
        if case .write(let block, let bytes) = event { medium.apply(block, bytes[...]) }
      }
      #expect(try findings(medium) == [], "after \(cut) events")
      let again = try Mounted(mounting: medium)
      #expect(again.lostSnapshots == [])
      try again.commit()
      #expect(try findings(medium) == [], "mounted after \(cut) events")
    }
  }

  /// A removal whose lines the log has no room for goes on in parts; cut in between, at the next mount.
  @Test func whatIsGivenBackInPartsIsGivenBackWhole() throws {
    let (store, mounted) = try makeVolume(blocks: 600)
    for number in 0..<90 {
      _ = try mounted.make(newFile, Text("\(number)"), in: 1, now: moment(1))
    }
    try mounted.makeSnapshot("s", now: moment(1))
    for number in 0..<90 { try mounted.unlink(Text("\(number)"), from: 1, now: moment(2)) }
    try mounted.commit()
    // As if the last header had been cut off after the snapshot was gone from the table.
    mounted.snapshotList.snapshots = []
    mounted.snapshotsChanged = true
    mounted.header.setWord(SnapshotPlace.unsettled, at: SnapshotPlace.settling)
    mounted.dirty.mark(mounted.header)
    try mounted.commit()
    #expect(try findings(store) != [])
    let again = try Mounted(mounting: store)
    #expect(try findings(store) == [])
    #expect(again.header.bytes.word(at: SnapshotPlace.settling) == 0)
  }
}
