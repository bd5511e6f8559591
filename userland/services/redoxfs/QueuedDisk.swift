// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
public import Memory
import RedoxFS
import Storage

/// Blocks of a disk through its rings. What is written is gathered into long requests that are under way
/// while more is written; what will be read soon is fetched before it is asked for.
///
/// Data lies in a few slots. A driver that is replaced is asked again for all that was not answered, in
/// the order in which it was asked before.
public final class QueuedDisk<Lane: DiskLane & ~Copyable> {
  var lane: Lane
  var slots: [Slot]
  /// The slot to whose end the next write may be added.
  var gathering: Int?
  var turn: UInt64 = 0
  /// Requests that the driver was not shown yet.
  var unseen = 0
  /// The flush that is under way.
  var flushTurn: UInt64?
  var flushFailed = false
  /// Some slot may have what was fetched, or be about to.
  private var mayBeAhead = false
  /// Something was written that a flush may still have to bring onto the medium.
  private var isUnflushed = true
  /// Something was written in another way since the last flush began.
  var needsFlush = false
  /// Something that was written is not there, and nobody has been told.
  var hasLost = false
  /// Whether the driver can be asked at all.
  public internal(set) var isUsable = true
  let sectorsPerBlock: UInt64
  private let blocksPerSlot: Int
  /// Writes blocks in another way, with patience, when the disk has refused them.
  let writeAgain: (_ block: UInt64, _ data: SharedBytes) -> Bool

  struct Slot {
    enum State { case free, gathering, writing, fetching, fetched }

    var state = State.free
    /// It goes through the disk's cache.
    var isForced = false
    var block: UInt64 = 0
    var count = 0
    var turn: UInt64 = 0
    /// Nobody wants what is fetched any more.
    var isStale = false

    var isUnderWay: Bool { state == .writing || state == .fetching }

    func overlaps(_ other: UInt64, _ otherCount: Int) -> Bool {
      block < other &+ UInt64(otherCount) && other < block &+ UInt64(count)
    }
  }

  private static var blockBytes: Int { 4096 }
  static var flushIdentifier: UInt64 { .max }

  /// - Parameters:
  ///   - sectorBytes: the disk's own blocks, of which whole ones make 4096 bytes.
  ///   - transferLimit: the most bytes of one request, 4096 at least.
  public init(
    _ lane: consuming Lane, sectorBytes: Int, transferLimit: Int,
    writeAgain: @escaping (_ block: UInt64, _ data: SharedBytes) -> Bool
  ) {
    sectorsPerBlock = UInt64(Self.blockBytes / sectorBytes)
    blocksPerSlot = min(Limits.slotBytes, transferLimit) / Self.blockBytes
    slots = [Slot](repeating: Slot(), count: lane.data.count / Limits.slotBytes)
    self.lane = lane
    self.writeAgain = writeAgain
  }

  func data(_ slot: Int) -> SharedBytes {
    let start = slot &* Limits.slotBytes
    return lane.data.extracting(start..<start &+ slots[slot].count &* Self.blockBytes)
  }
}

// MARK: - Reading

extension QueuedDisk where Lane: ~Copyable {
  /// Appends blocks to `bytes`.
  /// - Returns: false if they cannot be read.
  public func read(_ block: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool {
    let start = bytes.count
    var done = 0
    bytes.reserveCapacity(start &+ count &* Self.blockBytes)
    while done < count {
      let part = min(count &- done, blocksPerSlot)
      guard let slot = fetched(block &+ UInt64(done), part) else {
        bytes.removeLast(bytes.count &- start)
        return false
      }
      let data = data(slot)
      bytes.append(addingCapacity: data.count) { output in data.append(0..<data.count, to: &output)
      }
      slots[slot].state = .free
      done &+= part
    }
    return true
  }

  /// Begins to fetch blocks, if there is room for them.
  public func expect(_ block: UInt64, count: Int) {
    guard isUsable, count <= blocksPerSlot, find(block, count) == nil,
      // One for what is written, and one for what is asked for before this comes.
      slots.count(where: { $0.state == .free }) > 2
    else { return }
    _ = begin(fetching: block, count)
    show()
  }

  /// The slot that has these blocks.
  private func fetched(_ block: UInt64, _ count: Int) -> Int? {
    guard isUsable, let slot = find(block, count) ?? begin(fetching: block, count) else {
      return nil
    }
    while isUsable, slots[slot].state == .fetching { wait() }
    guard slots[slot].state == .fetched else { return nil }
    return slot
  }

  private func find(_ block: UInt64, _ count: Int) -> Int? {
    slots.firstIndex {
      ($0.state == .fetching || $0.state == .fetched) && !$0.isStale && $0.block == block
        && $0.count == count
    }
  }

  private func begin(fetching block: UInt64, _ count: Int) -> Int? {
    // What was written there comes first.
    if let gathering, slots[gathering].overlaps(block, count) { endGathering() }
    guard let slot = takeSlot() else { return nil }
    slots[slot] = Slot(state: .fetching, block: block, count: count)
    mayBeAhead = true
    submit(slot)
    return slot
  }
}

// MARK: - Writing

extension QueuedDisk where Lane: ~Copyable {
  /// Writes blocks, which are under way when it returns.
  /// - Returns: false if the disk cannot be asked.
  public func write(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    isUnflushed = true
    drop(block, bytes.count / Self.blockBytes)
    var done = 0
    while done < bytes.count {
      let place = block &+ UInt64(done / Self.blockBytes)
      let left = (bytes.count &- done) / Self.blockBytes
      guard let slot = slotForWriting(place, left) else { return false }
      let before = slots[slot].count
      let count = min(left, blocksPerSlot &- before)
      slots[slot].count = before &+ count
      data(slot).copy(
        bytes.extracting(done..<done &+ count &* Self.blockBytes), to: before &* Self.blockBytes)
      done &+= count &* Self.blockBytes
    }
    return true
  }

  /// The slot that `count` blocks from `block` on are gathered in, as far as it has room.
  private func slotForWriting(_ block: UInt64, _ count: Int) -> Int? {
    if let slot = gathering {
      let room = blocksPerSlot &- slots[slot].count
      let isNext = slots[slot].block &+ UInt64(slots[slot].count) == block
      // What fits into one request is not made two.
      if isNext, room >= min(count, blocksPerSlot) { return slot }
      endGathering()
    }
    guard let slot = takeSlot() else { return nil }
    slots[slot] = Slot(state: .gathering, block: block)
    gathering = slot
    return slot
  }

  private func endGathering() {
    guard let slot = gathering else { return }
    gathering = nil
    slots[slot].state = .writing
    submit(slot)
    // The disk is busy while the rest is made.
    if unseen >= slots.count / 2 { show() }
  }

  /// What was fetched of these blocks, or is being fetched, is not what they will have.
  private func drop(_ block: UInt64, _ count: Int) {
    guard mayBeAhead else { return }
    mayBeAhead = false
    for index in slots.indices
    where slots[index].state == .fetched || slots[index].state == .fetching {
      mayBeAhead = true
      guard slots[index].overlaps(block, count) else { continue }
      if slots[index].state == .fetched {
        slots[index].state = .free
      } else {
        slots[index].isStale = true
      }
    }
  }

  /// Returns once all that was written is on the medium; false if some of it is not.
  public func flush() -> Bool {
    endGathering()
    repeat {
      guard isUsable else { return false }
      turn &+= 1
      (flushTurn, flushFailed, needsFlush) = (turn, false, false)
      submitFlush()
      while isUsable, flushTurn != nil || slots.contains(where: { $0.state == .writing }) {
        drain()
      }
      // What had to be written again may have come after the flush.
    } while isUsable && needsFlush
    let isDone = isUsable && !flushFailed && !hasLost
    hasLost = false
    isUnflushed = !isDone
    return isDone
  }

  /// Writes one run of blocks, and returns once it and all before it is on the medium.
  public func writeThrough(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    guard bytes.count / Self.blockBytes <= blocksPerSlot else {
      return write(block, bytes) && flush()
    }
    if isUnflushed { guard flush() else { return false } }
    drop(block, bytes.count / Self.blockBytes)
    guard let slot = takeSlot() else { return false }
    slots[slot] = Slot(
      state: .writing, isForced: true, block: block, count: bytes.count / Self.blockBytes)
    data(slot).copy(bytes, to: 0)
    submit(slot)
    while isUsable, slots[slot].state == .writing { drain() }
    if needsFlush { return flush() }
    let isDone = isUsable && !hasLost
    hasLost = false
    isUnflushed = !isDone
    return isDone
  }
}
