// SPDX-License-Identifier: MIT
import Base
import Core
import Mutation
import RedoxFSExample
import Testing

@testable import RedoxFS

/// The power goes at any write, and of those that were not flushed any may be lost, torn or early: the
/// volume mounts without repair, the checker is silent, and what is there is the state of a commit, the
/// last one that returned or the one under way.
@Suite("Power cuts") struct PowerCutTests {
  /// A medium's life: what it had at first, what was written, and what each commit stands for.
  private struct Life {
    var image: [UInt8]
    var history: [MemoryStore.Event]
    /// By generation.
    var states: [UInt64: Contents]
    /// Which commits had returned after so many events.
    var returned: [(events: Int, generation: UInt64)]
  }

  private func live(seed: UInt64, commits: Int, steps: Int) throws -> Life {
    let (store, mounted) = try makeVolume(blocks: 1024)
    var life = Life(
      image: store.bytes, history: [], states: [mounted.generation: try Contents(mounted)],
      returned: [(0, mounted.generation)])
    store.remembers = true
    var workload = Workload(seed: seed)
    for _ in 0..<commits {
      for _ in 0..<steps { try workload.step(mounted, largest: 20_000) }
      try mounted.commit()
      life.states[mounted.generation] = try Contents(mounted)
      life.returned.append((store.history.count, mounted.generation))
    }
    life.history = store.history
    return life
  }

  /// What may be on the medium when the power goes after `cut` events.
  private func medium(
    of life: Life, cut: Int, _ loss: Loss, _ generator: inout SeededGenerator
  ) -> MemoryStore {
    let store = MemoryStore(life.image)
    var unflushed: [(UInt64, [UInt8])] = []
    for event in life.history[..<cut] {
      switch event {
      case .flush:
        for (block, bytes) in unflushed { store.apply(block, bytes[...]) }
        unflushed = []
      case .write(let block, let bytes): unflushed.append((block, bytes))
      }
    }
    switch loss {
    case .nothing: break
    case .any: unflushed = unflushed.filter { _ in Bool.random(using: &generator) }
    case .torn:
      unflushed = unflushed.map { block, bytes in
        // Sectors of 512 bytes are written whole.
        let sectors = Int.random(in: 0...bytes.count / 512, using: &generator)
        let isEnd = Bool.random(using: &generator)
        let old = Array(store.bytes[Int(block) * 4096..<Int(block) * 4096 + bytes.count])
        let split = sectors * 512
        return (
          block,
          isEnd
            ? Array(old[..<split]) + Array(bytes[split...])
            : Array(bytes[..<split]) + Array(old[split...])
        )
      }
    }
    for (block, bytes) in unflushed { store.apply(block, bytes[...]) }
    return store
  }

  private enum Loss: CaseIterable { case nothing, any, torn }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func theStateIsThatOfACommit(seed: UInt64) throws {
    let life = try live(seed: seed, commits: 12, steps: 6)
    var generator = SeededGenerator(seed: seed)
    var met: Set<UInt64> = []
    for cut in 0...life.history.count {
      for loss in Loss.allCases {
        let store = medium(of: life, cut: cut, loss, &generator)
        let least = try #require(life.returned.last { $0.events <= cut }).generation
        let volume = try Volume(opening: store)
        let generation = volume.header.generation
        met.insert(generation)
        guard generation == least || generation == least + 1 else {
          Issue.record("after \(cut) events, \(loss): generation \(generation), not \(least)")
          continue
        }
        guard try findings(store) == [], try Contents(volume) == life.states[generation] else {
          Issue.record("after \(cut) events, \(loss): \(try findings(store))")
          continue
        }
      }
    }
    #expect(met.count == life.states.count)
  }

  @Test func aMediumThatRefusesLosesNothingThatWasCommitted() throws {
    for patience in 0...3 {
      let (store, mounted) = try makeVolume(blocks: 1024)
      var workload = Workload(seed: 5)
      for _ in 0..<30 { try workload.step(mounted, largest: 20_000) }
      try mounted.commit()
      let committed = try Contents(store)
      for _ in 0..<30 { try workload.step(mounted, largest: 20_000) }
      store.patience = patience
      if mounted.isDirty {
        #expect(throws: FileSystemError.medium) { try mounted.commit() }
      }
      store.patience = Int.max
      #expect(throws: FileSystemError.medium) {
        try mounted.make(newFile, "late", in: 1, now: moment(99))
      }
      #expect(try Contents(store) == committed)
      #expect(try findings(store) == [])
    }
  }
}
