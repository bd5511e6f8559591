// SPDX-License-Identifier: MIT
import ABI
import Core
import Synchronization

/// A thread that waits for moments, so that its server can wait for requests alone, which is the
/// quickest way for them to come. At a moment it asks the server's own scheme for something.
final class Alarm: Sendable {
  private let root: Handle
  private let changes = FutexWord()
  /// In nanoseconds; the highest number for none.
  private let moment = Atomic<UInt64>(.max)

  private static var stackBytes: Int { 16_384 }

  /// - Parameter root: what is asked, with `synchronise`; it stays open as long as the program runs.
  /// - Throws: `quotaExceeded`, `outOfMemory`.
  init(asking root: Handle) throws(SystemError) { self.root = root }

  /// Starts the thread. No signal comes to it: they are to end the server's wait.
  func start() throws(SystemError) {
    let mask = Signals.mask
    Signals.setMask(.max)
    defer { Signals.setMask(mask) }
    _ = try Thread(stackBytes: Self.stackBytes) { self.run() }
  }

  /// Replaces the moment.
  func set(_ deadline: Deadline) {
    moment.store(deadline == .never ? .max : deadline.nanoseconds, ordering: .relaxed)
    changes.value.wrappingAdd(1, ordering: .releasing)
    changes.wake()
  }

  private func run() -> Never {
    Signals.setMask(.max)
    while true {
      let seen = changes.value.load(ordering: .acquiring)
      let moment = moment.load(ordering: .relaxed)
      if moment != .max, Clock.now().nanoseconds >= moment {
        // Unless it was replaced just now.
        if self.moment.compareExchange(
          expected: moment, desired: .max, ordering: .relaxed
        ).exchanged {
          performIgnoringErrors(Synchronise { $0.handle = root })
        }
        continue
      }
      let deadline = moment == .max ? Deadline.never : Deadline(nanoseconds: moment)
      // Whatever ends the wait, both are looked at again.
      do throws(SystemError) { try changes.wait(while: seen, until: deadline) } catch {}
    }
  }
}
