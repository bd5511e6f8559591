// SPDX-License-Identifier: MIT

// A queue of fixed-size entries in memory that two processes share: one adds, the other takes.
//
// Layout, all little-endian: mark (4), entry bytes (4), capacity (4, a power of two); at 64 the
// number of entries ever added, at 128 the number ever taken, at 192 whether the taker waits, each
// alone in its cache line (4 bytes); entries from 256 on. Numbers wrap around. Each side keeps its
// own number for itself and only publishes it; the other's is a claim: a distance greater than the
// capacity means that the peer is broken, and the ring is given up.

/// How a ring lies in memory.
enum RingLayout {
  static var mark: UInt32 { 0x676E_6952 }
  static var added: Int { 64 }
  static var taken: Int { 128 }
  static var isWaiting: Int { 192 }
  static var entries: Int { 256 }
}

/// Why a ring cannot be used any more.
public enum RingError: Error, Equatable {
  /// The memory is smaller than the ring.
  case tooSmall
  /// The memory holds no ring, or one of another shape.
  case mismatch
  /// The other side's numbers make no sense.
  case broken
}

/// The size of a ring's memory.
public enum RingSize {
  /// - Parameter capacity: a power of two up to 65,536.
  /// - Returns: bytes, a multiple of 64.
  public static func byteCount<Entry: BitwiseCopyable>(
    of _: Entry.Type, capacity: UInt32
  ) -> Int {
    (RingLayout.entries &+ Int(capacity) &* MemoryLayout<Entry>.stride &+ 63) & ~63
  }

  /// Makes a ring in `memory`, before either side uses it.
  /// - Throws: `tooSmall`, `mismatch` for a capacity that is none.
  public static func prepare<Entry: BitwiseCopyable>(
    _ memory: SharedBytes, of _: Entry.Type, capacity: UInt32
  ) throws(RingError) {
    guard capacity > 0, capacity <= 65_536, capacity & (capacity &- 1) == 0 else {
      throw .mismatch
    }
    guard memory.count >= byteCount(of: Entry.self, capacity: capacity) else { throw .tooSmall }
    memory.clear(0..<RingLayout.entries)
    memory.store(UInt32(MemoryLayout<Entry>.stride), at: 4)
    memory.store(capacity, at: 8)
    memory.storeReleasing32(RingLayout.mark, at: 0)
  }
}

/// What both sides know of a ring.
struct RingShape {
  let memory: SharedBytes
  let capacity: UInt32

  init(_ memory: SharedBytes, entryBytes: Int) throws(RingError) {
    guard memory.count >= RingLayout.entries else { throw .tooSmall }
    guard memory.loadAcquiring32(at: 0) == RingLayout.mark,
      memory.load(at: 4, as: UInt32.self) == UInt32(entryBytes)
    else { throw .mismatch }
    let capacity = memory.load(at: 8, as: UInt32.self)
    guard capacity > 0, capacity <= 65_536, capacity & (capacity &- 1) == 0 else {
      throw .mismatch
    }
    guard memory.count >= RingLayout.entries &+ Int(capacity) &* entryBytes else {
      throw .tooSmall
    }
    self.memory = memory
    self.capacity = capacity
  }

  @inline(__always)
  func place(_ number: UInt32, _ entryBytes: Int) -> Int {
    RingLayout.entries &+ Int(number & (capacity &- 1)) &* entryBytes
  }
}

/// The side that adds.
public struct RingProducer<Entry: BitwiseCopyable>: ~Copyable {
  private let shape: RingShape
  private var added: UInt32
  /// The peer's number as last seen: looked at again only when the ring seems full.
  private var taken: UInt32
  private var published: UInt32

  /// Continues with what the ring holds.
  /// - Throws: `tooSmall`, `mismatch`, `broken`.
  public init(_ memory: SharedBytes) throws(RingError) {
    let shape = try RingShape(memory, entryBytes: MemoryLayout<Entry>.stride)
    let added = memory.loadAcquiring32(at: RingLayout.added)
    let taken = memory.loadAcquiring32(at: RingLayout.taken)
    guard added &- taken <= shape.capacity else { throw .broken }
    self.shape = shape
    self.added = added
    self.taken = taken
    published = added
  }

  /// Adds an entry, which the other side sees after `publish`.
  /// - Returns: false if the ring is full.
  /// - Throws: `broken`.
  @inline(__always)
  public mutating func push(_ entry: Entry) throws(RingError) -> Bool {
    if added &- taken == shape.capacity {
      taken = shape.memory.loadAcquiring32(at: RingLayout.taken)
      guard added &- taken <= shape.capacity else { throw .broken }
      if added &- taken == shape.capacity { return false }
    }
    shape.memory.store(entry, at: shape.place(added, MemoryLayout<Entry>.stride))
    added &+= 1
    return true
  }

  /// Shows the other side what was added.
  /// - Returns: whether it waits and has to be told, by ringing the doorbell.
  @inline(__always)
  public mutating func publish() -> Bool {
    if published == added { return false }
    published = added
    shape.memory.storeAndFence32(added, at: RingLayout.added)
    return shape.memory.loadAcquiring32(at: RingLayout.isWaiting) != 0
  }
}

/// The side that takes.
public struct RingConsumer<Entry: BitwiseCopyable>: ~Copyable {
  private let shape: RingShape
  private var taken: UInt32
  /// The peer's number as last seen: looked at again only when the ring seems empty.
  private var added: UInt32

  /// Continues with what the ring holds.
  /// - Throws: `tooSmall`, `mismatch`, `broken`.
  public init(_ memory: SharedBytes) throws(RingError) {
    let shape = try RingShape(memory, entryBytes: MemoryLayout<Entry>.stride)
    let taken = memory.loadAcquiring32(at: RingLayout.taken)
    let added = memory.loadAcquiring32(at: RingLayout.added)
    guard added &- taken <= shape.capacity else { throw .broken }
    self.shape = shape
    self.taken = taken
    self.added = added
  }

  /// Takes the oldest entry: a copy, which the other side cannot change any more.
  /// - Returns: `nil` if there is none.
  /// - Throws: `broken`.
  @inline(__always)
  public mutating func pop() throws(RingError) -> Entry? {
    if added == taken {
      added = shape.memory.loadAcquiring32(at: RingLayout.added)
      guard added &- taken <= shape.capacity else { throw .broken }
      if added == taken { return nil }
    }
    let entry = shape.memory.load(
      at: shape.place(taken, MemoryLayout<Entry>.stride), as: Entry.self)
    taken &+= 1
    shape.memory.storeReleasing32(taken, at: RingLayout.taken)
    return entry
  }

  /// Asks for the doorbell before waiting.
  /// - Returns: false if there is something already: then do not wait.
  /// - Throws: `broken`.
  @inline(__always)
  public mutating func prepareToWait() throws(RingError) -> Bool {
    shape.memory.storeAndFence32(1, at: RingLayout.isWaiting)
    added = shape.memory.loadAcquiring32(at: RingLayout.added)
    guard added &- taken <= shape.capacity else { throw .broken }
    if added == taken { return true }
    endWait()
    return false
  }

  /// Says that the doorbell is not needed any more.
  @inline(__always)
  public mutating func endWait() { shape.memory.storeReleasing32(0, at: RingLayout.isWaiting) }
}
