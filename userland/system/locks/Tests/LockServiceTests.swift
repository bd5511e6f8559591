// SPDX-License-Identifier: MIT
import ABI
import FileLocks
import Testing

@testable import FileLocking

@Suite("Lock service") struct LockServiceTests {
  @Test func sharedLocksGoTogetherAndExclusiveOnesDoNot() {
    var world = LockWorld(descriptions: [1, 2, 3])
    #expect(world.ask(.shared, by: 1) == 0)
    #expect(world.ask(.tryShared, by: 2) == 0)
    #expect(world.ask(.tryExclusive, by: 3) == word(.wouldBlock))
    #expect(world.ask(.tryExclusive, by: 1) == word(.wouldBlock))
    #expect(world.ask(.unlock, by: 2) == 0)
    #expect(world.ask(.tryExclusive, by: 1) == 0)
    #expect(world.ask(.tryShared, by: 2) == word(.wouldBlock))
    #expect(world.ask(.unlock, by: 1) == 0)
    #expect(world.ask(.unlock, by: 1) == 0)
    #expect(world.kept.locks.isEmpty)
  }

  @Test func whoWaitsGetsItInOrder() {
    var world = LockWorld(descriptions: [1, 2, 3, 4])
    #expect(world.ask(.exclusive, by: 1) == 0)
    let second = world.request(.shared, by: 2)
    let third = world.request(.exclusive, by: 3)
    let fourth = world.request(.shared, by: 4)
    while world.hasUndelivered { world.deliver() }
    #expect(world.results[second] == nil)
    // The two who share get it together; the other one waits for both.
    #expect(world.ask(.unlock, by: 1) == 0)
    #expect(world.results[second] == 0 && world.results[fourth] == 0)
    #expect(world.results[third] == nil)
    #expect(world.ask(.unlock, by: 2) == 0)
    #expect(world.results[third] == nil)
    world.close(4)
    #expect(world.results[third] == 0)
  }

  @Test func aDowngradeLetsOthersIn() {
    var world = LockWorld(descriptions: [1, 2])
    #expect(world.ask(.exclusive, by: 1) == 0)
    let waiting = world.request(.shared, 100, 1, by: 2)
    world.deliver()
    #expect(world.ask(.shared, 100, 50, by: 1) == 0)
    #expect(world.results[waiting] == 0)
    #expect(world.kept.locks.count == 4)
  }

  @Test func theHolderIsTold() {
    var world = LockWorld(descriptions: [7, 8])
    #expect(world.ask(.exclusive, 10, 20, by: 7) == 0)
    #expect(world.ask(.findShared, 0, 10, by: 8) == 0)
    #expect(world.ask(.findShared, 0, 11, by: 8) == 32)
    #expect(world.record.start == 10 && world.record.length == 20 && world.record.process == 7)
    #expect(world.record.operation == LockOperation.exclusive.rawValue)
    #expect(world.ask(.findExclusive, by: 7) == 0)
    #expect(world.ask(.shared, UInt64.max, 1, by: 8) == word(.invalidArgument))
  }

  @Test func aSignalEndsTheWaitAndNothingElse() {
    var world = LockWorld(descriptions: [1, 2])
    #expect(world.ask(.exclusive, by: 1) == 0)
    let waiting = world.request(.exclusive, by: 2)
    world.deliver()
    world.interrupt(waiting)
    #expect(world.results[waiting] == word(.interrupted))
    world.interrupt(waiting)
    #expect(world.ask(.unlock, by: 1) == 0)
    #expect(world.kept.locks.isEmpty)
  }

  @Test func whoEndsWhileWaitingGetsNothing() {
    var world = LockWorld(descriptions: [1, 2, 3])
    #expect(world.ask(.shared, by: 1) == 0)
    #expect(world.ask(.shared, by: 2) == 0)
    let ended = world.request(.exclusive, by: 2)
    let other = world.request(.exclusive, 0, 10, by: 3)
    while world.hasUndelivered { world.deliver() }
    world.endClient(of: ended)
    #expect(world.ask(.unlock, by: 1) == 0)
    // Its description has what it had before.
    #expect(world.kept.locks.map(\.isExclusive) == [false])
    #expect(world.ask(.unlock, by: 2) == 0)
    #expect(world.results[other] == 0)
  }

  @Test func locksAndWaitsOutliveTheServer() {
    var world = LockWorld(descriptions: [1, 2, 3])
    #expect(world.ask(.exclusive, 0, 10, by: 1) == 0)
    #expect(world.ask(.shared, 20, 10, by: 2) == 0)
    let waiting = world.request(.exclusive, by: 3)
    world.deliver()
    for _ in 0..<3 {
      world.kill()
      while world.hasUndelivered { world.deliver() }
      #expect(world.ask(.tryShared, 5, 1, by: 2) == word(.wouldBlock))
    }
    world.close(2)
    world.kill()
    #expect(world.results[waiting] == nil)
    world.close(1)
    while world.hasUndelivered { world.deliver() }
    #expect(world.results[waiting] == 0)
  }

  @Test func thereIsAnEndToLocks() {
    var world = LockWorld(descriptions: [1, 2], slots: 8)
    for index in 0..<8 as Range<UInt64> {
      #expect(world.ask(.exclusive, index * 10, 5, by: 1) == 0)
    }
    #expect(world.ask(.exclusive, 1000, 1, by: 2) == word(.noLocks))
    // A lock that would become two keeps its middle.
    #expect(world.ask(.unlock, 1, 1, by: 1) == word(.noLocks))
    #expect(world.ask(.exclusive, 5, 5, by: 1) == 0)
    #expect(world.ask(.exclusive, 1000, 1, by: 2) == 0)
    world.kill()
    #expect(world.kept.locks.count == 8)
    // One lock over all takes the place of many.
    #expect(world.ask(.unlock, by: 2) == 0)
    #expect(world.ask(.exclusive, by: 1) == 0)
    #expect(world.kept.locks.count == 1)
  }

  @Test func memoryOfNonsenseIsNotBelieved() {
    var state: UInt64 = 88_172_645_463_325_252
    for round in 0..<200 {
      let good = TestStore(words: 8 + 2 * 72 + 48)
      _ = KeptLocks(takingUp: good)
      var words = good.words
      for _ in 0..<round % 9 + 1 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        words[1 + Int(state % UInt64(words.count - 1))] = round % 2 == 0 ? state : state % 9
      }
      // It is taken up or not; nothing traps, and what is taken up holds together.
      guard let kept = KeptLocks(takingUp: TestStore(copy: words)) else { continue }
      var again = LockTable()
      for lock in kept.table.locks { #expect(again.takeUp(lock) != nil) }
    }
  }
}
