// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// What a system call came to. Errors are thrown.
///
/// A call never waits on the kernel stack. It either has its reply, or it has parked its thread
/// and whoever ends the wait writes the result into the thread's saved registers or restarts the
/// call. The entry code then leaves to the thread that is to run next.
enum Outcome: BitwiseCopyable {
  /// The call's reply.
  case done(UInt)
  /// The calling thread waits (or is gone); the scheduler chooses.
  case parked
  /// The calling thread waits, and this ready thread, in no run queue, runs now in its place.
  case handOff(Ref<Thread>)
  /// The same with the server's thread that has been handed the caller's request directly.
  case served(Ref<Thread>)

  @inline(__always) static var done: Outcome { .done(0) }
}
