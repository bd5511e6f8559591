// SPDX-License-Identifier: MIT
import Base
import RedoxFSExample
import Testing

@testable import RedoxFS

/// Files that lead to the same blocks.
@Suite("Repairing RedoxFS files that share blocks") struct RepairSharingTests {
  /// The first byte that is found by way of an index, and where in a node the pointer to that stands.
  private let indexed: UInt64 = 16 << 20
  private let indexPlace = NodeRecord.byteCount + 128 * BlockPointer.byteCount

  /// A volume with two long files.
  private func used() throws -> (MemoryStore, Mounted, a: CachedBlock, b: CachedBlock) {
    let (store, mounted) = try makeVolume()
    var nodes: [CachedBlock] = []
    for (name, seed) in [("a", 1), ("b", 2)] as [(Text, UInt64)] {
      let file = try mounted.make(newFile, name, in: 1, now: moment(1))
      try mounted.write(noise(300_000, seed: seed).span, to: file, at: indexed, now: moment(1))
      nodes.append(try mounted.node(file))
    }
    try mounted.commit()
    return (store, mounted, nodes[0], nodes[1])
  }

  @Test func anIndexThatTwoFilesHaveIsCopied() throws {
    let (store, mounted, a, b) = try used()
    b.children[indexPlace]?.detach()
    mounted.dirty.mark(b)
    b.setPointer(a.pointer(at: indexPlace), at: indexPlace)
    try mounted.commit()
    #expect(try findings(store).contains { $0.hasSuffix("is used twice") })
    let mends = try repair(store)
    #expect(
      mends.filter { if case .free = $0 { false } else { true } }
        == [.parted(path: "/a", offset: indexed)])
    #expect(try findings(store) == [])
    let again = try Mounted(mounting: store)
    for name in ["a", "b"] as [Text] {
      let file = try #require(try again.find(name.span, in: 1))
      #expect(try again.read(file, from: indexed, count: 300_000) == noise(300_000, seed: 1))
    }
  }

  /// An index with nothing but pointers to one record: each would be a record of its own.
  @Test func noMoreIsCopiedThanThereIsRoomFor() throws {
    let (store, mounted, a, b) = try used()
    let record = try #require(a.children[indexPlace]).pointer(at: 0)
    let index = try #require(b.children[indexPlace])
    mounted.dirty.mark(index)
    for place in 0..<256 {
      index.children[16 * place]?.detach()
      index.setPointer(record, at: 16 * place)
    }
    try mounted.commit()
    let before = store.bytes
    var repairer = try Repairer(of: store, now: moment(500))
    #expect(throws: FileSystemError.noSpace) { try repairer.run() }
    #expect(store.bytes == before)
    #expect(repairer.files.dirty.cost < 2048)
  }
}
