// SPDX-License-Identifier: MIT
import Machine

// How long the kernel keeps interrupts off. Each entry is measured while it holds the lock, and the
// longest is shown by `/scheme/sys/longest_entry`. An entry is far shorter than 32 bits can count.

extension ProcessorRef {
  /// The current processor, whose entry begins now.
  @inline(__always)
  static func entered() -> ProcessorRef {
    let processor = ProcessorRef.current
    noteEntry(processor)
    return processor
  }
}

@inline(__always)
func noteEntry(_ processor: ProcessorRef) {
  processor.value.entryStart = Machine.counter()
}

/// Whether the current entry is so young that a step of what is done in steps may begin: half of what
/// the longest may take is left for the step then.
func hasTimeForStep(_ index: Int) -> Bool {
  let start = UInt32(truncatingIfNeeded: kernel.processors[index].entryStart)
  return UInt32(truncatingIfNeeded: Machine.counter()) &- start < youngEntry
}

/// In the counter's ticks: below it an entry, with a step, stays within 50,000 instructions.
private let youngEntry: UInt32 = 10_000

@inline(__always)
func noteExit(_ processor: ProcessorRef) {
  let now = UInt32(truncatingIfNeeded: Machine.counter())
  let spent = now &- UInt32(truncatingIfNeeded: processor.value.entryStart)
  if spent > kernel.statistics.longestEntry { kernel.statistics.longestEntry = spent }
}
