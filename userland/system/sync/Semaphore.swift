// SPDX-License-Identifier: MIT
import ABI
import Synchronization

/// A count of something available, which threads take from and wait for.
public struct Semaphore: ~Copyable, Sendable {
  private let available: FutexWord
  private let waiting = Atomic<UInt32>(0)

  public init(_ count: UInt32) { available = FutexWord(count) }

  /// Takes one if there is one.
  @inline(__always)
  public func take() -> Bool {
    var count = available.value.load(ordering: .relaxed)
    while count > 0 {
      let (exchanged, found) = available.value.compareExchange(
        expected: count, desired: count &- 1, ordering: .acquiring)
      if exchanged { return true }
      count = found
    }
    return false
  }

  /// Takes one, waiting for it.
  /// - Returns: false if `deadline` passed first.
  @export(interface)
  public func wait(until deadline: Deadline = .never) -> Bool {
    while !take() {
      waiting.add(1, ordering: .sequentiallyConsistent)
      var isLate = false
      do throws(SystemError) {
        try available.wait(while: 0, until: deadline)
      } catch {
        isLate = error == .timedOut
      }
      waiting.subtract(1, ordering: .relaxed)
      if isLate { return take() }
    }
    return true
  }

  /// Puts one back.
  @inline(__always)
  public func signal() {
    available.value.add(1, ordering: .sequentiallyConsistent)
    if waiting.load(ordering: .sequentiallyConsistent) != 0 { available.wake(1) }
  }
}
