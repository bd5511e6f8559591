// SPDX-License-Identifier: MIT
import Core
import Machine
import Synchronization

// A panic is a bug of the kernel or the death of init, never the answer to a program's mistake. It
// says all it knows on the console, in a form that `./apus` finds and symbolises, and ends.

/// The processor that panics plus one; zero while none does.
private let panickingProcessor = Atomic<UInt32>(0)

/// Ends the machine: message, backtrace, last trace records.
@inline(never)
func panic(_ message: StaticString) -> Never {
  beginPanic(message)
  var sink = ReportSink(isKept: false)
  Machine.backtrace { sink.put($0) }
  endPanic()
}

/// As `panic`, with the registers of the trap that could not be handled.
@inline(never)
func panic(_ message: StaticString, frame: borrowing Machine.Registers) -> Never {
  beginPanic(message)
  var sink = ReportSink(isKept: false)
  Machine.describe(frame) { sink.put($0) }
  endPanic()
}

/// Lets one processor through, once. Others stop here; a panic within a panic ends at once, with
/// what has been said.
private func beginPanic(_ message: StaticString) {
  let processor = UInt32(truncatingIfNeeded: Machine.currentProcessor) &+ 1
  let (isFirst, holder) = panickingProcessor.compareExchange(
    expected: 0, desired: processor, ordering: .acquiringAndReleasing)
  if !isFirst {
    if holder == processor { Machine.exitAfterPanic() }
    while true { Machine.pause() }
  }
  var sink = ReportSink(isKept: false)
  sink.put("\nKERNEL PANIC: ")
  sink.put(message)
  sink.put(" (processor ")
  sink.put(decimal: UInt64(processor &- 1))
  sink.put(")\n")
}

private func endPanic() -> Never {
  var sink = ReportSink(isKept: false)
  let count = kernel.trace.count
  sink.put("trace: the last records, oldest first\n")
  for index in (count > 32 ? count &- 32 : 0)..<count {
    kernel.trace.record(index)?.write(to: &sink)
  }
  sink.put("END OF PANIC\n")
  Machine.exitAfterPanic()
}
