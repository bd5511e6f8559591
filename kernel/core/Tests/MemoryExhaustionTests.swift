// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

/// Memory runs out at every point in turn: after n frames, and after n charges. Whatever fails, all
/// that was taken comes back, and the same work succeeds when there is memory again.
extension OneMachine {
  @Suite("Out of memory") struct MemoryExhaustionTests {
    enum Limit: CaseIterable, Sendable { case frames, account }

    @Test(arguments: Limit.allCases, [1, 2])
    func everyFailureGivesEverythingBack(limit: Limit, processors: Int) throws {
      var failures = 0
      for allowance in 0..<400 {
        try Fixture.start(processors: processors, memoryBytes: 6 << 20)
        let account = try Account.create(below: kernel.rootAccount)
        let before = MemoryBalance.now()
        var held: [UInt32] = []
        switch limit {
        case .frames:
          while kernel.frames.freeCount > allowance, let frame = kernel.frames.takeUncharged() {
            held.append(frame)
          }
        case .account:
          try account.setLimit(.frames, minimum: 0, maximum: UInt64(allowance))
        }
        let hasFailed = doEverything(account, processors)
        if hasFailed { failures += 1 }
        for frame in held { kernel.frames.giveUncharged(frame) }
        let after = MemoryBalance.now()
        guard after == before, account.value.used[0] == 0 else {
          Issue.record("after \(allowance): \(after), not \(before); \(account.value.used[0])")
          return
        }
        try account.setLimit(.frames, minimum: 0, maximum: UInt64.max)
        if doEverything(account, processors) {
          Issue.record("after \(allowance): does not work any more")
          return
        }
        if !hasFailed { break }
      }
      #expect(failures > 20 && failures < 400)
    }

    /// A bit of every operation that takes memory.
    /// - Returns: whether any of it failed.
    private func doEverything(_ account: Ref<Account>, _ processors: Int) -> Bool {
      var hasFailed = false
      func attempt<T>(_ body: () throws -> T) -> T? {
        do { return try body() } catch {
          if case .outOfMemory? = error as? SystemError {
          } else {
            Issue.record("an unexpected error: \(error)")
          }
          hasFailed = true
          return nil
        }
      }
      guard let task = attempt({ try MemoryFixture.makeTask(account) }) else { return true }
      let thread = task.threads[0]
      // Another processor uses the space too.
      MemoryFixture.makeCurrent(task.threads[1], on: processors - 1)
      func perform<T>(_ body: () throws(SystemError) -> T) -> T? {
        attempt { try MemoryFixture.perform(thread, body).get() }
      }
      func touch(_ address: UInt) {
        switch MemoryFixture.store(thread, address, 1) {
        case nil: break
        case FaultKind.memoryLimit, FaultKind.pageFault: hasFailed = true
        case let kind?: Issue.record("an unexpected fault \(kind)")
        }
      }
      var nature = RegionNature()
      nature.access = .read | .write
      nature.maximumAccess = .read | .write | .execute
      let base: UInt = 3 << 30
      _ = perform { () throws(SystemError) in
        try task.space.map(40 * 4096, nature, .exactly(base), .call(thread))
      }
      for page: UInt in [0, 20, 39] { touch(base + page * 4096) }
      _ = perform { () throws(SystemError) in
        try task.space.map(4096, nature, .replacing(base + 10 * 4096), .call(thread))
      }
      if !hasFailed {
        // Fails for holes if what comes before has.
        _ = perform { () throws(SystemError) in
          try task.space.protect(base + 4096, base + 5 * 4096, .read, .call(thread))
        }
        _ = perform { () throws(SystemError) in
          try task.space.move(
            Move(
              start: base + 20 * 4096, length: 10 * 4096, newLength: 12 * 4096,
              target: 9 << 40, replaces: true), thread)
        }
      }
      let copy = perform { () throws(SystemError) in
        try AddressSpace.fork(task.space, account, thread)
      }
      if let copy {
        if let child = attempt({ try MemoryTask(copy, account) }) {
          if MemoryFixture.store(child.threads[0], base, 2) != nil { hasFailed = true }
          child.end()
        } else {
          copy.discard()
        }
      }
      useObjects(account, task, thread, nature, attempt, perform, touch)
      _ = perform { () throws(SystemError) in
        try task.space.unmap(base + 2 * 4096, base + 3 * 4096, .call(thread))
      }
      task.end()
      return hasFailed
    }

    private func useObjects(
      _ account: Ref<Account>, _ task: MemoryTask, _ thread: Ref<Thread>, _ nature: RegionNature,
      _ attempt: (() throws -> Ref<MemoryObject>) -> Ref<MemoryObject>?,
      _ perform: (() throws(SystemError) -> UInt) -> UInt?, _ touch: (UInt) -> Void
    ) {
      let object = attempt {
        try MemoryObject.create(.zero, length: 1 << 30, account: account)
      }
      guard let object else { return }
      var nature = nature
      nature.object = object
      nature.flags = .shared
      let address = perform { () throws(SystemError) in
        try task.space.map(600 * 4096, nature, .anywhere, .call(thread))
      }
      if let address {
        touch(address)
        touch(address + 599 * 4096)
        _ = perform { () throws(SystemError) in
          try object.resize(4096, thread)
          return 0
        }
        touch(address)
      }
      object.release()
      let wired = attempt {
        try MemoryFixture.perform(thread) { () throws(SystemError) in
          try makeContiguousObject(length: 40 * 4096, account)
        }.get()
      }
      wired?.release()
    }
  }
}
