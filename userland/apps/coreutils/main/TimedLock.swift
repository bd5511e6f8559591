// SPDX-License-Identifier: MIT
import Synchronization
import System

/// A wait for a lock that ends when its time is over.
///
/// Waits for schemes have no deadline, but a signal ends them: a second thread sends one when it is time,
/// and again until the wait has ended, since one that comes just before the wait would not end it.
enum TimedLock {
  private static let hasEnded = Atomic<Bool>(false)
  private static var interval: Duration { .milliseconds(10) }

  /// - Parameter deadline: zero does not wait, `nil` waits for ever.
  /// - Throws: `wouldBlock`, `timedOut`, and what locking throws.
  static func lock(
    _ handle: Handle, _ kind: LockKind, until deadline: UInt64?
  ) throws(SystemError) {
    guard let deadline else { return try wait(for: handle, kind, until: .never) }
    if try handle.tryLock(kind) { return }
    if deadline == 0 { throw .wouldBlock }
    let moment = Deadline(nanoseconds: deadline)
    let waiter = Thread.currentNumber
    try Signals.setAction(.alarm, .handle { _ in })
    _ = try Thread { remind(waiter, at: moment) }
    defer { hasEnded.store(true, ordering: .releasing) }
    try wait(for: handle, kind, until: moment)
  }

  private static func wait(
    for handle: Handle, _ kind: LockKind, until moment: Deadline
  ) throws(SystemError) {
    while true {
      do throws(SystemError) { return try handle.lock(kind) } catch {
        guard error == .interrupted else { throw error }
      }
      if moment.hasPassed { throw .timedOut }
    }
  }

  private static func remind(_ waiter: UInt32, at moment: Deadline) {
    var next = moment
    while true {
      do throws(SystemError) { try Clock.sleep(until: next) } catch { continue }
      if hasEnded.load(ordering: .acquiring) { return }
      performIgnoringErrors(
        SignalThread {
          $0.thread = waiter
          $0.signal = SignalNumber.alarm.rawValue
        })
      next = .after(interval)
    }
  }
}
