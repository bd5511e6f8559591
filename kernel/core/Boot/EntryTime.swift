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
  let counter = Machine.counter()
  processor.value.entryLow = UInt32(truncatingIfNeeded: counter)
  processor.value.entryHigh = UInt32(truncatingIfNeeded: counter &>> 32)
}

@inline(__always)
func noteExit(_ processor: ProcessorRef) {
  let now = UInt32(truncatingIfNeeded: Machine.counter())
  let spent = now &- processor.value.entryLow
  if spent > kernel.statistics.longestEntry { kernel.statistics.longestEntry = spent }
}
