// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Who runs next. An entry ends with `leave`, or with `handOff` when it knows the next thread: both
// return the address of the registers to resume, or zero for none.
//
// The lazy part: `leave` looks at one flag and the current thread's state, and only if either says
// so at anything else. Whoever makes something better ready, or wants the current thread's
// attention, sets the flag.

/// What every entry ends with.
@inline(__always)
func leave() -> UInt {
  let index = Machine.currentProcessor
  if !kernel.processors[index].needsReschedule, let current = kernel.processors[index].current,
    current.value.state == .running
  {
    return current.address
  }
  return leaveSlowly(index)
}

/// As above, for the current thread of `processor`.
@inline(__always)
func leave(_ current: Ref<Thread>, _ processor: ProcessorRef) -> UInt {
  if !processor.value.needsReschedule, current.value.state == .running { return current.address }
  return leaveSlowly(processor.index)
}

/// Looks closer: does what the current thread has to do first, and chooses again.
@inline(never)
private func leaveSlowly(_ index: Int) -> UInt {
  // Taking a process apart goes on by steps, each as long as an entry may take that has done
  // little else.
  var canReap = kernel.processors[index].owesStep || hasTimeForStep(index)
  kernel.processors[index].owesStep = false
  // So does ending, or holding, one thread after the other.
  var turns = 8
  while true {
    turns &-= 1
    kernel.processors[index].needsReschedule = false
    if let current = kernel.processors[index].current, current.value.state == .running {
      if needsAttention(current) { attend(to: current, &canReap) }
      if kernel.processors[index].current == current, current.value.state == .running {
        if !mayStay(current, index) {
          charge(index)
          makeReady(current)
          continue
        }
        if !hasBetterThread(index, than: current) {
          // Its priority may just have come down to that of those who wait; or its slice has ended
          // when nobody waited any more, and whoever comes next has to begin another one.
          let sliceEnd = kernel.processors[index].runQueue.sliceEnd
          if sliceEnd == UInt64.max || sliceEnd == 0 { startSlice(index, of: current) }
          setTimer(index, by: nextDeadline(index))
          // What a futex woke it for is the program's from here on.
          if case .futex = current.value.woken { current.value.woken = .none }
          return current.address
        }
        putBack(current, index)
      }
    }
    kernel.processors[index].current = nil
    guard let next = chooseNext() else { return becomeIdle(index) }
    if turns <= 0 || !canReap && !next.value.attention.isDisjoint(with: .steps) {
      kernel.processors[index].owesStep = true
      return pause(before: next, index)
    }
    _ = run(next)
    startSlice(index, of: next)
  }
}

/// The best ready thread, which leaves its queue: this processor's, or one that waits elsewhere.
func chooseNext() -> Ref<Thread>? {
  let index = Machine.currentProcessor
  if let next = kernel.processors[index].runQueue.takeFirst() { return next }
  return kernel.onlineProcessors > 1 ? steal(for: index) : nil
}

/// Makes a thread, in no queue, this processor's current one.
/// - Returns: the address of its registers.
@inline(__always)
func run(_ thread: Ref<Thread>) -> UInt {
  let index = Machine.currentProcessor
  charge(index)
  switchTo(thread, index)
  return thread.address
}

/// Switches to `thread`, which is ready and in no queue, in place of the calling thread, which
/// waits: the way of a request to its server, and of the answer back.
///
/// The run queue is not touched and the slice goes on. A client lends its priority, its place in
/// virtual time and its account to the server; an answer takes them back. Every instruction here
/// counts twice in each request, so what `run` finds out is known: the calling thread's state is
/// loaded, and the other's is not.
@inline(__always)
func handOff(to thread: Ref<Thread>) -> UInt {
  let index = Machine.currentProcessor
  guard let previous = kernel.processors[index].current, previous.value.state != .running else {
    return handOffSlowly(to: thread)
  }
  charge(index)
  lend(from: previous, to: thread)
  let processor = UInt8(truncatingIfNeeded: index)
  Machine.saveFloatingPoint(at: previous.value.floatingPoint.kernelAddress)
  previous.value.floatingPointProcessor = Thread.noProcessor
  load(thread, index, processor)
  becomeCurrent(thread, index, processor)
  if kernel.processors[index].needsReschedule { return leaveSlowly(index) }
  return thread.address
}

/// `client` waits for the request that `server` has been handed directly and now works on.
@inline(__always)
func serve(
  _ client: Ref<Thread>, by server: Ref<Thread>, _ processor: ProcessorRef
) -> UInt {
  client.value.direct.arrival =
    countTime(of: client, client.value.process.certain(), processor)
  beginServing(server, for: client)
  exchange(client, for: server, processor)
  return depart(to: server, processor)
}

/// `client` has its answer from `server`, which waits for another request. With it came words that
/// are still to be copied to the client's memory.
@inline(__always)
func goOn(
  _ client: Ref<Thread>, servedBy server: Ref<Thread>, replyWords words: UInt,
  _ processor: ProcessorRef
) -> UInt {
  handBack(to: client, from: server, processor)
  copyReply(words, to: client)
  return depart(to: client, processor)
}

/// As above, after an answer of an unusual length, or without one.
@inline(never)
func goOnSlowly(
  _ client: Ref<Thread>, servedBy server: Ref<Thread>, _ processor: ProcessorRef
) -> UInt {
  handBack(to: client, from: server, processor)
  copyUnusualReply(to: client)
  return depart(to: client, processor)
}

@inline(__always)
private func handBack(
  to client: Ref<Thread>, from server: Ref<Thread>, _ processor: ProcessorRef
) {
  countTime(of: server, server.value.process.certain(), processor)
  client.value.virtualTime = server.value.virtualTime
  exchange(server, for: client, processor)
}

/// Puts `next` in the place of `previous` on this processor.
@inline(__always)
private func exchange(
  _ previous: Ref<Thread>, for next: Ref<Thread>, _ processor: ProcessorRef
) {
  let number = processor.value.number
  Machine.exchangeFloatingPoint(
    saving: previous.value.floatingPointArea, restoring: next.value.floatingPointArea)
  next.value.floatingPointProcessor = number
  processor.value.runQueue.last = next
  Machine.setThreadPointer(next.value.threadPointer)
  Machine.setCurrentFrame(next.address)
  next.value.state = .running
  next.value.processor = number
  processor.value.current = next
  kernel.statistics.handOvers &+= 1
  let space = next.value.process.certain().value.space.certain()
  if !processor.value.space.isExactly(space) {
    processor.value.space = space
    Machine.activate(root: space.value.root)
  }
}

/// Leaves the kernel after a direct hand-off. Its length is always the same, so it is not measured.
@inline(__always)
private func depart(to thread: Ref<Thread>, _ processor: ProcessorRef) -> UInt {
  let care = thread.value.process.certain().value.care
  let reasons =
    thread.value.attention.rawValue | care.rawValue | processor.value.reschedule
    | kernel.memory.backlog.pending
  if reasons != 0 { return departSlowly(processor) }
  kernelLock.release()
  return thread.address
}

@inline(never)
private func departSlowly(_ processor: ProcessorRef) -> UInt {
  noteEntry(processor)
  acknowledgeShootdowns()
  let frame = leaveSlowly(processor.index)
  unlockKernel(processor)
  return frame
}

/// The caller goes on after all: then the thread has to be queued.
@inline(never)
private func handOffSlowly(to thread: Ref<Thread>) -> UInt {
  makeReady(thread)
  return leave()
}

/// Loads what belongs to `thread` into the processor, leaving out what is there already.
@inline(__always)
private func switchTo(_ thread: Ref<Thread>, _ index: Int) {
  let processor = UInt8(truncatingIfNeeded: index)
  if kernel.processors[index].runQueue.last != thread
    || thread.value.floatingPointProcessor != processor
  {
    if let last = kernel.processors[index].runQueue.last,
      last.value.floatingPointProcessor == processor
    {
      Machine.saveFloatingPoint(at: last.value.floatingPoint.kernelAddress)
      last.value.floatingPointProcessor = Thread.noProcessor
    }
    load(thread, index, processor)
  }
  becomeCurrent(thread, index, processor)
}

/// Floating-point registers and thread pointer.
@inline(__always)
private func load(_ thread: Ref<Thread>, _ index: Int, _ processor: UInt8) {
  kernel.processors[index].runQueue.last = thread
  Machine.restoreFloatingPoint(at: thread.value.floatingPoint.kernelAddress)
  thread.value.floatingPointProcessor = processor
  Machine.setThreadPointer(thread.value.threadPointer)
}

/// The next entry is this thread's.
@inline(__always)
private func becomeCurrent(_ thread: Ref<Thread>, _ index: Int, _ processor: UInt8) {
  Machine.setCurrentFrame(thread.address)
  thread.value.state = .running
  thread.value.processor = processor
  kernel.processors[index].current = thread
  kernel.statistics.contextSwitches &+= 1
  guard let process = thread.value.process else { return }
  if thread.value.attention.rawValue | process.value.care.rawValue != 0 {
    kernel.processors[index].needsReschedule = true
  }
  if let space = process.value.space { space.activate() }
}

/// How long an idle processor leaves memory's backlog alone, in nanoseconds.
private let backlogPause: UInt64 = 20_000

/// Nothing to run. The registers of the last thread are saved, as it may go on elsewhere; should it
/// go on here, they are still loaded.
private func becomeIdle(_ index: Int) -> UInt {
  charge(index)
  kernel.processors[index].runQueue.isIdle = true
  kernel.processors[index].runQueue.sliceEnd = UInt64.max
  if let last = kernel.processors[index].runQueue.last,
    last.value.floatingPointProcessor == UInt8(truncatingIfNeeded: index)
  {
    Machine.saveFloatingPoint(at: last.value.floatingPoint.kernelAddress)
  }
  settleTimer(index)
  // What memory has left to take apart goes on at kernel entries, and an idle processor has none.
  // It may wait for another processor, so this one does not ask without a pause.
  if !kernel.memory.backlog.isEmpty { setTimer(index, by: Machine.now() &+ backlogPause) }
  return 0
}

/// The next thread would take a process apart, or be held or ended like many before it, and this
/// entry has done its share: interrupts are let in, and a timer that is due at once goes on.
private func pause(before thread: Ref<Thread>, _ index: Int) -> UInt {
  thread.value.state = .ready
  kernel.processors[index].runQueue.insert(thread, at: .front)
  let frame = becomeIdle(index)
  setTimer(index, by: 0)
  return frame
}

/// Whether the thread's affinity still allows this processor.
private func mayStay(_ current: Ref<Thread>, _ index: Int) -> Bool {
  current.value.affinity & (1 &<< UInt8(truncatingIfNeeded: index)) != 0
}

/// Whether a ready thread has to run instead of `current`.
private func hasBetterThread(_ index: Int, than current: Ref<Thread>) -> Bool {
  if kernel.processors[index].runQueue.isEmpty { return false }
  let highest = kernel.processors[index].runQueue.highestRealTimePriority
  if highest != 0 || current.value.effectivePriority != 0 {
    return highest > current.value.effectivePriority
  }
  return kernel.processors[index].runQueue.sliceEnd == 0
    || kernel.processors[index].runQueue.firstFairSlot
      < current.value.virtualTime >> RunQueue.slotShift
}

/// Takes the processor away from a thread that could go on: behind the others if its slice has
/// ended, else to the front.
private func putBack(_ current: Ref<Thread>, _ index: Int) {
  charge(index)
  current.value.state = .ready
  if kernel.processors[index].runQueue.sliceEnd != 0 {
    kernel.processors[index].runQueue.insert(current, at: .front)
    return
  }
  if kernel.onlineProcessors > 1, let other = lessBusyProcessor(than: index, for: current) {
    enqueue(current, on: other)
  } else {
    kernel.processors[index].runQueue.insert(current, at: .back)
  }
}

/// Lets the other threads of the caller's priority run first.
func yield(_ thread: Ref<Thread>) {
  let index = Machine.currentProcessor
  if kernel.processors[index].runQueue.isEmpty { return }
  charge(index)
  if thread.value.effectivePriority == 0 {
    thread.value.virtualTime =
      kernel.processors[index].runQueue.virtualTimeAfterFirst(thread.value.virtualTime)
  }
  thread.value.state = .ready
  kernel.processors[index].runQueue.insert(thread, at: .back)
}
