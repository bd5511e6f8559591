// SPDX-License-Identifier: MIT
import ABI
import Synchronization

/// Where threads wait until something that a lock protects has changed.
///
/// The word counts wake-ups; a waiter remembers the count before it gives the lock up, so a wake-up
/// in between is not lost. Waiters may wake without a reason and look again.
public struct ConditionVariable: ~Copyable, Sendable {
  private let count = FutexWord()

  @inline(__always)
  public init() {}

  /// Gives `lock` up, waits, and takes it again.
  /// - Returns: false if `deadline` passed.
  @export(interface)
  public func wait(holding lock: borrowing FutexLock, until deadline: Deadline = .never) -> Bool {
    let before = count.value.load(ordering: .relaxed)
    lock.unlock()
    var inTime = true
    do throws(SystemError) {
      try count.wait(while: before, until: deadline)
    } catch {
      inTime = error != .timedOut
    }
    lock.lock()
    return inTime
  }

  /// Wakes one waiter. Holding the lock meanwhile is allowed, not required.
  @inline(__always)
  public func signal() {
    count.value.add(1, ordering: .releasing)
    count.wake(1)
  }

  /// Wakes all waiters.
  @inline(__always)
  public func broadcast() {
    count.value.add(1, ordering: .releasing)
    count.wake(UInt(Int32.max))
  }
}
