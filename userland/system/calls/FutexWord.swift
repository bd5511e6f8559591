// SPDX-License-Identifier: MIT
import ABI
import Synchronization

/// A 32-bit word that threads wait on: what every lock here is made of.
///
/// It lies where its owner lies, so the owner must not move: a global `let`, a stored property of a
/// class, or of something that is one.
public struct FutexWord: ~Copyable, Sendable {
  /// The word. Change it before waking.
  public let value: Atomic<UInt32>

  @inline(__always)
  public init(_ initial: UInt32 = 0) { value = Atomic(initial) }

  @inline(__always)
  private var address: UInt {
    // SAFETY: the address is not dereferenced here; the kernel checks it. An atomic lies in its
    // owner and is never copied, so this is its own place.
    unsafe withUnsafePointer(to: value) { UInt(bitPattern: $0) }
  }

  /// Waits for a wake-up if the word holds `expected`.
  /// - Throws: `wouldBlock` if it holds something else, `timedOut`, `interrupted`.
  @inline(__always)
  public func wait(
    while expected: UInt32, until deadline: Deadline = .never
  ) throws(SystemError) {
    _ = try perform(
      FutexWait {
        $0.address = address
        $0.expected = expected
        $0.deadline = deadline
        $0.flags = .processPrivate
      })
  }

  /// Wakes at most `count` waiters, longest waiting first.
  @inline(__always)
  public func wake(_ count: UInt = 1) {
    performIgnoringErrors(
      FutexWake {
        $0.address = address
        $0.count = count
        $0.flags = .processPrivate
      })
  }

  /// Moves waiters to `target` but for the first, which is woken, if the word still holds
  /// `expected`.
  /// - Throws: `wouldBlock` if it holds something else.
  @inline(__always)
  public func requeue(while expected: UInt32, to target: borrowing FutexWord) throws(SystemError) {
    let destination = target.address
    _ = try perform(
      FutexRequeue {
        $0.address = address
        $0.expected = expected
        $0.wake = 1
        $0.target = destination
        $0.move = UInt32(Int32.max)
        $0.flags = .processPrivate
      })
  }
}
