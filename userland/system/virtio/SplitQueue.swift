// SPDX-License-Identifier: MIT
import Core
public import Memory
import PCI

/// A piece of memory that a request names.
public struct QueuePiece: Equatable, Sendable {
  public var address: UInt64
  public var byteCount: UInt32
  /// The device writes there; such pieces come last.
  public var isWritten: Bool

  public init(_ address: UInt64, _ byteCount: UInt32, isWritten: Bool) {
    self.address = address
    self.byteCount = byteCount
    self.isWritten = isWritten
  }
}

/// A split virtqueue (2.7) whose requests are chains of fixed descriptors: slot after slot, or one
/// descriptor each with a table behind it.
public struct SplitQueue: ~Copyable {
  private let memory: SharedBytes
  /// The address by which the device knows the memory, one piece.
  private let address: UInt64
  private let size: Int
  private let isIndirect: Bool
  /// Descriptors of one request.
  public let pieceLimit: Int
  public let slotCount: Int
  private var inUse: [Bool]
  private var available: UInt16 = 0
  private var seen: UInt16 = 0

  private static var descriptorBytes: Int { 16 }
  private let availablePlace: Int
  private let usedPlace: Int
  private static func tablePlace(_ size: Int) -> Int {
    (((size * descriptorBytes + 6 + 2 * size + 3) & ~3) + 6 + 8 * size + 15) & ~15
  }

  /// The memory that a queue takes, in bytes.
  public static func byteCount(size: Int, slots: Int, pieces: Int, isIndirect: Bool) -> Int {
    tablePlace(size) + (isIndirect ? slots * pieces * descriptorBytes : 0)
  }

  /// - Parameters:
  ///   - size: descriptors of the queue, a power of two.
  ///   - slots: requests at a time, `size` or less; without tables as many as have descriptors.
  public init(
    _ memory: SharedBytes, at address: UInt64, size: Int, slots: Int, pieces: Int,
    isIndirect: Bool
  ) {
    self.memory = memory
    self.address = address
    self.size = size
    self.isIndirect = isIndirect
    availablePlace = size * Self.descriptorBytes
    usedPlace = (size * Self.descriptorBytes + 6 + 2 * size + 3) & ~3
    pieceLimit = pieces
    slotCount = isIndirect ? min(slots, size) : min(slots, size / pieces)
    inUse = [Bool](repeating: false, count: slotCount)
    memory.clear(0..<Self.tablePlace(size))
  }

  public var places: QueuePlaces {
    QueuePlaces(
      size: UInt16(size), descriptors: address, available: address + UInt64(availablePlace),
      used: address + UInt64(usedPlace))
  }

  /// Forgets everything: the device was reset.
  public mutating func reset() {
    memory.clear(0..<Self.tablePlace(size))
    for slot in inUse.indices { inUse[slot] = false }
    available = 0
    seen = 0
  }

  /// Puts a request into a slot that is free. The device sees it after `publish`.
  /// - Returns: false if it has too many pieces.
  public mutating func add(_ pieces: [QueuePiece], slot: Int) -> Bool {
    guard !pieces.isEmpty, pieces.count <= pieceLimit, slot < slotCount, !inUse[slot] else {
      return false
    }
    let head: Int
    if isIndirect {
      let table = Self.tablePlace(size) + slot * pieceLimit * Self.descriptorBytes
      write(pieces, at: table, firstNumber: 0)
      head = slot
      store(
        address + UInt64(table), UInt32(pieces.count * Self.descriptorBytes), flags: 4, next: 0,
        at: head * Self.descriptorBytes)
    } else {
      head = slot * pieceLimit
      write(pieces, at: head * Self.descriptorBytes, firstNumber: head)
    }
    inUse[slot] = true
    let entry = availablePlace + 4 + 2 * (Int(available) & (size - 1))
    memory.store(UInt16(head), at: entry)
    available &+= 1
    return true
  }

  private func write(_ pieces: [QueuePiece], at place: Int, firstNumber: Int) {
    for (index, piece) in pieces.enumerated() {
      let isLast = index + 1 == pieces.count
      store(
        piece.address, piece.byteCount, flags: (isLast ? 0 : 1) | (piece.isWritten ? 2 : 0),
        next: isLast ? 0 : UInt16(firstNumber + index + 1),
        at: place + index * Self.descriptorBytes)
    }
  }

  private func store(
    _ address: UInt64, _ byteCount: UInt32, flags: UInt16, next: UInt16, at place: Int
  ) {
    memory.store(address, at: place)
    memory.store(byteCount, at: place + 8)
    memory.store(flags, at: place + 12)
    memory.store(next, at: place + 14)
  }

  /// Shows the device what was added.
  /// - Returns: whether it wants to be told.
  public func publish() -> Bool {
    // The index and the flags share a word with nothing else of ours: flags, then index.
    memory.storeAndFence32(UInt32(available) << 16, at: availablePlace)
    return memory.loadAcquiring32(at: usedPlace) & 1 == 0
  }

  /// The slot of a request that the device has ended.
  /// - Throws: `broken` if it ended what it was not given.
  public mutating func next() throws(VirtioError) -> (slot: Int, written: UInt32)? {
    let index = UInt16(truncatingIfNeeded: memory.loadAcquiring32(at: usedPlace) >> 16)
    guard index != seen else { return nil }
    guard index &- seen <= UInt16(slotCount) else { throw .broken }
    let entry = usedPlace + 4 + 8 * (Int(seen) & (size - 1))
    let head = memory.load(at: entry, as: UInt32.self)
    let written = memory.load(at: entry + 4, as: UInt32.self)
    seen &+= 1
    let step = isIndirect ? 1 : UInt32(pieceLimit)
    guard head % step == 0, head / step < UInt32(slotCount) else { throw .broken }
    let slot = Int(head / step)
    guard inUse[slot] else { throw .broken }
    inUse[slot] = false
    return (slot, written)
  }
}
