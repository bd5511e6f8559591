// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Testing

@testable import Kernel

extension OneMachine {
  @Suite("Frames and accounts") struct FrameTests {
    init() throws { try Fixture.start() }

    private func take() throws -> PhysicalAddress { try kernel.frames.take(for: nil) }
    private func takeRun(_ count: Int, low: Bool) -> UInt32? {
      while true {
        do throws(SystemError) {
          return try kernel.frames.takeRun(count, low: low)
        } catch {
          if error != .restart { return nil }
        }
      }
    }
    private func pin(_ page: PhysicalAddress) throws { try kernel.frames.pin(page) }
    private func expectFree(_ count: Int) {
      let free = kernel.frames.freeCount
      #expect(free == count)
    }

    @Test func everyFrameIsHandedOutOnceAndComesBack() throws {
      let free = kernel.frames.freeCount
      var seen: Set<UInt64> = []
      var taken: [PhysicalAddress] = []
      while kernel.frames.freeCount > 0 {
        guard let frame = kernel.frames.takeUncharged() else { break }
        let address = FrameTable.address(of: frame)
        #expect(seen.insert(address.rawValue).inserted)
        taken.append(address)
      }
      #expect(taken.count == free)
      let extra = kernel.frames.takeUncharged()
      #expect(extra == nil)
      #expect(throws: SystemError.outOfMemory) { try take() }
      for address in taken.reversed() {
        kernel.frames.giveUncharged(UInt32(address.rawValue >> 12))
      }
      expectFree(free)
    }

    @Test func runsLieSideBySideAndFreeMemoryJoinsAgain() throws {
      let free = kernel.frames.freeCount
      var noise = Noise(7)
      var runs: [(first: UInt32, count: Int)] = []
      var owner: [UInt32: Int] = [:]
      for round in 0..<4_000 {
        if noise.next(below: 3) != 0 {
          let count = 1 + noise.next(below: noise.next(below: 8) == 0 ? 1_024 : 40)
          guard let first = takeRun(count, low: noise.next(below: 2) == 0) else { continue }
          for frame in first..<(first + UInt32(count)) {
            guard owner[frame] == nil else {
              Issue.record("frame \(frame) is in two runs")
              return
            }
            owner[frame] = round
          }
          runs.append((first, count))
        } else if !runs.isEmpty {
          let run = runs.remove(at: noise.next(below: runs.count))
          for frame in run.first..<(run.first + UInt32(run.count)) {
            kernel.frames.giveUncharged(frame)
            owner[frame] = nil
          }
        }
        expectFree(free - owner.count)
      }
      for frame in owner.keys { kernel.frames.giveUncharged(frame) }
      expectFree(free)
      // 32 MiB of memory hold several aligned runs of 4 MiB once all is free.
      var large = 0
      while takeRun(1_024, low: true) != nil { large += 1 }
      #expect(large >= 5)
    }

    @Test func aPinnedFrameOutlivesItsOwnerAndIsPaidForUntilThen() throws {
      let before = MemoryBalance.now()
      let account = try Account.create(below: kernel.rootAccount)
      let page = try kernel.frames.take(for: account)
      let frame = UInt32(page.rawValue >> 12)
      try kernel.frames.pin(page)
      try kernel.frames.pin(page)
      kernel.frames.give(page, for: account)
      #expect(account.value.used[0] == 1)
      kernel.frames.unpin(frame)
      #expect(account.value.used[0] == 1)
      #expect(throws: SystemError.badAddress) { try pin(page) }
      account.drop()
      kernel.frames.unpin(frame)
      #expect(MemoryBalance.now() == before)
    }

    @Test func deviceMemoryCannotBePinned() {
      #expect(throws: SystemError.badAddress) {
        try pin(PhysicalAddress(0xFEE0_0000))
      }
      #expect(throws: SystemError.badAddress) { try pin(PhysicalAddress(0x1000)) }
    }

    // MARK: Accounts

    @Test func aChargeThatFailsChangesNothing() throws {
      let root = kernel.rootAccount!
      let parent = try Account.create(below: root)
      let child = try Account.create(below: parent)
      try parent.setLimit(.handles, minimum: 0, maximum: 10)
      try child.charge(.handles, 4)
      try parent.charge(.handles, 5)
      #expect(throws: SystemError.quotaExceeded) { try child.charge(.handles, 2) }
      #expect(child.value.used[3] == 4)
      #expect(parent.value.used[3] == 9)
      #expect(throws: SystemError.quotaExceeded) { try child.charge(.handles, UInt64.max) }
      try child.charge(.handles, 1)
      child.release(.handles, 5)
      parent.release(.handles, 5)
      #expect(parent.value.used[3] == 0 && root.value.used[3] == 0)
      child.drop()
      parent.drop()
    }

    @Test func whatIsPromisedIsKept() throws {
      let root = kernel.rootAccount!
      let base = root.value.used[2]
      try root.setLimit(.threads, minimum: 0, maximum: base + 100)
      let login = try Account.create(below: root)
      let hog = try Account.create(below: root)
      try login.setLimit(.threads, minimum: 30, maximum: 60)
      #expect(root.value.used[2] == base + 30)
      #expect(throws: SystemError.outOfMemory) {
        try hog.setLimit(.threads, minimum: 71, maximum: 100)
      }
      try hog.charge(.threads, 70)
      #expect(throws: SystemError.quotaExceeded) { try hog.charge(.threads, 1) }
      try login.charge(.threads, 30)
      #expect(root.value.used[2] == base + 100)
      #expect(throws: SystemError.quotaExceeded) { try login.charge(.threads, 1) }
      hog.release(.threads, 20)
      try login.charge(.threads, 10)
      #expect(root.value.used[2] == base + 90)
      login.release(.threads, 40)
      hog.release(.threads, 50)
      login.drop()
      hog.drop()
      #expect(root.value.used[2] == base)
    }

    @Test func chargesAgreeWithASumOverTheTree() throws {
      let root = kernel.rootAccount!
      let base = root.value.used[1]
      try root.setLimit(.processes, minimum: 0, maximum: base + 500)
      var accounts: [Ref<Account>] = []
      var own: [UInt64] = []
      var noise = Noise(11)
      for index in 0..<12 {
        let parent = index < 3 ? root : accounts[noise.next(below: index)]
        accounts.append(try Account.create(below: parent))
        own.append(0)
      }
      for _ in 0..<20_000 {
        let index = noise.next(below: accounts.count)
        switch noise.next(below: 5) {
        case 0, 1:
          let amount = UInt64(noise.next(below: 40))
          if accounts[index].charge(at: 1, amount) { own[index] += amount }
        case 2, 3:
          let amount = min(own[index], UInt64(noise.next(below: 40)))
          accounts[index].release(.processes, amount)
          own[index] -= amount
        default:
          let minimum = UInt64(noise.next(below: 60))
          try? accounts[index].setLimit(
            .processes, minimum: minimum, maximum: minimum + UInt64(noise.next(below: 300)))
        }
        // What each account shows is its own use and what its children use or were promised.
        for (position, account) in accounts.enumerated() {
          var sum = own[position]
          for child in accounts where child.value.parent == account {
            sum += max(child.value.used[1], child.value.minimum[1])
          }
          guard account.value.used[1] == sum else {
            Issue.record("account \(position) shows \(account.value.used[1]), not \(sum)")
            return
          }
        }
        guard root.value.used[1] <= root.value.maximum[1] else {
          Issue.record("more than the machine has is in use")
          return
        }
      }
      for (index, account) in accounts.enumerated() { account.release(.processes, own[index]) }
      for account in accounts.reversed() { account.drop() }
      #expect(root.value.used[1] == base)
    }

    @Test func accountsNestEightDeep() throws {
      var chain = [kernel.rootAccount!]
      for _ in 0..<8 { chain.append(try Account.create(below: chain.last)) }
      #expect(throws: SystemError.quotaExceeded) { _ = try Account.create(below: chain.last) }
      for account in chain.dropFirst().reversed() { account.drop() }
    }
  }
}
