// SPDX-License-Identifier: MIT
import Base
import Mutation
import RedoxFSExample
import Testing

@testable import RedoxFS

/// Damaged volumes are made whole, and lose nothing but what cannot be read.
@Suite("Repairing RedoxFS volumes") struct RepairTests {
  /// The example after `edit`, repaired.
  private func repaired(
    _ edit: @escaping VolumeExample.Edit
  ) throws -> (mends: [Mend], contents: Contents) {
    let store = MemoryStore(VolumeExample.image(edit: edit))
    let mends = try repair(store)
    #expect(try findings(store) == [])
    return (mends.filter { if case .free = $0 { false } else { true } }, try Contents(store))
  }

  private func block(_ matches: @escaping ([UInt8]) -> Bool) throws -> UInt64 {
    var found: UInt64?
    _ = VolumeExample.image { index, bytes in if matches(bytes) { found = index } }
    return try #require(found)
  }

  private var whole: Contents {
    get throws { try Contents(MemoryStore(VolumeExample.image { _, _ in })) }
  }

  @Test func wholeVolumesStayWhatTheyAre() throws {
    let (mends, contents) = try repaired { _, _ in }
    #expect(mends == [])
    #expect(try contents == whole)
  }

  @Test func countsAreCorrected() throws {
    let hello = try block { $0[0] == 0xA4 && $0[1] == 0x81 && $0[10] == 2 }
    let (links, afterLinks) = try repaired { if $0 == hello { $1[10] = 3 } }
    #expect(links == [.links(node: 2, 2)])
    #expect(try afterLinks == whole)
    let (blocks, afterBlocks) = try repaired { if $0 == hello { $1[22] = 9 } }
    #expect(blocks.count == 1)
    #expect(try afterBlocks == whole)
    let leaf = try block { $0[4064] == 0xFF }
    #expect(try repaired { if $0 == leaf { $1[4064] = 0x7F } }.mends == [.fullness(blocks: 1)])
  }

  @Test func namesThatLeadNowhereGo() throws {
    let root = try block { $0[5...].starts(with: Array("hello".utf8)) }
    let (mends, contents) = try repaired { if $0 == root { $1[0] = 99 } }
    #expect(mends.contains(.removed(path: "/hello", .dangling)))
    #expect(contents.files["/hello"] == nil)
    // Its other name, and all others, are there.
    #expect(contents.files.count == (try whole.files.count) - 1)
  }

  /// What no file can be made as is named by a check, and goes; the file is found.
  @Test(arguments: [0, 0x2F, 0x3A, 0xFF] as [UInt8])
  func namesThatNoFileMayHaveGo(first: UInt8) throws {
    let root = try block { $0[5...].starts(with: Array("hello".utf8)) }
    let name = Text([first] + Array("ink".utf8))
    let edit: VolumeExample.Edit = { index, bytes in
      guard index == root,
        let place = (0..<4092).first(where: { bytes[$0...].starts(with: Array("link".utf8)) })
      else { return }
      bytes[place] = first
    }
    var checker = Checker(try Volume(opening: MemoryStore(VolumeExample.image(edit: edit))))
    checker.run()
    #expect(checker.findings.contains(.invalidName(path: "/" + name)))
    let (mends, contents) = try repaired(edit)
    #expect(mends.contains(.removed(path: "/" + name, .invalidName)))
    #expect(mends.contains(.found(node: 3, path: "/lost+found/node-3")))
    #expect(contents.files["/lost+found/node-3"]?.kind == .symbolicLink)
    let (_, mounted) = try makeVolume()
    #expect(throws: FileSystemError.invalidName) {
      try mounted.make(newFile, name, in: 1, now: moment(1))
    }
  }

  /// The root's list of names cannot be read: everything is found again.
  @Test func nodesWithoutNamesAreFound() throws {
    let root = try block { $0[5...].starts(with: Array("hello".utf8)) }
    let (mends, contents) = try repaired { if $0 == root { $1[4] = 0 } }
    #expect(mends.contains(.remade(path: "/", names: 0)))
    #expect(mends.contains(.found(node: 2, path: "/lost+found/node-2")))
    let before = Set(try whole.files.values.map(\.bytes))
    let after = Set(contents.files.values.map(\.bytes))
    #expect(before.isSubset(of: after))
  }

  @Test func aLogThatCannotBeReadIsWrittenAnew() throws {
    let (store, mounted) = try makeVolume()
    var workload = Workload(seed: 3)
    for _ in 0..<60 { try workload.step(mounted) }
    try mounted.commit()
    let before = try Contents(store)
    let log = try #require(mounted.log.chain.last).index
    store.bytes[Int(log) * 4096 + 100] ^= 0xFF
    #expect(throws: FileSystemError.self) { try Mounted(mounting: store) }
    try repair(store)
    #expect(try findings(store) == [])
    #expect(try Contents(store) == before)
  }

  /// One block after the other is damaged, in volumes with directories of several levels, large files,
  /// files that were open and snapshots: everything else is there.
  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func oneBlockCostsNoMoreThanWhatItHad(seed: UInt64) throws {
    let (store, mounted) = try makeVolume()
    var workload = Workload(seed: seed)
    for number in 0..<150 {
      try workload.step(mounted, largest: 80_000)
      if number == 70 { try mounted.makeSnapshot("kept", now: moment(70)) }
    }
    for number in 0..<300 {
      _ = try mounted.make(
        newFile, Text("a name that takes a little room \(number)"), in: 1, now: moment(1))
    }
    try mounted.commit()
    let before = try Contents(store)
    var random = SeededGenerator(seed: seed)
    var mends = 0
    for _ in 0..<20 {
      let copy = MemoryStore(store.bytes)
      let block = Int.random(in: 257..<1500, using: &random)
      for _ in 0..<8 {
        copy.bytes[block * 4096 + Int.random(in: 0..<4096, using: &random)] ^= 0x5A
      }
      mends += try repair(copy).count - 1
      #expect(try findings(copy) == [])
      let after = try Contents(copy)
      // A record has at most 128 KiB; a list of nodes or names many files, whose contents are found.
      let lost = before.files.filter { name, file in
        file.kind == .file && after.files[name] != file
      }
      let found = Set(after.files.values.map(\.bytes))
      #expect(lost.values.filter { !found.contains($0.bytes) }.count <= 1)
    }
    #expect(mends > 5)
  }

  /// The power goes at each write of a repair, or the medium refuses it: the volume is as it was, or whole.
  @Test func aRepairThatDoesNotEndChangesNothing() throws {
    let (store, mounted) = try makeVolume()
    var workload = Workload(seed: 8)
    for number in 0..<80 {
      try workload.step(mounted, largest: 50_000)
      if number % 40 == 0 { try mounted.commit() }
    }
    try mounted.commit()
    let log = try #require(mounted.log.chain.last).index
    store.bytes[Int(log) * 4096 + 100] ^= 0xFF
    let tree = try #require(mounted.header.children[HeaderPlace.tree]).address.index
    store.bytes[Int(tree) * 4096 + 4064] ^= 0x02
    let before = try findings(store)
    let counting = MemoryStore(store.bytes)
    try repair(counting)
    let last = try Contents(counting)
    for patience in 0..<counting.eventCount {
      let copy = MemoryStore(store.bytes)
      copy.patience = patience
      #expect(throws: FileSystemError.self) { try repair(copy) }
      copy.patience = Int.max
      // The last thing it does is to wait for the header that it wrote.
      let isWritten = patience == counting.eventCount - 1
      #expect(try findings(copy) == (isWritten ? [] : before))
      try repair(copy)
      #expect(try findings(copy) == [])
      #expect(try Contents(copy) == last)
    }
  }

  /// One block of a long log cannot be read: those that lead to it are not overwritten before the end.
  @Test func aLogStaysAsFarAsItCanBeRead() throws {
    let (store, mounted) = try makeVolume()
    var workload = Workload(seed: 9)
    while mounted.log.chain.count < 4 {
      try workload.step(mounted, largest: 20_000)
      try mounted.commit()
    }
    store.damage(mounted.log.chain[1].index)
    let before = try findings(store)
    let counting = MemoryStore(store.bytes)
    try repair(counting)
    for patience in 0..<counting.eventCount - 1 {
      let copy = MemoryStore(store.bytes)
      copy.patience = patience
      #expect(throws: FileSystemError.medium) { try repair(copy) }
      #expect(try findings(copy) == before)
    }
  }

  @Test func damagedVolumesAreWholeAfterIt() throws {
    var campaign = try DamageCampaign(seed: 77)
    campaign.run(200)
    #expect(campaign.failure == nil)
    #expect(campaign.repaired > 150)
  }
}
