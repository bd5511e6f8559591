// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Machine
import Objects

/// A timer of `/scheme/time`: readable once its deadline has passed.
struct Timer: PoolObject {
  var slot = PoolSlot<Timer>()
  var description: Ref<Description>?
  var clock = ClockKind.monotonic
  /// On the monotonic clock, in nanoseconds; meaningful while armed.
  var deadline: UInt64 = 0
  /// Place in the heap while armed.
  var position: Int?
  var isExpired = false
  var waiters = ThreadQueue()
  init() {}
}

/// The armed timers, as a heap with the earliest deadline on top. It lies in pages that are taken
/// when timers are made, so that arming one always works, and takes a logarithm of steps.
struct TimerQueue: ~Copyable {
  static let capacity = 64 * 512

  var pool = Pool<Timer>()
  private var pages = InlineArray<64, PhysicalAddress>(repeating: PhysicalAddress(0))
  private(set) var count = 0
  /// The processor whose own timer watches the heap: the one that armed the earliest.
  private(set) var processor = 0
  /// What programs have added to the machine's wall clock, in nanoseconds, modulo 2^64.
  var wallClockAdjustment: UInt64 = 0

  init() {}

  /// Makes room for every timer there is.
  mutating func reserve() throws(SystemError) {
    guard pool.inUse < Self.capacity else { throw .quotaExceeded }
    let page = pool.inUse >> 9
    if pages[page].rawValue == 0 { pages[page] = try kernel.frames.takeCleared(for: nil) }
  }

  /// The earliest deadline, as far as processor `index` has to look after it.
  func nextDeadline(for index: Int) -> UInt64 {
    count > 0 && processor == index ? timer(0).value.deadline : UInt64.max
  }

  /// A timer whose deadline has come, taken out.
  mutating func takeExpired(at now: UInt64) -> Ref<Timer>? {
    guard count > 0 else { return nil }
    let first = timer(0)
    guard first.value.deadline <= now else { return nil }
    remove(first)
    return first
  }

  mutating func insert(_ timer: Ref<Timer>, by index: Int) {
    if count == 0 || timer.value.deadline < self.timer(0).value.deadline { processor = index }
    place(timer, at: count)
    count &+= 1
    rise(timer)
  }

  mutating func remove(_ timer: Ref<Timer>) {
    guard let position = timer.value.position else { return }
    timer.value.position = nil
    count &-= 1
    guard position < count else { return }
    let last = self.timer(count)
    place(last, at: position)
    rise(last)
    sink(last)
  }

  private mutating func rise(_ timer: Ref<Timer>) {
    while let position = timer.value.position, position > 0 {
      let parent = self.timer((position &- 1) / 2)
      if parent.value.deadline <= timer.value.deadline { return }
      place(parent, at: position)
      place(timer, at: (position &- 1) / 2)
    }
  }

  private mutating func sink(_ timer: Ref<Timer>) {
    while let position = timer.value.position, position &* 2 &+ 1 < count {
      var child = position &* 2 &+ 1
      if child &+ 1 < count,
        self.timer(child &+ 1).value.deadline < self.timer(child).value.deadline
      {
        child &+= 1
      }
      let lower = self.timer(child)
      if timer.value.deadline <= lower.value.deadline { return }
      place(lower, at: position)
      place(timer, at: child)
    }
  }

  private func timer(_ position: Int) -> Ref<Timer> {
    PageOf<Ref<Timer>>(pages[position >> 9])[position & 511]
  }

  private func place(_ timer: Ref<Timer>, at position: Int) {
    PageOf<Ref<Timer>>(pages[position >> 9])[position & 511] = timer
    timer.value.position = position
  }
}
