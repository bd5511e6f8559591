// SPDX-License-Identifier: MIT
import Objects

/// The ready threads of one processor, and what its scheduler remembers between entries.
///
/// Every operation takes constant time. Real-time threads wait in one list per priority. Threads of
/// the fair class wait in a ring of 64 lists, each of which holds one slot (4.2 ms) of virtual time;
/// the ring begins one slot before `base`, which only moves forward. Within a slot the order is
/// that of arrival, which costs no fairness in the long run, as virtual times themselves are exact.
///
/// What only looks is `mutating` all the same: for a method that is not, the compiler copies the
/// whole structure first.
struct RunQueue: BitwiseCopyable {
  /// Virtual nanoseconds per slot, as a power of two.
  static let slotShift: UInt64 = 22

  /// Bit n is set while list n is not empty.
  private var realTimeMap: UInt64 = 0
  private var fairMap: UInt64 = 0
  /// The slot of the last thread that was taken, or that runs alone: virtual time has come there.
  private(set) var base: UInt64 = 1
  private(set) var count = 0

  // What the scheduler remembers.
  /// The thread that ran last: it is being charged, and its floating-point state is loaded.
  var last: Ref<Thread>?
  /// Nothing runs: time since `Processor.chargedUntil` is nobody's.
  var isIdle = true
  /// When the current thread has to make room for another of its class, in nanoseconds.
  var sliceEnd = UInt64.max
  /// What the processor's timer is set to.
  var timerDeadline = UInt64.max
  /// Slices that ended since the last look at the other processors' queues.
  var slicesSinceBalance: UInt8 = 0

  private var realTime = InlineArray<64, ThreadQueue>(repeating: ThreadQueue())
  private var fair = InlineArray<64, ThreadQueue>(repeating: ThreadQueue())

  init() {}

  @inline(__always) var isEmpty: Bool { count == 0 }
  /// Threads of the fair class wait here.
  @inline(__always) var hasFairThreads: Bool { fairMap != 0 }
  @inline(__always) var highestRealTimePriority: UInt8 {
    realTimeMap == 0 ? 0 : UInt8(truncatingIfNeeded: 63 &- realTimeMap.leadingZeroBitCount)
  }

  enum End { case front, back }

  /// Puts a ready thread in its place. Virtual time too far behind or ahead is brought into the
  /// ring, so a sleeper gains at most one slot and nobody waits longer than the ring.
  mutating func insert(_ thread: Ref<Thread>, at end: End) {
    count &+= 1
    let priority = thread.value.effectivePriority & 63
    if priority > 0 {
      thread.value.queueSlot = 64 | priority
      realTimeMap |= 1 &<< UInt64(priority)
      switch end {
      case .back: realTime[Int(priority)].append(thread)
      case .front: realTime[Int(priority)].prepend(thread)
      }
      return
    }
    let slot = admit(thread)
    let index = Int(truncatingIfNeeded: slot & 63)
    thread.value.queueSlot = UInt8(truncatingIfNeeded: index)
    fairMap |= 1 &<< UInt64(index)
    switch end {
    case .back: fair[index].append(thread)
    case .front: fair[index].prepend(thread)
    }
  }

  /// Brings the thread's virtual time into the ring.
  /// - Returns: its slot.
  private mutating func admit(_ thread: Ref<Thread>) -> UInt64 {
    let slot = thread.value.virtualTime >> Self.slotShift
    if slot &+ 1 < base {
      thread.value.virtualTime = (base &- 1) << Self.slotShift
      return base &- 1
    }
    if slot > base &+ 62 {
      thread.value.virtualTime = (base &+ 62) << Self.slotShift
      return base &+ 62
    }
    return slot
  }

  /// Takes the thread that should run next, if there is one.
  mutating func takeFirst() -> Ref<Thread>? {
    if realTimeMap != 0 { return takeRealTime() }
    guard fairMap != 0 else { return nil }
    let slot = firstFairSlot
    let index = Int(truncatingIfNeeded: slot & 63)
    guard let thread = fair[index].popFirst() else { return nil }
    if fair[index].isEmpty { fairMap &= ~(1 &<< UInt64(index)) }
    base = max(base, slot)
    count &-= 1
    return thread
  }

  private mutating func takeRealTime() -> Ref<Thread>? {
    let priority = Int(highestRealTimePriority)
    guard let thread = realTime[priority].popFirst() else { return nil }
    if realTime[priority].isEmpty { realTimeMap &= ~(1 << UInt64(priority)) }
    count &-= 1
    return thread
  }

  /// The earliest slot with a thread in it; meaningful while there is one.
  var firstFairSlot: UInt64 {
    mutating get {
      let start = base &- 1
      let shift = start & 63
      let turned = fairMap &>> shift | fairMap &<< (64 &- shift)
      return start &+ UInt64(truncatingIfNeeded: turned.trailingZeroBitCount)
    }
  }

  /// Takes a thread out that is in this queue.
  mutating func remove(_ thread: Ref<Thread>) {
    let slot = Int(thread.value.queueSlot)
    let index = slot & 63
    if slot >= 64 {
      realTime[index].remove(thread)
      if realTime[index].isEmpty { realTimeMap &= ~(1 &<< UInt64(index)) }
    } else {
      fair[index].remove(thread)
      if fair[index].isEmpty { fairMap &= ~(1 &<< UInt64(index)) }
    }
    count &-= 1
  }

  /// A thread that may run on `processor`, the first of the few best: for a processor with nothing
  /// to do. It stays in the queue.
  mutating func firstMovable(to processor: Int) -> Ref<Thread>? {
    let bit = UInt8(truncatingIfNeeded: 1 << processor)
    if realTimeMap != 0, let thread = realTime[Int(highestRealTimePriority)].first,
      thread.value.affinity & bit != 0
    {
      return thread
    }
    guard fairMap != 0 else { return nil }
    let list = fair[Int(truncatingIfNeeded: firstFairSlot & 63)]
    var next = list.first
    for _ in 0..<8 {
      guard let thread = next else { return nil }
      if thread.value.affinity & bit != 0 { return thread }
      next = list.next(after: thread)
    }
    return nil
  }

  /// Virtual time goes on with a thread that runs without competition.
  @inline(__always)
  mutating func follow(_ virtualTime: UInt64) {
    if fairMap == 0 { base = max(base, virtualTime >> Self.slotShift) }
  }

  /// Where a yielding thread has to stand so that all others of the first slot run before it.
  mutating func virtualTimeAfterFirst(_ virtualTime: UInt64) -> UInt64 {
    fairMap == 0 ? virtualTime : max(virtualTime, firstFairSlot << Self.slotShift)
  }
}
