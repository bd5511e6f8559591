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
/// when timers are made, so that arming one always works, and takes a logarithm of steps. What only
/// looks is `mutating` all the same: for a method that is not, the compiler copies the structure.
struct TimerQueue: ~Copyable {
  static let capacity = 512 * 512

  var pool = Pool<Timer>()
  /// The addresses of the heap's pages, 512 timers in each.
  private var directory: PageWords?
  private(set) var count = 0
  /// The processor whose own timer watches the heap: the one that armed the earliest.
  private(set) var processor = 0
  /// What programs have added to the machine's wall clock, in nanoseconds, modulo 2^64.
  var wallClockAdjustment: UInt64 = 0

  init() {}

  /// Makes room for every timer there is.
  mutating func reserve() throws(SystemError) {
    guard pool.inUse < Self.capacity else { throw .quotaExceeded }
    let pages: PageWords
    if let directory {
      pages = directory
    } else {
      pages = PageWords(try kernel.frames.takeCleared(for: nil))
      directory = pages
    }
    let index = pool.inUse >> 9
    if pages[index] == 0 { pages[index] = try kernel.frames.takeCleared(for: nil).rawValue }
  }

  /// The earliest deadline, as far as processor `index` has to look after it.
  mutating func nextDeadline(for index: Int) -> UInt64 {
    guard count > 0, processor == index, let first = timer(0) else { return UInt64.max }
    return first.value.deadline
  }

  /// A timer whose deadline has come, taken out.
  mutating func takeExpired(at now: UInt64) -> Ref<Timer>? {
    guard count > 0, let first = timer(0), first.value.deadline <= now else { return nil }
    remove(first)
    return first
  }

  mutating func insert(_ timer: Ref<Timer>, by index: Int) {
    if count == 0 || isEarlier(timer, than: self.timer(0)) { processor = index }
    place(timer, at: count)
    count &+= 1
    rise(timer)
  }

  mutating func remove(_ timer: Ref<Timer>) {
    guard let position = timer.value.position else { return }
    timer.value.position = nil
    count &-= 1
    guard position < count, let last = self.timer(count) else { return }
    place(last, at: position)
    rise(last)
    sink(last)
  }

  private mutating func rise(_ timer: Ref<Timer>) {
    while let position = timer.value.position, position > 0,
      let parent = self.timer((position &- 1) / 2), isEarlier(timer, than: parent)
    {
      place(parent, at: position)
      place(timer, at: (position &- 1) / 2)
    }
  }

  private mutating func sink(_ timer: Ref<Timer>) {
    while let position = timer.value.position, let child = earlierChild(of: position),
      let lower = self.timer(child), isEarlier(lower, than: timer)
    {
      place(lower, at: position)
      place(timer, at: child)
    }
  }

  private mutating func earlierChild(of position: Int) -> Int? {
    let left = position &* 2 &+ 1
    guard left < count, let timer = timer(left) else { return nil }
    guard left &+ 1 < count, let other = self.timer(left &+ 1) else { return left }
    return isEarlier(other, than: timer) ? left &+ 1 : left
  }

  private func isEarlier(_ timer: Ref<Timer>, than other: Ref<Timer>?) -> Bool {
    guard let other else { return true }
    return timer.value.deadline < other.value.deadline
  }

  private mutating func timer(_ position: Int) -> Ref<Timer>? {
    guard let directory else { return nil }
    return PageOf<Ref<Timer>?>(PhysicalAddress(directory[position >> 9]))[position & 511]
  }

  private mutating func place(_ timer: Ref<Timer>, at position: Int) {
    guard let directory else { return }
    PageOf<Ref<Timer>?>(PhysicalAddress(directory[position >> 9]))[position & 511] = timer
    timer.value.position = position
  }
}
