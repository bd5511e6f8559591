// SPDX-License-Identifier: MIT
import ABI
import FileLocks
import Testing

@testable import FileLocking

/// Clients as they see themselves: what each byte is certainly theirs for.
private struct Holdings {
  static let bytes = 16
  /// 0 nothing for certain, 1 shared, 2 exclusive; by description and byte.
  private var kinds: [UInt64: [UInt8]] = [:]

  init(_ descriptions: [UInt64]) {
    for description in descriptions {
      kinds[description] = [UInt8](repeating: 0, count: Self.bytes)
    }
  }

  func conflicts(_ description: UInt64, _ range: Range<Int>, _ kind: UInt8) -> Bool {
    for (other, theirs) in kinds where other != description {
      for byte in range where theirs[byte] == 2 || theirs[byte] == 1 && kind == 2 { return true }
    }
    return false
  }

  mutating func set(_ description: UInt64, _ range: Range<Int>, _ kind: UInt8) {
    for byte in range { kinds[description]?[byte] = kind }
  }

  mutating func forget(_ description: UInt64) { kinds[description] = nil }

  /// What a table of locks says, in the same form.
  static func of(_ table: LockTable, _ descriptions: [UInt64]) -> Holdings {
    var holdings = Holdings(descriptions)
    for lock in table.locks {
      let end = Int(min(lock.range.last, UInt64(bytes - 1))) + 1
      holdings.set(lock.owner, Int(lock.range.first)..<end, lock.isExclusive ? 2 : 1)
    }
    return holdings
  }

  static func == (one: Holdings, two: Holdings) -> Bool { one.kinds == two.kinds }
}

private struct Pending {
  var tag: UInt
  var description: UInt64
  var range: Range<Int>
  var operation: LockOperation
}

@Suite("Killed lock servers") struct LockKillTests {
  /// Requests at random of clients each of which has at most one; a server that is killed after any
  /// store and any answer. Nothing is granted twice, nothing is lost, and nobody is left waiting for
  /// what is free.
  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func nothingIsLostAndNothingGrantedTwice(_ seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func below(_ limit: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int((state >> 11) % UInt64(limit))
    }
    var descriptions: [UInt64] = [1, 2, 3, 4, 5]
    var world = LockWorld(descriptions: descriptions)
    var holdings = Holdings(descriptions)
    var pending: [Pending] = []

    /// Takes note of answers.
    func settle(_ results: [UInt: UInt]) {
      pending.removeAll { request in
        guard let result = results[request.tag] else { return false }
        switch request.operation {
        case .unlock: #expect(result == 0)
        case .shared, .exclusive, .tryShared, .tryExclusive:
          let kind: UInt8 =
            request.operation == .shared || request.operation == .tryShared ? 1 : 2
          if result == 0 {
            #expect(!holdings.conflicts(request.description, request.range, kind))
            holdings.set(request.description, request.range, kind)
          } else {
            #expect(result == word(.wouldBlock))
          }
        default: break
        }
        return true
      }
    }

    for step in 0..<600 {
      let free = descriptions.filter { one in !pending.contains { $0.description == one } }
      if let description = free.isEmpty ? nil : free[below(free.count)], below(3) > 0 {
        let start = below(Holdings.bytes)
        let count = 1 + below(Holdings.bytes - start)
        let operation =
          [.unlock, .unlock, .shared, .exclusive, .tryShared, .tryExclusive][below(6)]
          as LockOperation
        let range = start..<start + count
        let tag = world.request(operation, UInt64(start), UInt64(count), by: description)
        pending.append(
          Pending(tag: tag, description: description, range: range, operation: operation))
        // From here on it is not certain any more.
        if operation == .unlock { holdings.set(description, range, 0) }
        if operation == .shared || operation == .tryShared {
          weaken(description, range, &holdings, world.kept)
        }
      }
      if world.hasUndelivered { world.deliver(killingAfter: below(4) == 0 ? below(30) : nil) }
      settle(world.results)
      if below(60) == 0 { world.kill() }
      if below(40) == 0 {
        let closed = descriptions.remove(at: below(descriptions.count))
        pending.removeAll { $0.description == closed }
        holdings.forget(closed)
        world.close(closed, killingAfter: below(2) == 0 ? below(20) : nil)
        settle(world.results)
        let made = UInt64(step + 10)
        descriptions.append(made)
        holdings = world.adding(made, to: holdings)
      }
    }
    // In the end all that was asked is delivered; who has something gives it up, until nobody waits.
    while world.hasUndelivered { world.deliver() }
    settle(world.results)
    while !pending.isEmpty {
      let idle = descriptions.filter { one in !pending.contains { $0.description == one } }
      guard !idle.isEmpty else { break }
      for description in idle {
        holdings.set(description, 0..<Holdings.bytes, 0)
        #expect(world.ask(.unlock, by: description) == 0)
        settle(world.results)
      }
      if idle.count == descriptions.count { break }
      if world.kept.locks.allSatisfy({ lock in !idle.contains(lock.owner) }),
        isStuck(pending, world.kept)
      {
        // They wait for each other, in a circle: the table must say so.
        return
      }
    }
    if pending.isEmpty { #expect(Holdings.of(world.kept, descriptions) == holdings) }
    #expect(world.kills > 0)
  }

  /// A lock that becomes a shared one is exclusive no longer than until it is asked for.
  private func weaken(
    _ description: UInt64, _ range: Range<Int>, _ holdings: inout Holdings, _ table: LockTable
  ) {
    for lock in table.locks where lock.owner == description && lock.isExclusive {
      let end = Int(min(lock.range.last, UInt64(Holdings.bytes - 1))) + 1
      let both = range.clamped(to: Int(lock.range.first)..<end)
      if !both.isEmpty { holdings.set(description, both, 1) }
    }
  }

  /// Whether something is in the way of each who waits.
  private func isStuck(_ pending: [Pending], _ table: LockTable) -> Bool {
    pending.allSatisfy { request in
      let lock = FileLock(
        file: 1, owner: request.description,
        range: LockRange(
          first: UInt64(request.range.lowerBound), last: UInt64(request.range.upperBound - 1)),
        isExclusive: request.operation == .exclusive)
      return table.obstacle(to: lock) != nil
    }
  }
}

extension LockWorld {
  /// A description that is opened, with nothing locked.
  fileprivate mutating func adding(_ description: UInt64, to holdings: Holdings) -> Holdings {
    opened(description)
    var new = holdings
    new.add(description)
    return new
  }
}

extension Holdings {
  fileprivate mutating func add(_ description: UInt64) {
    kinds[description] = [UInt8](repeating: 0, count: Self.bytes)
  }
}
