// SPDX-License-Identifier: MIT
import Machine

// How long the kernel keeps interrupts off. Each entry is measured while it holds the lock, and the
// longest is shown by `/scheme/sys/longest_entry`.

@inline(__always)
func noteEntry() {
  kernel.processors[Machine.currentProcessor].entryStart = Machine.counter()
}

@inline(__always)
func noteExit() {
  let spent = Machine.counter() &- kernel.processors[Machine.currentProcessor].entryStart
  if spent > kernel.statistics.longestEntry { kernel.statistics.longestEntry = spent }
}
