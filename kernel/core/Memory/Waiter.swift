// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Who needs memory, and so may have to wait for it.
///
/// A thread that waits for memory goes on by making its access again: its registers are those of
/// the faulting instruction, or of the system-call instruction once more. So whoever ends the wait
/// has nothing to write into them: `resumeAfterFault`.
struct Waiter {
  /// Nil for the kernel itself, which cannot wait.
  let thread: Ref<Thread>?
  /// A system call, as opposed to an access of the program.
  let isCall: Bool
  /// A signal that is due does not keep it from waiting.
  var ignoresSignals = false

  @inline(__always)
  static func call(_ thread: Ref<Thread>) -> Waiter { Waiter(thread: thread, isCall: true) }
  @inline(__always)
  static func access(_ thread: Ref<Thread>) -> Waiter { Waiter(thread: thread, isCall: false) }
  /// A thread on its way to user mode, which is not to get there before the memory has come.
  static func reply(_ thread: Ref<Thread>) -> Waiter {
    Waiter(thread: thread, isCall: false, ignoresSignals: true)
  }
  static var kernel: Waiter { Waiter(thread: nil, isCall: false) }

  /// Waits until `space` opens, or until a call that is at work in it has ended.
  /// - Throws: `restart`.
  @inline(never)
  func wait(for space: Ref<AddressSpace>) throws(SystemError) -> Never {
    guard let thread else { throw .busy }
    // Whoever takes the process apart waits for it, and may be the one whose call is at work.
    if mustEnd(thread) {
      prompt(Machine.currentProcessor)
      throw .restart
    }
    space.value.waiters.append(thread)
    park(thread, .shootdown(space))
    if isCall { thread.value.registers.restartCall() }
    throw .restart
  }

  /// Waits until something about the pages of `object` changed. A signal ends the wait.
  /// - Throws: `restart`.
  @inline(never)
  func wait(for object: Ref<MemoryObject>) throws(SystemError) -> Never {
    guard let thread else { throw .busy }
    // With a signal due the access or call is made again after it has been delivered, unless the call
    // has begun something.
    if !ignoresSignals, hasSignal(thread), unfinishedWork(of: thread) == nil || mustEnd(thread) {
      throw .restart
    }
    object.value.waiters.append(thread)
    park(thread, .pages(object))
    if isCall { thread.value.registers.restartCall() }
    throw .restart
  }
}

/// Lets a thread that waited for memory make its access again. It has been taken out of its queue.
func resumeAfterFault(_ thread: Ref<Thread>) { makeReady(thread) }
