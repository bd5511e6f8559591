// SPDX-License-Identifier: MIT
import Architecture
import Machine
import Objects

// Which processor a thread runs on. A thread that wakes goes back to where it ran last, or to an
// idle processor if that one is busy; a processor with nothing to do takes what waits elsewhere.

/// Lets a thread, in no queue, run: it has been started, or what it waited for has come. One that is
/// suspended is held when its turn comes, so that it passes on what it was woken for, and ends if it
/// has to.
func makeReady(_ thread: Ref<Thread>) {
  thread.value.wait = .none
  if thread.value.timerLink.isLinked { kernel.timers.remove(thread) }
  thread.value.state = .ready
  enqueue(
    thread, on: kernel.onlineProcessors > 1 ? place(for: thread) : Machine.currentProcessor)
}

/// Puts a ready thread in the queue of processor `index`, and has it look if that matters.
func enqueue(_ thread: Ref<Thread>, on index: Int) {
  if Int(thread.value.processor) != index { move(thread, to: index) }
  kernel.processors[index].runQueue.insert(thread, at: .back)
  guard let current = kernel.processors[index].current else { return prompt(index) }
  guard current.value.state == .running else { return }
  if precedes(thread, current) {
    prompt(index)
  } else if kernel.processors[index].runQueue.sliceEnd == UInt64.max,
    thread.value.effectivePriority | current.value.effectivePriority == 0
  {
    beginSlice(index, of: current)
  }
}

/// Whether `thread` should run rather than `current`.
private func precedes(_ thread: Ref<Thread>, _ current: Ref<Thread>) -> Bool {
  let priority = thread.value.effectivePriority
  if priority != current.value.effectivePriority {
    return priority > current.value.effectivePriority
  }
  return priority == 0
    && thread.value.virtualTime >> RunQueue.slotShift
      < current.value.virtualTime >> RunQueue.slotShift
}

/// Makes processor `index` choose again, or heed its current thread's attention.
func prompt(_ index: Int) {
  kernel.processors[index].needsReschedule = true
  if index != Machine.currentProcessor { Machine.interrupt(processor: index) }
}

/// Virtual time counts from each queue's own base.
private func move(_ thread: Ref<Thread>, to index: Int) {
  let old = Int(thread.value.processor) & 7
  let from = kernel.processors[old].runQueue.base << RunQueue.slotShift
  let to = kernel.processors[index].runQueue.base << RunQueue.slotShift
  let ahead = Int64(bitPattern: thread.value.virtualTime &- from)
  let slot = Int64(1) << Int64(RunQueue.slotShift)
  let bounded = max(-slot, min(ahead, 62 &* slot))
  thread.value.virtualTime = to &+ UInt64(bitPattern: bounded)
  thread.value.processor = UInt8(truncatingIfNeeded: index)
}

/// The processor that a waking thread should go to.
private func place(for thread: Ref<Thread>) -> Int {
  let home = Int(thread.value.processor) & 7
  let canStay = canRun(thread, on: home)
  if canStay, isFree(home) { return home }
  var allowed = canStay ? home : -1
  for index in 0..<maximumProcessors where canRun(thread, on: index) {
    if isFree(index) { return index }
    if allowed < 0 { allowed = index }
  }
  return max(allowed, 0)
}

private func canRun(_ thread: Ref<Thread>, on index: Int) -> Bool {
  kernel.processors[index].isOnline
    && thread.value.affinity & (1 &<< UInt8(truncatingIfNeeded: index)) != 0
}

/// Whether processor `index` has nothing to do.
private func isFree(_ index: Int) -> Bool {
  kernel.processors[index].current == nil && kernel.processors[index].runQueue.isEmpty
}

/// Takes a thread that waits in another processor's queue, for one that has nothing to do.
func steal(for index: Int) -> Ref<Thread>? {
  var busiest: Ref<Thread>?
  var victim = index
  for other in 0..<maximumProcessors where other != index && kernel.processors[other].isOnline {
    guard kernel.processors[other].runQueue.count > kernel.processors[victim].runQueue.count,
      let thread = kernel.processors[other].runQueue.firstMovable(to: index)
    else { continue }
    busiest = thread
    victim = other
  }
  guard let busiest else { return nil }
  kernel.processors[victim].runQueue.remove(busiest)
  move(busiest, to: index)
  return busiest
}

/// Now and then, when a slice ends: a processor with fewer threads than this one, so that over time
/// all threads get the same share, however they are spread.
func lessBusyProcessor(than index: Int, for thread: Ref<Thread>) -> Int? {
  kernel.processors[index].runQueue.slicesSinceBalance &+= 1
  guard kernel.processors[index].runQueue.slicesSinceBalance >= 4 else { return nil }
  kernel.processors[index].runQueue.slicesSinceBalance = 0
  for other in 0..<maximumProcessors where other != index && canRun(thread, on: other) {
    let running = kernel.processors[other].current == nil ? 0 : 1
    if kernel.processors[other].runQueue.count &+ running <= kernel.processors[index].runQueue.count
    {
      return other
    }
  }
  return nil
}

/// The first schedule of an application processor.
func enterProcessor(_ index: Int) -> UInt {
  kernel.processors[index].isOnline = true
  kernel.processors[index].needsReschedule = true
  beginCharging(index)
  return leave()
}
