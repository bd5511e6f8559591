// SPDX-License-Identifier: MIT
import Core

/// The locks of many files.
///
/// They are in the order of file, owner and place. What one owner has of one file never overlaps, and
/// what can be one lock is one. No two locks conflict.
public struct LockTable: Equatable, Sendable {
  public private(set) var locks: [FileLock] = []

  public init() {}

  /// The lock in the way of `wanted` that begins first.
  @export(interface)
  public func obstacle(to wanted: FileLock) -> FileLock? {
    var found: FileLock?
    var index = start(wanted.file, 0)
    while index < locks.count, locks[index].file == wanted.file {
      let lock = locks[index]
      if lock.conflicts(with: wanted), lock.range.first < found?.range.first ?? UInt64.max {
        found = lock
      }
      index &+= 1
    }
    return found
  }

  /// What `owner` has of `file`, as places in `locks`.
  @export(interface)
  public func places(of owner: UInt64, on file: UInt64) -> Range<Int> {
    let first = start(file, owner)
    var end = first
    while end < locks.count, locks[end].file == file, locks[end].owner == owner { end &+= 1 }
    return first..<end
  }

  /// The first lock of `owner`, on whatever file.
  @export(interface)
  public func file(lockedBy owner: UInt64) -> UInt64? {
    locks.first { $0.owner == owner }?.file
  }

  /// What an owner has of a file once it has `lock`, in place of what it had there.
  @export(interface)
  public func locks(with lock: FileLock) -> [FileLock] {
    var new = locks(without: lock.range, of: lock.owner, on: lock.file)
    let place = new.firstIndex { $0.range.first > lock.range.first } ?? new.count
    new.insert(lock, at: place)
    // Only the neighbours can have become one with it.
    if place &+ 1 < new.count, new[place].joins(new[place &+ 1]) {
      new[place].range.last = new[place &+ 1].range.last
      new.remove(at: place &+ 1)
    }
    if place > 0, new[place &- 1].joins(new[place]) {
      new[place &- 1].range.last = new[place].range.last
      new.remove(at: place)
    }
    return new
  }

  /// What an owner has of a file once it has nothing of `range` any more.
  @export(interface)
  public func locks(
    without range: LockRange, of owner: UInt64, on file: UInt64
  ) -> [FileLock] {
    var new: [FileLock] = []
    for lock in locks[places(of: owner, on: file)] {
      guard lock.range.overlaps(range) else {
        new.append(lock)
        continue
      }
      var part = lock
      if lock.range.first < range.first {
        part.range.last = range.first &- 1
        new.append(part)
      }
      if lock.range.last > range.last {
        part.range = LockRange(first: range.last &+ 1, last: lock.range.last)
        new.append(part)
      }
    }
    return new
  }

  /// Puts `new` in the place of what an owner has of a file.
  /// - Parameters:
  ///   - places: what `places(of:on:)` says.
  ///   - new: what `locks(with:)` or `locks(without:of:on:)` says.
  @export(interface)
  public mutating func replace(_ places: Range<Int>, with new: [FileLock]) {
    locks.replaceSubrange(places, with: new)
  }

  /// Takes up a lock that was written down.
  /// - Returns: its place; `nil` if it contradicts those that are there.
  @export(interface)
  public mutating func takeUp(_ lock: FileLock) -> Int? {
    guard lock.range.first <= lock.range.last, lock.range.last <= LockRange.end,
      obstacle(to: lock) == nil
    else { return nil }
    var place = start(lock.file, lock.owner)
    for index in places(of: lock.owner, on: lock.file) {
      if locks[index].range.overlaps(lock.range) { return nil }
      if locks[index].range.first < lock.range.first { place = index &+ 1 }
    }
    locks.insert(lock, at: place)
    return place
  }

  /// How many locks an account has.
  @export(interface)
  public func count(of account: UInt32) -> Int { locks.count { $0.account == account } }

  /// The first place at which a lock of this file by this owner, or a greater one, can be.
  private func start(_ file: UInt64, _ owner: UInt64) -> Int {
    var low = 0
    var high = locks.count
    while low < high {
      let middle = low &+ (high &- low) / 2
      let lock = locks[middle]
      if lock.file < file || lock.file == file && lock.owner < owner {
        low = middle &+ 1
      } else {
        high = middle
      }
    }
    return low
  }
}
