// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Address spaces") struct MemorySpaceTests {
    init() throws { try Fixture.start(processors: 2, memoryBytes: 48 << 20) }

    private func map(
      _ task: MemoryTask, _ length: UInt, _ access: PageAccess = .read | .write,
      _ placement: Placement = .anywhere
    ) throws -> UInt {
      var nature = RegionNature()
      nature.access = access
      nature.maximumAccess = .read | .write | .execute
      let thread = task.threads[0]
      return try MemoryFixture.perform(thread) { () throws(SystemError) in
        try task.space.map(length, nature, placement, .call(thread))
      }.get()
    }

    private func unmap(_ task: MemoryTask, _ start: UInt, _ length: UInt) throws {
      let thread = task.threads[0]
      try MemoryFixture.perform(thread) { () throws(SystemError) in
        try task.space.unmap(start, start + length, .call(thread))
      }.get()
    }

    @Test func memoryIsZeroedAndChargedWhenTouched() throws {
      let task = try MemoryFixture.makeTask()
      let address = try map(task, 64 << 30)
      let before = task.space.chargedPages
      #expect(MemoryFixture.load(task.threads[0], address + 40 << 30) == 0)
      #expect(task.space.value.privatePages == 1)
      #expect(task.space.chargedPages <= before + 4)
      try unmap(task, address, 64 << 30)
      #expect(task.space.chargedPages == 1)
      task.end()
    }

    @Test func aTouchBeyondTheLimitIsThatThreadsViolation() throws {
      let account = try Account.create(below: kernel.rootAccount)
      let task = try MemoryFixture.makeTask(account)
      let address = try map(task, 100 * 4096)
      try account.setLimit(.frames, minimum: 0, maximum: account.value.used[0] + 10)
      var touched = 0
      var violation: UInt32?
      while violation == nil {
        violation = MemoryFixture.store(task.threads[0], address + UInt(touched) * 4096, 1)
        if violation == nil { touched += 1 }
      }
      #expect(violation == FaultKind.memoryLimit)
      // Ten frames, less the tables on the way.
      #expect(touched > 5 && touched <= 10)
      // What it has it keeps.
      #expect(MemoryFixture.load(task.threads[1], address) == 1)
      task.end()
      #expect(account.value.used[0] == 0)
      account.drop()
    }

    @Test func copyOnWriteNeverFailsForWhatWasForked() throws {
      let account = try Account.create(below: kernel.rootAccount)
      let parent = try MemoryFixture.makeTask(account)
      let address = try map(parent, 50 * 4096)
      for page: UInt in 0..<50 {
        MemoryFixture.store(parent.threads[0], address + page * 4096, UInt64(page))
      }
      let thread = parent.threads[0]
      let copy = try MemoryFixture.perform(thread) { () throws(SystemError) in
        try AddressSpace.fork(parent.space, account, thread)
      }.get()
      let child = try MemoryTask(copy, account)
      try account.setLimit(.frames, minimum: 0, maximum: account.value.used[0])
      for page: UInt in 0..<50 {
        #expect(
          MemoryFixture.store(child.threads[0], address + page * 4096, 1_000) == nil)
        #expect(MemoryFixture.load(parent.threads[0], address + page * 4096) == UInt64(page))
      }
      // And there is no room for another child.
      let refused = MemoryFixture.perform(thread) { () throws(SystemError) in
        try AddressSpace.fork(parent.space, account, thread)
      }
      #expect(refused == .failure(.outOfMemory))
      child.end()
      parent.end()
      _ = MemoryBalance.now()
      #expect(account.value.used[0] == 0)
      account.drop()
    }

    @Test func placesAreRandomApartAndUsedAgain() throws {
      var starts: Set<UInt> = []
      for _ in 0..<8 {
        let task = try MemoryFixture.makeTask()
        let first = try map(task, 4096)
        let second = try map(task, 4096)
        #expect(second < first)
        starts.insert(first)
        try unmap(task, second, 4096)
        // A loop of mapping and unmapping stays where it is.
        for _ in 0..<40 {
          let again = try map(task, 4096)
          #expect(first - again <= 64 * 4096)
          try unmap(task, again, 4096)
        }
        task.end()
      }
      #expect(starts.count == 8)
    }

    @Test func theClockPageIsEverywhereAndNobodyCanMapOverIt() throws {
      let task = try MemoryFixture.makeTask()
      let thread = task.threads[0]
      MemoryFixture.makeCurrent(thread, on: 0)
      #expect(ModelMachine.userLoad(clockPageAddress + 32) == Machine.wallClockAtBoot)
      #expect(!ModelMachine.userStore(clockPageAddress, 1))
      #expect(throws: SystemError.invalidArgument) {
        _ = try map(task, 4096, .read, .replacing(clockPageAddress))
      }
      try unmap(task, clockPageAddress, 4096)
      #expect(ModelMachine.userLoad(clockPageAddress + 32) == Machine.wallClockAtBoot)
      #expect(throws: SystemError.invalidArgument) {
        _ = try map(task, 4096, .read, .exactly(0))
      }
      #expect(throws: SystemError.invalidArgument) {
        _ = try map(task, 4096, .read, .exactly(Machine.userLimit))
      }
      #expect(throws: SystemError.outOfMemory) { _ = try map(task, Machine.userLimit & ~4095) }
      task.end()
    }

    @Test func longWorkIsDoneInSteps() throws {
      let task = try MemoryFixture.makeTask()
      let thread = task.threads[0]
      let address = try map(task, 2_000 * 4096)
      for page: UInt in 0..<2_000 {
        MemoryFixture.store(thread, address + page * 4096, UInt64(page))
      }
      var entries = 0
      let copy = try MemoryFixture.perform(thread) { () throws(SystemError) in
        entries += 1
        return try AddressSpace.fork(task.space, kernel.rootAccount, thread)
      }.get()
      #expect(entries > 2)
      let child = try MemoryTask(copy, kernel.rootAccount!)
      for page in stride(from: UInt(0), to: 2_000, by: 37) {
        #expect(MemoryFixture.load(child.threads[0], address + page * 4096) == UInt64(page))
      }
      entries = 0
      try MemoryFixture.perform(thread) { () throws(SystemError) in
        entries += 1
        try task.space.protect(address, address + 2_000 * 4096, .read, .call(thread))
      }.get()
      #expect(entries > 2)
      #expect(MemoryFixture.store(thread, address, 1) == FaultKind.pageFault)
      entries = 0
      let nature = RegionNature()
      _ = try MemoryFixture.perform(thread) { () throws(SystemError) in
        entries += 1
        return try task.space.map(
          2_000 * 4096, nature, .replacing(address), .call(thread))
      }.get()
      #expect(entries > 2)
      entries = 0
      let other = child.threads[0]
      try MemoryFixture.perform(other) { () throws(SystemError) in
        entries += 1
        try child.space.unmap(address, address + 2_000 * 4096, .call(other))
      }.get()
      #expect(entries > 2)
      child.end()
      task.end()
    }

    @Test(arguments: [false, true])
    func whoMapsWhileARangeIsUnmappedGetsOtherAddresses(_ isShared: Bool) throws {
      let task = try MemoryFixture.makeTask()
      let thread = task.threads[0]
      if isShared { MemoryFixture.makeCurrent(task.threads[1], on: 1) }
      var nature = RegionNature()
      nature.access = .read | .write
      nature.maximumAccess = .read | .write
      var entries = 0
      for count: UInt in stride(from: 1, to: 400, by: 3) {
        let address = try map(task, count * 4096)
        for page in 0..<count { MemoryFixture.store(thread, address + page * 4096, 1) }
        var isAgain = false
        var others: [UInt] = []
        try MemoryFixture.perform(thread) { () throws(SystemError) in
          // Somebody else maps a page between two entries of the call.
          if isAgain {
            others.append(try task.space.map(4096, nature, .anywhere, .call(task.threads[1])))
          }
          isAgain = true
          try task.space.unmap(address, address + count * 4096, .call(thread))
        }.get()
        entries += others.count
        for other in others {
          #expect(task.space.region(at: other) != nil)
          try unmap(task, other, 4096)
        }
      }
      #expect(entries > 100)
      task.end()
    }

    @Test func anAbandonedForkGivesEverythingBack() throws {
      let task = try MemoryFixture.makeTask()
      let thread = task.threads[0]
      let address = try map(task, 2_000 * 4096)
      for page: UInt in 0..<2_000 { MemoryFixture.store(thread, address + page * 4096, 1) }
      let before = MemoryBalance.now()
      MemoryFixture.makeCurrent(thread, on: 0)
      #expect(throws: SystemError.restart) {
        _ = try AddressSpace.fork(task.space, kernel.rootAccount, thread)
      }
      abandonMemoryWork(of: thread)
      var after = MemoryBalance.now()
      after.freeAndKernel = before.freeAndKernel
      #expect(after == before)
      #expect(MemoryFixture.store(thread, address, 2) == nil)
      task.end()
    }

    @Test func aMappingGrowsInPlaceOrMoves() throws {
      let task = try MemoryFixture.makeTask()
      let thread = task.threads[0]
      let first = try map(task, 3 * 4096)
      MemoryFixture.store(thread, first + 2 * 4096, 7)
      let blocked = first + 3 * 4096
      var move = Move(
        start: first, length: 3 * 4096, newLength: 5 * 4096, target: nil, replaces: false)
      func go() throws -> UInt {
        try MemoryFixture.perform(thread) { () throws(SystemError) in
          try task.space.move(move, thread)
        }.get()
      }
      #expect(try go() == first)
      #expect(MemoryFixture.load(thread, first + 4 * 4096) == 0)
      _ = try map(task, 4096, .read, .replacing(blocked + 4096))
      move.length = 4 * 4096
      move.newLength = 900 * 4096
      let second = try go()
      #expect(second != first)
      #expect(MemoryFixture.load(thread, second + 2 * 4096) == 7)
      #expect(MemoryFixture.load(thread, second + 899 * 4096) == 0)
      #expect(MemoryFixture.load(thread, first) == nil)
      #expect(MemoryFixture.load(thread, blocked + 4096) == 0)
      task.end()
    }

    /// A hostile program may keep as many regions as it likes: it pays for them.
    @Test func regionsAreCharged() throws {
      let account = try Account.create(below: kernel.rootAccount)
      let task = try MemoryFixture.makeTask(account)
      let used = account.value.used[0]
      try account.setLimit(.frames, minimum: 0, maximum: used + 3)
      var count = 0
      while (try? map(task, 4096, .read, .exactly(0x10_0000 + UInt(count) * 8192))) != nil {
        count += 1
      }
      #expect(count == 48)
      #expect(account.value.used[0] == used + 3)
      task.end()
      #expect(account.value.used[0] == 0)
      account.drop()
    }
  }
}
