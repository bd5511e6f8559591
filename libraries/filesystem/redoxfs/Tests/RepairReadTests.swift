// SPDX-License-Identifier: MIT
import Base
import Mutation
import RedoxFSExample
import Testing

@testable import RedoxFS

/// Volumes on a medium that does not read all of them.
@Suite("Repairing RedoxFS volumes on failing media") struct RepairReadTests {
  /// A damaged volume, and which blocks it has.
  private func used() throws -> (MemoryStore, [UInt64]) {
    let (store, mounted) = try makeVolume(blocks: 900)
    var workload = Workload(seed: 12)
    for number in 0..<40 {
      try workload.step(mounted, largest: 20_000)
      if number == 20 { try mounted.makeSnapshot("kept", now: moment(1)) }
    }
    try mounted.commit()
    store.damage(try #require(mounted.log.chain.last).index)
    return (store, (Layout.firstBlock..<900).filter { !mounted.free[$0] })
  }

  @Test func aBlockThatIsReadInTheEndIsNotDamaged() throws {
    let (store, blocks) = try used()
    let patient = MemoryStore(store.bytes)
    for block in blocks { patient.refusedReads[block] = 2 }
    let mends = try repair(patient)
    #expect(patient.refusedReads.values.contains { $0 < 2 })
    #expect(try mends == repair(store))
    #expect(patient.bytes == store.bytes)
  }

  /// Each block in turn is not read: nothing is changed, unless the repair may give it up.
  @Test func aBlockThatIsNotReadIsNotGivenUpUnasked() throws {
    let (store, blocks) = try used()
    var refusals = 0
    for block in blocks {
      let copy = MemoryStore(store.bytes)
      copy.unreadable = [block]
      do throws(FileSystemError) {
        var repairer = try Repairer(of: copy, now: moment(500))
        try repairer.run()
      } catch {
        refusals += 1
        guard case .volume(.medium(let named)) = error else {
          Issue.record("block \(block): \(error)")
          continue
        }
        #expect((named..<named + 32).contains(block))
        #expect(copy.eventCount == 0 && copy.bytes == store.bytes)
        try repair(copy, RepairOptions(givesUpUnreadable: true))
        copy.unreadable = []
        var checker = Checker(try Volume(opening: copy))
        checker.run()
        #expect(
          checker.findings.allSatisfy {
            if case .unreadableInSnapshot = $0 { true } else { false }
          }, "block \(block)")
      }
    }
    #expect(refusals > 20)
  }
}
