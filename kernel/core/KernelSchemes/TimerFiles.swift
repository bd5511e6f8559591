// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// Timers as files: write a deadline, read or wait for its passing.

extension Opening {
  func makeTimer(_ clock: ClockKind) throws(SystemError) -> Ref<Description> {
    try kernel.interrupts.timers.reserve()
    let timer = try takeObject(&kernel.interrupts.timers.pool)
    timer.value.clock = clock
    timer.value.position = nil
    timer.value.isExpired = false
    timer.value.waiters = ThreadQueue()
    do throws(SystemError) {
      let description = try make(.timer(timer), isStream: true)
      timer.value.description = description
      return description
    } catch {
      kernel.interrupts.timers.pool.put(timer)
      throw error
    }
  }
}

/// Arms the timer for an absolute time of its clock, a `ClockTime`; all zeros disarms it. What had
/// expired and was not read is forgotten.
///
/// A timer of the real-time clock is placed by the offset that the clock has now: a clock set later
/// does not move it.
func writeTimer(
  _ timer: Ref<Timer>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let time = try receiveRecord(ClockTime.self, from: buffer, thread)
  guard let total = time.total else { throw .invalidArgument }
  kernel.interrupts.timers.remove(timer)
  timer.value.isExpired = false
  if total > 0 {
    let offset = timer.value.clock == .realTime ? wallClock() &- Machine.now() : 0
    timer.arm(at: total > offset ? total &- offset : 0)
  }
  return .done(UInt(MemoryLayout<ClockTime>.size))
}

extension Ref where T == Timer {
  /// Lets the timer, which is not armed, expire at `deadline` of the monotonic clock.
  func arm(at deadline: UInt64) {
    value.deadline = deadline
    let index = Machine.currentProcessor
    kernel.interrupts.timers.insert(self, by: index)
    setTimer(index, by: kernel.interrupts.timers.nextDeadline(for: index))
  }
}

/// Waits until the timer has expired and gives how often it has since it was armed, 8 bytes: one.
func readTimer(
  _ timer: Ref<Timer>, _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard timer.value.isExpired else {
    if description.value.openFlags.contains(.nonBlocking) { throw .wouldBlock }
    try parkInterruptibly(
      thread, .interrupt(InterruptTable.timerBit | timer.value.slot.index),
      in: &timer.value.waiters)
    return .parked
  }
  let outcome = try sendRecord(UInt64(1), to: buffer, thread)
  timer.value.isExpired = false
  return outcome
}

/// Tells who waits for timers whose deadline has come, a few in one entry. From the timer interrupt
/// of the processor that looks after them, which `TimerQueue.nextDeadline` then sets again.
func expireFileTimers(at now: UInt64) {
  var left = 16
  while left > 0, let timer = kernel.interrupts.timers.takeExpired(at: now) {
    if timer == kernel.interrupts.poll {
      pollSerialPorts()
      left &-= 4
      continue
    }
    timer.value.isExpired = true
    // One read takes the expiry.
    wakeNext(&timer.value.waiters)
    guard let description = timer.value.description else { continue }
    left &-= 2 &+ description.value.watches.count
    notify(description, .readable)
  }
}

/// The last handle of a timer closed.
func closeTimer(_ timer: Ref<Timer>) {
  kernel.interrupts.timers.remove(timer)
  timer.value.description = nil
}
