// SPDX-License-Identifier: MIT
import Architecture
import Machine
import Objects

// Time slices exist only while threads of the fair class compete: a processor with one thread to
// run, or none, gets no tick.

/// A thread has just been chosen: its slice begins if another one waits.
func startSlice(_ index: Int, of thread: Ref<Thread>) {
  guard thread.value.effectivePriority == 0, kernel.processors[index].runQueue.hasFairThreads
  else {
    kernel.processors[index].runQueue.sliceEnd = UInt64.max
    return
  }
  beginSlice(index, of: thread)
}

/// Sets the end of the slice of `thread`, which runs on processor `index`, counted from when it
/// began to run: a thread that ran alone for long makes room at once.
func beginSlice(_ index: Int, of thread: Ref<Thread>) {
  let nice = thread.value.process?.value.nice ?? 0
  let start = kernel.processors[index].chargedUntil
  let (sum, overflowed) = start.addingReportingOverflow(FairClass.slice(nice: nice))
  let end = overflowed ? UInt64.max : sum
  kernel.processors[index].runQueue.sliceEnd = end
  setTimer(index, by: end)
}

/// Makes sure that processor `index` looks at the time at `deadline`.
@inline(__always)
func setTimer(_ index: Int, by deadline: UInt64) {
  if deadline < kernel.processors[index].runQueue.timerDeadline {
    programTimer(index, deadline)
  }
}

@inline(never)
private func programTimer(_ index: Int, _ deadline: UInt64) {
  if index == Machine.currentProcessor {
    kernel.processors[index].runQueue.timerDeadline = deadline
    Machine.setTimer(deadline)
  } else {
    // Only a processor itself can set its timer; it does so on its way out.
    kernel.processors[index].needsReschedule = true
    Machine.interrupt(processor: index)
  }
}

/// Before idling: no interrupt but for what is in the timer wheel.
func settleTimer(_ index: Int) {
  let wanted = nextDeadline(index)
  guard kernel.processors[index].runQueue.timerDeadline != wanted else { return }
  kernel.processors[index].runQueue.timerDeadline = wanted
  Machine.setTimer(wanted == UInt64.max ? nil : wanted)
}

/// When processor `index` next has to look at the time.
func nextDeadline(_ index: Int) -> UInt64 {
  let slice = kernel.processors[index].runQueue.sliceEnd
  let wheel = kernel.timers.processor == index ? kernel.timers.next : UInt64.max
  let other = min(wheel, nextFileTimer(index))
  return slice == 0 ? other : min(slice, other)
}

/// When the next timer of `/scheme/time` is due that processor `index` looks after.
@inline(__always)
func nextFileTimer(_ index: Int) -> UInt64 {
  guard kernel.interrupts.timers.count > 0, kernel.interrupts.timers.processor == index else {
    return UInt64.max
  }
  return kernel.interrupts.timers.nextDeadline(for: index)
}
