// SPDX-License-Identifier: MIT
import Machine
import Objects

// Who has used a processor, and who pays for it.
//
// Threads and processes are credited with what they have used themselves, in the units of the
// processor's counter, whenever another one takes their place. Accounts pay later and in one sum,
// in nanoseconds: between a client and the servers that work for it the account stays the same, and
// so does the place in virtual time, so a hand-over has nothing to charge.

/// Time on processor `index` is counted from now on.
func beginCharging(_ index: Int) {
  kernel.processors[index].chargedUntil = Machine.now()
  kernel.processors[index].countedUntil = Machine.counter()
}

/// Charges for the time until now: whoever has run, or idleness.
@inline(__always)
func charge(_ index: Int) {
  let counter = Machine.counter()
  let now = Machine.time(at: counter)
  let count = counter &- kernel.processors[index].countedUntil
  let time = now &- kernel.processors[index].chargedUntil
  kernel.processors[index].countedUntil = counter
  kernel.processors[index].chargedUntil = now
  if now >= kernel.load.next { countLoad(until: now) }
  guard let last = kernel.processors[index].runQueue.last, let process = last.value.process,
    !kernel.processors[index].runQueue.isIdle
  else { return chargeNobody(index, time) }
  last.value.processorCount &+= count
  process.value.processorCount &+= count
  var virtualTime = FairClass.virtualTime(time, nice: process.value.nice)
  if let payer = last.value.payer {
    payer.value.processorTime &+= time
    if payer.value.depth > 0 { virtualTime = FairClass.scale(virtualTime, by: payer) }
  }
  last.value.virtualTime &+= virtualTime
  kernel.processors[index].runQueue.follow(last.value.virtualTime)
}

@inline(never)
private func chargeNobody(_ index: Int, _ time: UInt64) {
  if kernel.processors[index].runQueue.isIdle { kernel.processors[index].idleTime &+= time }
  kernel.processors[index].runQueue.isIdle = false
}

/// Credits the current thread with what it has used until now. Its account goes on being charged for
/// whoever works for it next.
/// - Returns: the processor's counter.
@inline(__always)
@discardableResult
func countTime(
  of thread: Ref<Thread>, _ process: Ref<Process>, _ processor: ProcessorRef
) -> UInt64 {
  let counter = Machine.counter()
  let count = counter &- processor.value.countedUntil
  processor.value.countedUntil = counter
  thread.value.processorCount &+= count
  process.value.processorCount &+= count
  return counter
}

/// As above, for whoever wants to know how much it is.
func countTime(of thread: Ref<Thread>) {
  guard let process = thread.value.process else { return }
  countTime(of: thread, process, .current)
}

/// What running threads have used that is not on their accounts yet, in nanoseconds: one that computes
/// alone enters the kernel seldom.
func uncountedTime(_ isWanted: (Ref<Thread>) -> Bool) -> UInt64 {
  let now = Machine.now()
  var sum: UInt64 = 0
  for index in 0..<Machine.processorCount {
    guard let current = kernel.processors[index].current, current.value.state == .running,
      isWanted(current)
    else { continue }
    // Another processor's counter may differ a little, where they are not in step.
    let counted = Machine.time(at: kernel.processors[index].countedUntil)
    let charged = kernel.processors[index].chargedUntil
    if now > counted, now > charged { sum &+= min(now &- counted, now &- charged) }
  }
  return sum
}
