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

@inline(__always)
func noteExit(_ processor: ProcessorRef) {
  let now = UInt32(truncatingIfNeeded: Machine.counter())
  let spent = now &- UInt32(truncatingIfNeeded: processor.value.entryStart)
  if spent > kernel.statistics.longestEntry { kernel.statistics.longestEntry = spent }
}
