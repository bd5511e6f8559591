// SPDX-License-Identifier: MIT
internal import Machine
import Synchronization

/// A spinning lock for use with interrupts off.
public struct SpinLock: ~Copyable, Sendable {
  private let word = Atomic<UInt32>(0)

  public init() {}

  /// Takes the lock. While another processor holds it, `whileWaiting` runs again and again, so that
  /// a waiting processor can answer what the holder waits for.
  @inline(__always)
  public func acquire(_ whileWaiting: () -> Void) {
    if word.exchange(1, ordering: .acquiring) == 0 { return }
    spin(whileWaiting)
  }

  @inline(never)
  private func spin(_ whileWaiting: () -> Void) {
    repeat {
      while word.load(ordering: .relaxed) != 0 {
        whileWaiting()
        Machine.pause()
      }
    } while word.exchange(1, ordering: .acquiring) != 0
  }

  @inline(__always)
  public func release() { word.store(0, ordering: .releasing) }
}
