// SPDX-License-Identifier: MIT
import ABI
import Machine
import Objects

// One wheel for the whole machine, and one timer interrupt for it: the processor that adds the
// earliest deadline sets its own timer, and from then on that one looks after the wheel.

/// Waits that end by their deadline, and moves inside the wheel, in one entry.
private let expiryLimit = 32

/// Puts a thread that is being parked into the timer wheel.
func startTimer(of thread: Ref<Thread>, _ deadline: Deadline) {
  thread.value.deadline = deadline.nanoseconds
  let index = Machine.currentProcessor
  if deadline.nanoseconds < kernel.timers.next { kernel.timers.processor = index }
  kernel.timers.insert(thread)
  if kernel.timers.processor == index { setTimer(index, by: kernel.timers.next) }
}

/// This processor's timer interrupt: ends waits whose deadline has come, and the slice.
func expireTimers() {
  let index = Machine.currentProcessor
  kernel.processors[index].runQueue.timerDeadline = UInt64.max
  let now = Machine.now()
  if kernel.timers.processor == index, kernel.timers.next <= now {
    var steps = expiryLimit
    while let thread = kernel.timers.takeExpired(at: now, &steps) {
      interruptWait(thread, with: .timedOut)
    }
  }
  if nextFileTimer(index) <= now { expireFileTimers(at: now) }
  if kernel.processors[index].runQueue.sliceEnd <= now {
    kernel.processors[index].runQueue.sliceEnd = 0
    kernel.processors[index].needsReschedule = true
  }
  setTimer(index, by: nextDeadline(index))
}

/// Time begins for the boot processor. The futex table gets its secret, too.
func initialiseTime() {
  let now = Machine.now()
  beginCharging(Machine.currentProcessor)
  kernel.load.begin(at: now)
  kernel.futexes.seed(Machine.entropy() ?? now &* 0x9E37_79B9_7F4A_7C15)
}

/// A clock in nanoseconds.
func readClock(_ clock: ClockKind, _ thread: Ref<Thread>) -> UInt64 {
  switch clock {
  case .monotonic:
    return Machine.now()
  case .realTime:
    return wallClock()
  case .threadTime:
    countTime(of: thread)
    return thread.value.processorTime
  case .processTime:
    countTime(of: thread)
    return thread.value.process?.value.processorTime ?? 0
  }
}
