// SPDX-License-Identifier: MIT
import Base
import Core
import RedoxFSExample
import Testing

@testable import RedoxFS

/// The place of encryption, with a transform that is none: every byte changes with the block that it
/// lies in.
@Suite("Transformed RedoxFS volumes") struct TransformTests {
  /// A stream of bytes that depends on the number of the block of 4096 bytes.
  private static func change(_ bytes: inout [UInt8], _ block: UInt64) {
    for index in bytes.indices {
      let number = block &+ UInt64(index / 4096)
      bytes[index] ^= UInt8(truncatingIfNeeded: (number &* 0x9E37_79B9 &+ UInt64(index)) >> 5) | 1
    }
  }

  private static var transform: BlockTransform {
    BlockTransform(
      decode: change, encode: change,
      seal: { mark, generation in mark[0] ^= UInt8(truncatingIfNeeded: generation) | 1 })
  }

  private func mount(_ store: MemoryStore) throws -> Mounted {
    try Mounted(mounting: store, unlocking: { _ in Self.transform })
  }

  @Test func everyBlockGoesThroughIt() throws {
    let store = MemoryStore(blockCount: 2048)
    let made = try Mounted.format(
      store, identifier: InlineBytes(), root: newDirectory, now: moment(1),
      transform: Self.transform)
    var workload = Workload(seed: 21)
    for _ in 0..<60 { try workload.step(made, largest: 60_000) }
    let open = try made.make(newFile, "open", in: 1, now: moment(2))
    try made.unlink("open", from: 1, isOpen: { $0 == open }, now: moment(2))
    try made.makeSnapshot("kept", now: moment(3))
    for _ in 0..<60 { try workload.step(made, largest: 60_000) }
    // The log begins anew in between.
    for number in 0..<80 {
      try made.setAttributes(of: 1) { $0.mode = UInt16(number) }
      try made.commit()
    }
    let seen = try Contents(made)
    let volume = try Volume(opening: store, unlocking: { _ in Self.transform })
    #expect(try Contents(volume) == seen)
    var checker = Checker(volume)
    checker.run()
    #expect(checker.findings == [] && checker.lostBlocks == 0 && checker.snapshots.count == 1)
    let again = try mount(store)
    #expect(try Contents(again) == seen)
    _ = try Contents(again.view(again.snapshots[0]))
    try again.removeSnapshot("kept")
    for _ in 0..<20 { try workload.step(again, largest: 60_000) }
    try again.commit()
    // With its blocks decoded it is a volume like any other.
    var plain = store.bytes
    for block in 257..<UInt64(2048) {
      var bytes = Array(plain[Int(block) * 4096..<Int(block + 1) * 4096])
      Self.change(&bytes, block)
      plain.replaceSubrange(Int(block) * 4096..<Int(block + 1) * 4096, with: bytes)
    }
    for block in 0..<256 {
      let hash = Array(plain[block * 4096 + 4088..<block * 4096 + 4096])
      if hash == [UInt8](repeating: 0, count: 8) { continue }
      plain.replaceSubrange(
        block * 4096 + 4072..<block * 4096 + 4088, with: hash + [UInt8](repeating: 0, count: 8))
    }
    #expect(FormatJudge(plain, isOurs: true).faults == [])
  }

  @Test func withoutItTheVolumeIsCalledEncrypted() throws {
    let store = MemoryStore(blockCount: 600)
    _ = try Mounted.format(
      store, identifier: InlineBytes(), root: newDirectory, now: moment(1),
      transform: Self.transform)
    #expect(throws: VolumeError.encrypted) { try Volume(opening: store) }
    #expect(throws: FileSystemError.volume(.encrypted)) { try Mounted(mounting: store) }
    #expect(try Volume.header(on: store).isEncrypted)
    // The wrong one finds nothing.
    let wrong = BlockTransform(
      decode: { bytes, _ in bytes[0] ^= 1 }, encode: { _, _ in }, seal: { _, _ in })
    #expect(throws: FileSystemError.self) {
      try Mounted(mounting: store, unlocking: { _ in wrong })
    }
  }
}
