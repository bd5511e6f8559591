// SPDX-License-Identifier: MIT
import Architecture
import Core
import Machine
import Objects
import Synchronization

// A panic is a bug of the kernel or the death of init, never the answer to a program's mistake. It
// says all it knows on the console, in a form that `./apus` finds and symbolises, and ends.

/// The processor that panics plus one; zero while none does.
private let panickingProcessor = Atomic<UInt32>(0)

/// Ends the machine: message, registers of the thread that ran, backtrace, last trace records.
@inline(never)
func panic(_ message: StaticString) -> Never {
  beginPanic(message)
  describeThread()
  endPanic(at: nil)
}

/// As `panic`, with the registers of the trap that could not be handled.
@inline(never)
func panic(_ message: StaticString, frame: borrowing Machine.Registers) -> Never {
  beginPanic(message)
  var sink = ReportSink(isKept: false)
  Machine.describe(frame) { sink.put($0) }
  endPanic(at: UInt64(frame.instructionPointer))
}

/// Lets one processor through, once, and stops all others. A panic within a panic ends at once,
/// with what has been said.
private func beginPanic(_ message: StaticString) {
  let processor = UInt32(truncatingIfNeeded: Machine.currentProcessor) &+ 1
  let (isFirst, holder) = panickingProcessor.compareExchange(
    expected: 0, desired: processor, ordering: .acquiringAndReleasing)
  if !isFirst {
    if holder == processor { Machine.exitAfterPanic() }
    while true { Machine.pause() }
  }
  Machine.stopOtherProcessors()
  var sink = ReportSink(isKept: false)
  sink.put("\nKERNEL PANIC: ")
  sink.put(message)
  sink.put(" (processor ")
  sink.put(decimal: UInt64(processor &- 1))
  sink.put(")\n")
}

/// Prints with what registers the current thread came into the kernel, if there is one.
private func describeThread() {
  guard let thread = kernel.processors[Machine.currentProcessor].current else { return }
  var sink = ReportSink(isKept: false)
  sink.put("thread ")
  sink.put(decimal: UInt64(thread.value.number))
  sink.put(" of process ")
  sink.put(decimal: UInt64(thread.value.process?.value.number ?? 0))
  sink.put(" had entered with\n")
  Machine.describe(thread.value.registers) { sink.put($0) }
}

/// Prints how the processor got here, from `instruction` if a trap ended it, and what came before.
private func endPanic(at instruction: UInt64?) -> Never {
  var sink = ReportSink(isKept: false)
  sink.put("backtrace:")
  if let instruction {
    sink.put(" 0x")
    sink.put(hexadecimal: instruction, digits: 16)
  }
  Machine.backtrace { sink.put($0) }
  sink.put("\n")
  let count = kernel.trace.count
  sink.put("trace: the last records, oldest first\n")
  for index in (count > 32 ? count &- 32 : 0)..<count {
    kernel.trace.record(index)?.write(to: &sink)
  }
  sink.put("END OF PANIC\n")
  Machine.exitAfterPanic()
}
