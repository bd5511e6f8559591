// SPDX-License-Identifier: MIT
import ABI
import CSystem

/// What a thread runs, on its way from one thread to another.
final class ThreadBody {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}

/// Starts a thread that runs `body` on `memory`.
///
/// - Returns: the thread's handle.
/// - Throws: `quotaExceeded`; `body` is given up.
func startThread(
  _ memory: ThreadMemory, _ body: ThreadBody, _ flags: ThreadFlags
) throws(SystemError) -> OwnedHandle {
  let retained = unsafe Unmanaged.passRetained(body)
  guard let thread = unsafe UnsafeMutablePointer<system_thread>(bitPattern: memory.block) else {
    throw .outOfMemory
  }
  // SAFETY: the thread does not run yet, so its block is ours.
  unsafe thread.pointee.body = UInt(bitPattern: retained.toOpaque())
  SignalRecord.inheritMask(block: memory.block)
  do throws(SystemError) {
    return OwnedHandle(
      try perform(
        CreateThread {
          $0.entry = system_thread_entry_address()
          $0.stack = stackEnd(memory)
          $0.argument = memory.block
          $0.threadPointer = memory.block
          $0.flags = flags
        }))
  } catch {
    unsafe retained.release()
    throw error
  }
}

/// Where a thread's Swift code begins; called by `threads.S`.
@c(system_thread_main)
public func systemThreadMain(_ block: UInt) {
  Signals.registerThread()
  if let thread = unsafe UnsafeMutablePointer<system_thread>(bitPattern: block),
    // SAFETY: `startThread` put a retained body there, for this thread alone.
    let opaque = unsafe UnsafeRawPointer(bitPattern: thread.pointee.body)
  {
    unsafe Unmanaged<ThreadBody>.fromOpaque(opaque).takeRetainedValue().run()
  }
  endThread()
}

/// Ends the calling thread. Its memory is taken back by whoever joins it, or later; the first
/// thread's end, as of any other, does not end the process while others run.
func endThread() -> Never {
  // SAFETY: only the address is used.
  let block = unsafe UInt(bitPattern: system_current_thread())
  let release = system_thread_running_address(block)
  while true { performIgnoringErrors(ExitThread { $0.release = release }) }
}

/// Waits until the thread of `block` has left its stack.
/// - Returns: false if `deadline` passed first.
func waitForEnd(ofThread block: UInt, until deadline: Deadline) -> Bool {
  while system_thread_is_running(block) != 0 {
    do throws(SystemError) {
      _ = try perform(
        FutexWait {
          $0.address = system_thread_running_address(block)
          $0.expected = 1
          $0.deadline = deadline
        })
    } catch {
      if error == .timedOut { return system_thread_is_running(block) == 0 }
    }
  }
  return true
}

/// The calling thread's number in its process.
var currentThreadNumber: UInt32 {
  // SAFETY: the thread's own block.
  let thread = unsafe system_current_thread()
  if unsafe thread.pointee.number == 0 {
    do throws(SystemError) {
      let number = try perform(GetProcess { $0.property = .threadNumber })
      unsafe thread.pointee.number = UInt32(truncatingIfNeeded: number)
    } catch {
      // The kernel knows every thread's number.
      return 0
    }
  }
  return unsafe thread.pointee.number
}
