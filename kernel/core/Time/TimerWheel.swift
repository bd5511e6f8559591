// SPDX-License-Identifier: MIT
import Objects

/// Threads whose wait has a deadline, by deadline.
///
/// Time is a number written in digits of six bits, the lowest worth 4,096 ns. A thread is kept at
/// the highest digit in which its deadline differs from the wheel's own time, in the slot of that
/// digit's value; so all of one level come before all of the next, and inserting, removing and
/// finding the earliest take constant time. When time reaches a slot above the lowest level, its
/// threads move down, at most nine times each.
///
/// What only looks is `mutating` all the same: for a method that is not, the compiler copies the
/// whole wheel first.
struct TimerWheel: BitwiseCopyable {
  private static let tickShift: UInt64 = 12
  private static let digitBits = 6
  private static let levels = 9
  /// Slots with more threads are not searched for the earliest of them; it may be a tick late.
  private static let searchLimit = 8

  /// Bit n of element l: slot n of level l is not empty.
  private var occupied = InlineArray<9, UInt64>(repeating: 0)
  private var slots = InlineArray<576, List<TimerRole>>(repeating: List())
  /// In ticks; everything before has been dealt with.
  private var time: UInt64 = 0
  /// A slot whose threads are being moved down: comes before everything else.
  private var unfinished: Int?
  private(set) var count = 0

  /// Not later than the earliest deadline; `UInt64.max` if there is none.
  private(set) var next = UInt64.max
  /// The processor whose timer is set for `next`.
  var processor = 0

  init() {}

  /// Adds a thread with its `deadline` set.
  mutating func insert(_ thread: Ref<Thread>) {
    place(thread)
    count &+= 1
    next = min(next, thread.value.deadline)
  }

  private mutating func place(_ thread: Ref<Thread>) {
    let tick = max(thread.value.deadline >> Self.tickShift, time)
    let difference = tick ^ time
    let level = difference == 0 ? 0 : (63 &- difference.leadingZeroBitCount) / Self.digitBits
    let digit = Int(truncatingIfNeeded: tick >> UInt64(level &* Self.digitBits)) & 63
    let slot = level &* 64 &+ digit
    occupied[level] |= 1 &<< UInt64(digit)
    thread.value.timerSlot = UInt16(truncatingIfNeeded: slot)
    slots[slot].append(thread)
  }

  /// Takes a thread out before its deadline.
  mutating func remove(_ thread: Ref<Thread>) {
    takeOut(thread)
    count &-= 1
    if count == 0 { next = UInt64.max }
  }

  private mutating func takeOut(_ thread: Ref<Thread>) {
    let slot = Int(thread.value.timerSlot)
    slots[slot].remove(thread)
    guard slots[slot].isEmpty else { return }
    occupied[slot / 64] &= ~(1 &<< UInt64(slot & 63))
    if unfinished == slot { unfinished = nil }
  }

  /// Takes out a thread whose deadline has come. Moving a thread down, and taking one out, each
  /// cost one of `steps`.
  /// - Returns: nil when there is none, or no step is left; then `next` says when to go on.
  mutating func takeExpired(at now: UInt64, _ steps: inout Int) -> Ref<Thread>? {
    let tick = now >> Self.tickShift
    while steps > 0, let slot = firstSlot() {
      let start = start(of: slot)
      if start > tick { break }
      time = max(time, start)
      if slot >= 64 {
        moveDown(slot, &steps)
        continue
      }
      guard let thread = due(in: slot, isOver: start < tick, now) else { break }
      steps &-= 1
      takeOut(thread)
      count &-= 1
      return thread
    }
    if steps > 0 { time = max(time, min(tick, earliest() >> Self.tickShift)) }
    next = earliest()
    return nil
  }

  /// A thread of the lowest level whose deadline has come.
  private mutating func due(in slot: Int, isOver: Bool, _ now: UInt64) -> Ref<Thread>? {
    let list = slots[slot]
    if isOver { return list.first }
    if list.count > Self.searchLimit { return nil }
    var next = list.first
    while let thread = next {
      if thread.value.deadline <= now { return thread }
      next = list.next(after: thread)
    }
    return nil
  }

  private mutating func moveDown(_ slot: Int, _ steps: inout Int) {
    while let thread = slots[slot].first {
      unfinished = slot
      if steps == 0 { return }
      steps &-= 1
      takeOut(thread)
      place(thread)
    }
  }

  /// The slot that comes first, if any is occupied.
  private mutating func firstSlot() -> Int? {
    if let unfinished { return unfinished }
    for level in 0..<Self.levels where occupied[level] != 0 {
      return level &* 64 &+ occupied[level].trailingZeroBitCount
    }
    return nil
  }

  /// When a slot begins, in ticks.
  private mutating func start(of slot: Int) -> UInt64 {
    let shift = UInt64(slot / 64 &* Self.digitBits)
    let above = time & ~((1 &<< (shift &+ 6)) &- 1)
    return above | UInt64(truncatingIfNeeded: slot & 63) &<< shift
  }

  /// When to look again, in nanoseconds.
  private mutating func earliest() -> UInt64 {
    guard let slot = firstSlot() else { return UInt64.max }
    if unfinished != nil { return time << Self.tickShift }
    let list = slots[slot]
    if list.count > Self.searchLimit {
      let tick = start(of: slot) &+ (slot < 64 ? 1 : 0)
      return tick >> (64 &- Self.tickShift) == 0 ? tick << Self.tickShift : UInt64.max
    }
    var earliest = UInt64.max
    var next = list.first
    while let thread = next {
      earliest = min(earliest, thread.value.deadline)
      next = list.next(after: thread)
    }
    return earliest
  }
}
