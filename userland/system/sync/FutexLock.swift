// SPDX-License-Identifier: MIT
import ABI
import Synchronization

/// Keeps all but one thread out of a piece of code. `Mutex` does the same for a piece of data, and
/// is what to use where there is such data.
///
/// The word holds 0 while the lock is free, 1 while it is held, 2 while it is held and somebody may
/// be waiting; so nobody enters the kernel while there is no contention. Not recursive: a thread
/// that takes it twice waits for ever.
public struct FutexLock: ~Copyable, Sendable {
  private let word = FutexWord()

  @inline(__always)
  public init() {}

  /// Takes the lock, waiting as long as it takes; signals are handled meanwhile.
  @inline(__always)
  public func lock() {
    if !tryLock() { lockContended() }
  }

  /// Takes the lock if it is free.
  @inline(__always)
  public func tryLock() -> Bool {
    word.value.compareExchange(
      expected: 0, desired: 1, successOrdering: .acquiring,
      failureOrdering: .relaxed
    ).exchanged
  }

  /// Gives the lock back, which this thread holds.
  @inline(__always)
  public func unlock() {
    if word.value.exchange(0, ordering: .releasing) == 2 { word.wake() }
  }

  @inline(never)
  @export(interface)
  func lockContended() {
    while word.value.exchange(2, ordering: .acquiring) != 0 {
      // Whatever ends the wait, the word is looked at again.
      do throws(SystemError) { try word.wait(while: 2) } catch { continue }
    }
  }

  /// Takes the lock unless `deadline` passes first.
  @export(interface)
  public func lock(until deadline: Deadline) -> Bool {
    if tryLock() { return true }
    while word.value.exchange(2, ordering: .acquiring) != 0 {
      do throws(SystemError) {
        try word.wait(while: 2, until: deadline)
      } catch {
        if error == .timedOut { return false }
      }
    }
    return true
  }

  /// Runs `body` with the lock held.
  @inline(__always)
  public func withLock<Result: ~Copyable, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock()
    defer { unlock() }
    return try body()
  }
}
