// SPDX-License-Identifier: MIT
import ABI
import Testing

@testable import FileLocks

/// What each byte of each file is locked for, by whom: as plain as can be.
private struct Model {
  static let bytes = 24
  static let owners = 4
  static let files = 3
  /// 0 nothing, 1 shared, 2 exclusive; by file, owner and byte.
  var kinds = [UInt8](repeating: 0, count: files * owners * bytes)

  func place(_ file: Int, _ owner: Int, _ byte: Int) -> Int {
    (file * Self.owners + owner) * Self.bytes + byte
  }

  func allows(_ lock: FileLock) -> Bool {
    for owner in 0..<Self.owners where owner != Int(lock.owner) {
      for byte in Self.range(lock.range) {
        let kind = kinds[place(Int(lock.file), owner, byte)]
        if kind == 2 || kind == 1 && lock.isExclusive { return false }
      }
    }
    return true
  }

  mutating func set(_ file: Int, _ owner: Int, _ range: LockRange, _ kind: UInt8) {
    for byte in Self.range(range) { kinds[place(file, owner, byte)] = kind }
  }

  /// The last byte stands for all up to the end.
  static func range(_ range: LockRange) -> ClosedRange<Int> {
    Int(range.first)...Int(min(range.last, UInt64(bytes - 1)))
  }

  init() {}

  init(_ table: LockTable) {
    for lock in table.locks {
      set(Int(lock.file), Int(lock.owner), lock.range, lock.isExclusive ? 2 : 1)
    }
  }
}

extension LockTable {
  fileprivate mutating func set(_ lock: FileLock) {
    let new = locks(with: lock)
    replace(places(of: lock.owner, on: lock.file), with: new)
  }

  fileprivate mutating func clear(_ range: LockRange, of owner: UInt64, on file: UInt64) {
    let new = locks(without: range, of: owner, on: file)
    replace(places(of: owner, on: file), with: new)
  }

  /// Sorted, apart, and nothing in two pieces that could be one.
  fileprivate var isInOrder: Bool {
    for (one, two) in zip(locks, locks.dropFirst()) {
      if one.file > two.file || one.file == two.file && one.owner > two.owner { return false }
      guard one.file == two.file, one.owner == two.owner else { continue }
      if one.range.last >= two.range.first || one.joins(two) { return false }
    }
    return true
  }
}

private func range(_ first: UInt64, _ last: UInt64) -> LockRange {
  LockRange(first: first, last: last)
}

private func lock(
  _ first: UInt64, _ last: UInt64, _ owner: UInt64 = 1, exclusive: Bool = true
) -> FileLock {
  FileLock(file: 1, owner: owner, range: range(first, last), isExclusive: exclusive)
}

@Suite("File locks") struct LockTableTests {
  @Test(
    arguments: [
      (0, 0, 0, LockRange.end), (5, 1, 5, 5), (5, 0, 5, LockRange.end),
      (LockRange.end, 1, LockRange.end, LockRange.end), (0, LockRange.end, 0, LockRange.end - 1),
      (0, LockRange.end + 1, 0, LockRange.end),
    ] as [(UInt64, UInt64, UInt64, UInt64)])
  func rangesOfStartAndLength(_ row: (UInt64, UInt64, UInt64, UInt64)) throws {
    let made = try LockRange(start: row.0, length: row.1)
    #expect(made == range(row.2, row.3))
    #expect(try LockRange(start: made.first, length: made.length) == made)
  }

  @Test(
    arguments: [
      (LockRange.end + 1, 0), (LockRange.end, 2), (1, LockRange.end + 1), (UInt64.max, 1),
      (0, UInt64.max), (2, UInt64.max),
    ] as [(UInt64, UInt64)])
  func rangesBehindTheEndOfAll(_ row: (UInt64, UInt64)) {
    #expect(throws: SystemError.invalidArgument) {
      try LockRange(start: row.0, length: row.1)
    }
  }

  /// What is had before, what is locked or unlocked (`nil`), and what is had then.
  @Test(
    arguments: [
      // Apart, side by side, over one another.
      ([lock(0, 3)], lock(8, 9), [lock(0, 3), lock(8, 9)]),
      ([lock(0, 3)], lock(4, 9), [lock(0, 9)]),
      ([lock(4, 9)], lock(0, 3), [lock(0, 9)]),
      ([lock(0, 5)], lock(3, 9), [lock(0, 9)]),
      ([lock(0, 3), lock(6, 9)], lock(4, 5), [lock(0, 9)]),
      ([lock(0, 3), lock(6, 9), lock(12, 13)], lock(2, 12), [lock(0, 13)]),
      // The middle of a lock becomes another.
      (
        [lock(0, 9)], lock(3, 5, exclusive: false),
        [lock(0, 2), lock(3, 5, exclusive: false), lock(6, 9)]
      ),
      ([lock(0, 9, exclusive: false)], lock(0, 9), [lock(0, 9)]),
      ([lock(0, 4, exclusive: false), lock(5, 9)], lock(0, 4), [lock(0, 9)]),
      (
        [lock(0, LockRange.end)], lock(7, LockRange.end, exclusive: false),
        [lock(0, 6), lock(7, LockRange.end, exclusive: false)]
      ),
    ] as [([FileLock], FileLock, [FileLock])])
  func lockingReplacesAndJoins(_ row: ([FileLock], FileLock, [FileLock])) {
    var table = LockTable()
    for lock in row.0 { table.set(lock) }
    table.set(row.1)
    #expect(table.locks == row.2)
  }

  @Test func unlockingCutsAndSplits() {
    var table = LockTable()
    table.set(lock(0, LockRange.end))
    table.clear(range(10, 19), of: 1, on: 1)
    #expect(table.locks == [lock(0, 9), lock(20, LockRange.end)])
    table.clear(range(0, 4), of: 1, on: 1)
    table.clear(range(30, LockRange.end), of: 1, on: 1)
    #expect(table.locks == [lock(5, 9), lock(20, 29)])
    table.clear(range(0, 100), of: 2, on: 1)
    table.clear(range(0, 100), of: 1, on: 2)
    #expect(table.locks.count == 2)
    table.clear(range(0, 100), of: 1, on: 1)
    #expect(table.locks.isEmpty)
  }

  @Test func theFirstLockInTheWayIsNamed() {
    var table = LockTable()
    table.set(lock(20, 29, 1, exclusive: false))
    table.set(lock(0, 9, 2, exclusive: false))
    #expect(table.obstacle(to: lock(0, 99, 3))?.owner == 2)
    #expect(table.obstacle(to: lock(10, 99, 3))?.owner == 1)
    #expect(table.obstacle(to: lock(0, 99, 3, exclusive: false)) == nil)
    #expect(table.obstacle(to: lock(10, 19, 3)) == nil)
    #expect(table.obstacle(to: lock(20, 29, 1)) == nil)
    var other = lock(0, 99, 3)
    other.file = 7
    #expect(table.obstacle(to: other) == nil)
  }

  @Test func whatWasWrittenDownIsTakenUpIfItCanBe() {
    var table = LockTable()
    #expect(table.takeUp(lock(10, 19)) == 0)
    #expect(table.takeUp(lock(0, 5)) == 0)
    #expect(table.takeUp(lock(30, 31)) == 2)
    #expect(table.takeUp(lock(15, 16)) == nil)
    #expect(table.takeUp(lock(15, 16, 2, exclusive: false)) == nil)
    #expect(table.takeUp(lock(9, 8)) == nil)
    #expect(table.takeUp(lock(100, LockRange.end + 1)) == nil)
    #expect(table.file(lockedBy: 1) == 1 && table.file(lockedBy: 2) == nil)
  }

  /// Many operations at random: the table and the model allow and have the same.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func sameAsTheModel(_ seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func below(_ limit: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int((state >> 11) % UInt64(limit))
    }
    var table = LockTable()
    var model = Model()
    for _ in 0..<400 {
      let (file, owner) = (below(Model.files), below(Model.owners))
      let first = UInt64(below(Model.bytes - 1))
      let last =
        below(6) == 0
        ? LockRange.end : first + UInt64(below(Model.bytes - 1 - Int(first)))
      let range = range(first, last)
      if below(3) == 0 {
        table.clear(range, of: UInt64(owner), on: UInt64(file))
        model.set(file, owner, range, 0)
      } else {
        let lock = FileLock(
          file: UInt64(file), owner: UInt64(owner), range: range, isExclusive: below(2) == 0)
        let isFree = table.obstacle(to: lock) == nil
        #expect(isFree == model.allows(lock))
        guard isFree else { continue }
        table.set(lock)
        model.set(file, owner, range, lock.isExclusive ? 2 : 1)
      }
      #expect(table.isInOrder)
      #expect(Model(table).kinds == model.kinds)
      // Taken up in any order, the same locks are the same table.
      var again = LockTable()
      var shuffled = table.locks
      for index in shuffled.indices { shuffled.swapAt(index, below(shuffled.count)) }
      for lock in shuffled { #expect(again.takeUp(lock) != nil) }
      #expect(again == table)
    }
  }
}
