// SPDX-License-Identifier: MIT
import Synchronization
import System
import TestRuntime

/// A file that clients lock parts of.
protocol LockedPlace {
  static var path: Text { get }
}

enum LockedTemporaryFile: LockedPlace {
  static var path: Text { "/scheme/tmp/locked" }
}

enum LockedVolumeFile: LockedPlace {
  static var path: Text { "/scheme/" + TestVolume.scheme + "/locked" }
}

/// Who has which of four parts of the file, as the clients themselves know it: sixteen bits each, one
/// for who has it alone and a count of those who share it.
private enum LockBoard {
  static let parts = 4
  private static let holders = Atomic<UInt64>(0)
  private static let alone: UInt64 = 0x8000

  private static func field(_ word: UInt64, _ part: Int) -> UInt64 {
    word >> UInt64(part * 16) & 0xFFFF
  }

  static func take(_ part: Int, _ kind: LockKind) throws(TestFailure) {
    let one = (kind == .exclusive ? alone : 1) << UInt64(part * 16)
    let before = field(holders.add(one, ordering: .sequentiallyConsistent).oldValue, part)
    switch kind {
    case .exclusive: try expect(before == 0, "a lock that nobody else has")
    case .shared: try expect(before < alone, "a lock that nobody has alone")
    }
  }

  static func give(_ part: Int, _ kind: LockKind) {
    let one = (kind == .exclusive ? alone : 1) << UInt64(part * 16)
    holders.subtract(one, ordering: .sequentiallyConsistent)
  }
}

/// One of those who lock parts of one file, wait for each other, and never have what another has.
struct LockClient<Place: LockedPlace>: CampaignClient, ~Copyable {
  private let file: File
  private var random: Random

  private static var partBytes: UInt64 { 100 }

  init(number: Int, seed: UInt64) throws(TestFailure) {
    file = try succeed("opening the file") { () throws(SystemError) in
      try File(Place.path, .readWrite | .create)
    }
    random = Random(seed: seed &+ UInt64(number) &+ 1)
  }

  mutating func step() throws(TestFailure) {
    let part = random.below(LockBoard.parts)
    let kind: LockKind = random.oneIn(2) ? .shared : .exclusive
    try wait(part, kind)
    if random.oneIn(3) { try tryOther(than: part) }
    if kind == .shared, random.oneIn(3) { try upgrade(part) }
    if random.oneIn(8) {
      // Those who are in one's way are others.
      let held = try inTheWay(part)
      try expect(held == nil || kind == .shared, "nothing in the way of who has it alone")
    }
    Clock.sleep(.microseconds(random.below(random.oneIn(10) ? 8000 : 500)))
    LockBoard.give(part, kind)
    try give(part)
  }

  private func place(_ part: Int) -> UInt64 { UInt64(part) * Self.partBytes }

  private func wait(_ part: Int, _ kind: LockKind) throws(TestFailure) {
    try succeed("locking") { () throws(SystemError) in
      try file.handle.lock(kind, start: place(part), length: Self.partBytes)
    }
    try LockBoard.take(part, kind)
  }

  private func give(_ part: Int) throws(TestFailure) {
    try succeed("unlocking") { () throws(SystemError) in
      try file.handle.unlock(start: place(part), length: Self.partBytes)
    }
  }

  /// Without waiting, so that nobody waits in a circle.
  private mutating func tryOther(than part: Int) throws(TestFailure) {
    let other = (part + 1 + random.below(LockBoard.parts - 1)) % LockBoard.parts
    guard try tries(other) else { return }
    try LockBoard.take(other, .exclusive)
    Clock.sleep(.microseconds(random.below(100)))
    LockBoard.give(other, .exclusive)
    try give(other)
  }

  private func tries(_ part: Int) throws(TestFailure) -> Bool {
    try succeed("trying to lock") { () throws(SystemError) in
      try file.handle.tryLock(.exclusive, start: place(part), length: Self.partBytes)
    }
  }

  /// What is shared becomes one's own, if nobody else shares it, and then shared again.
  private func upgrade(_ part: Int) throws(TestFailure) {
    LockBoard.give(part, .shared)
    guard try tries(part) else { return try LockBoard.take(part, .shared) }
    try LockBoard.take(part, .exclusive)
    LockBoard.give(part, .exclusive)
    try succeed("sharing again") { () throws(SystemError) in
      try file.handle.lock(.shared, start: place(part), length: Self.partBytes)
    }
    try LockBoard.take(part, .shared)
  }

  private func inTheWay(_ part: Int) throws(TestFailure) -> FileLockRecord? {
    try succeed("asking who has it") { () throws(SystemError) in
      try file.handle.lockInTheWay(
        of: .exclusive, start: place(part), length: Self.partBytes)
    }
  }

  mutating func check() throws(TestFailure) {}

  mutating func end() throws(TestFailure) {
    try succeed("giving all up") { () throws(SystemError) in try file.handle.unlock() }
  }
}
