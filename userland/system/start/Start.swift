// SPDX-License-Identifier: MIT
import ABI
import CSystem

/// The first Swift code of a program, called by `crt0.S` once relocations are applied. Prepares
/// what everything else takes for granted: the start record, the first thread's block, the heap,
/// and signals held back by whoever started it.
///
/// - Returns: the number of arguments, for `main`.
@c(system_start)
public func systemStart(_ stack: UInt) -> Int32 {
  // SAFETY: crt0 passes the stack pointer that the program was started with, once, before any other
  // thread exists.
  unsafe startRecord = StartRecord(at: stack)
  unsafe prepareFirstThread()
  unsafe prepareHeap()
  Signals.prepare(mask: unsafe startRecord.signalMask, ignored: unsafe startRecord.ignoredSignals)
  return Int32(truncatingIfNeeded: unsafe startRecord.argumentCount)
}

/// Ends the process with `status`. Memory and handles go back to the system; other threads end
/// where they are.
@c(system_exit)
public func systemExit(_ status: Int32) -> Never {
  let call = ExitProcess { $0.status = UInt32(truncatingIfNeeded: status) }
  while true { performIgnoringErrors(call) }
}

/// Ends the process.
/// - Parameter status: 0 for success; a parent sees its low 8 bits.
@inline(__always)
public func exit(_ status: Int32) -> Never { systemExit(status) }

/// Writes one byte to standard error: where the standard library's own messages go.
@c(system_write_console_byte)
public func systemWriteConsoleByte(_ byte: UInt8) {
  let one = InlineArray<1, UInt8>(repeating: byte)
  do throws(SystemError) {
    _ = try one.span.withClaim { (claim) throws(SystemError) in
      try perform(
        Write {
          $0.handle = .standardError
          $0.buffer = claim
          $0.offset = UInt64.max
        })
    }
  } catch {
    // Standard error is closed: there is nobody to tell.
    return
  }
}
