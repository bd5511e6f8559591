// SPDX-License-Identifier: MIT

/// Why a capsule cannot be used.
public enum CapsuleError: Error, Equatable {
  /// The memory is smaller than the table needs.
  case tooSmall
}

/// How a capsule began.
public enum CapsuleOrigin: Equatable, Sendable {
  /// Its memory was new.
  case fresh
  /// It holds what an earlier run of this program left.
  case recovered
  /// It held records of another version or size, which are gone.
  case replaced
}

/// Records that outlive the process that writes them, in a table of slots in a memory object.
///
/// A slot holds two copies of its record and a commit word: zero while it is empty, else a number
/// that grows by one with each update and whose low bit names the current copy. An update writes
/// the other copy and then the word, so a death at any moment leaves the old record or the new one,
/// and never a mixture. What belongs together but lies in several slots is put between `begin` and
/// `end`: the next run sees that the operation was cut short, and which one it was.
///
/// Records are `BitwiseCopyable`: no classes, no arrays, slot numbers instead of pointers. Only one
/// process at a time uses a capsule.
public struct Capsule<Record: BitwiseCopyable>: ~Copyable {
  private let memory: SharedBytes
  public let slotCount: Int
  public let origin: CapsuleOrigin

  // The header, 64 bytes: mark, version (4), record size (4), slots (4), reserved (4), operation
  // (8), detail (8), zeros.
  private static var mark: UInt64 { 0x7370_6143_7375_7041 }
  private static var headerBytes: Int { 64 }
  private static var operationOffset: Int { 24 }
  private static var detailOffset: Int { 32 }

  private static var recordBytes: Int { (MemoryLayout<Record>.size &+ 7) & ~7 }
  private static var slotBytes: Int { 8 &+ 2 &* recordBytes }

  /// The memory that a table of `slotCount` slots takes, in bytes: a multiple of 64.
  public static func byteCount(slotCount: Int) -> Int {
    (headerBytes &+ slotCount &* slotBytes &+ 63) & ~63
  }

  /// A table at the start of `memory`. Several tables can share a memory object, one behind the
  /// other.
  ///
  /// - Parameter version: changes whenever the meaning of the records does.
  /// - Throws: `tooSmall`.
  public init(
    in memory: SharedBytes, version: UInt32, slotCount: Int
  ) throws(CapsuleError) {
    precondition(MemoryLayout<Record>.alignment <= 8)
    let byteCount = Self.byteCount(slotCount: slotCount)
    guard slotCount >= 0, byteCount <= memory.count else { throw .tooSmall }
    self.memory = memory.extracting(0..<byteCount)
    self.slotCount = slotCount
    let found = memory.loadAcquiring64(at: 0)
    let isSame =
      memory.load(at: 8, as: UInt32.self) == version
      && memory.load(at: 12, as: UInt32.self) == UInt32(MemoryLayout<Record>.size)
      && memory.load(at: 16, as: UInt32.self) == UInt32(slotCount)
    if found == Self.mark, isSame {
      origin = .recovered
      return
    }
    origin = found == Self.mark ? .replaced : .fresh
    // The mark goes first and comes last: a death in between finds a table without a mark.
    self.memory.storeReleasing64(0, at: 0)
    self.memory.clear(8..<byteCount)
    self.memory.store(version, at: 8)
    self.memory.store(UInt32(MemoryLayout<Record>.size), at: 12)
    self.memory.store(UInt32(slotCount), at: 16)
    self.memory.storeReleasing64(Self.mark, at: 0)
  }

  @inline(__always)
  private func offset(of slot: Int) -> Int {
    precondition(slot >= 0 && slot < slotCount, "no such slot")
    return Self.headerBytes &+ slot &* Self.slotBytes
  }

  /// The record in `slot`, or `nil` if it is empty. Storing replaces it at once or not at all;
  /// storing `nil` empties the slot.
  public subscript(slot: Int) -> Record? {
    @inline(__always)
    get {
      let place = offset(of: slot)
      let commit = memory.loadAcquiring64(at: place)
      if commit == 0 { return nil }
      return memory.load(at: copyOffset(place, commit), as: Record.self)
    }
    @inline(__always)
    nonmutating set {
      let place = offset(of: slot)
      guard let newValue else { return memory.storeReleasing64(0, at: place) }
      let commit = memory.loadAcquiring64(at: place)
      // Zero means empty, so a count that wraps around goes on at two, which keeps its low bit.
      let next = commit == UInt64.max ? 2 : commit &+ 1
      memory.store(newValue, at: copyOffset(place, next))
      memory.storeReleasing64(next, at: place)
    }
  }

  @inline(__always)
  private func copyOffset(_ place: Int, _ commit: UInt64) -> Int {
    place &+ 8 &+ (commit & 1 == 0 ? 0 : Self.recordBytes)
  }

  /// Whether `slot` holds a record; cheaper than looking at it.
  @inline(__always)
  public func isEmpty(_ slot: Int) -> Bool { memory.loadAcquiring64(at: offset(of: slot)) == 0 }

  /// The first empty slot from `start` on, or `nil`.
  public func firstEmpty(from start: Int = 0) -> Int? {
    var slot = start
    while slot < slotCount {
      if isEmpty(slot) { return slot }
      slot &+= 1
    }
    return nil
  }

  /// Empties all slots.
  public func removeAll() {
    for slot in 0..<slotCount { self[slot] = nil }
  }
}

extension Capsule where Record: BitwiseCopyable {
  /// Says that an operation on several slots begins. `kind` is not zero.
  public func begin(_ kind: UInt64, detail: UInt64 = 0) {
    precondition(kind != 0)
    memory.store(detail, at: Self.detailOffset)
    memory.storeReleasing64(kind, at: Self.operationOffset)
  }

  /// Says that it is complete.
  public func end() { memory.storeReleasing64(0, at: Self.operationOffset) }

  /// What was begun and not ended: after a restart, the operation that the death cut short.
  public var unfinished: (kind: UInt64, detail: UInt64)? {
    let kind = memory.loadAcquiring64(at: Self.operationOffset)
    return kind == 0 ? nil : (kind, memory.load(at: Self.detailOffset, as: UInt64.self))
  }
}
