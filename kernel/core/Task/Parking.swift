// SPDX-License-Identifier: MIT
import ABI
import Machine
import Objects

// Waiting. A thread that has to wait is parked: its saved registers are its whole state, and
// `Thread.wait` says where it is queued. Whoever ends the wait takes it out of that queue and
// either writes the call's result or has the call made again.
//
// No wake-up is lost: parking, waking and the check for signals all happen under the kernel lock.

/// Parks the calling thread in `queue`.
@inline(__always)
func park(
  _ thread: Ref<Thread>, _ wait: Wait, in queue: inout ThreadQueue,
  until deadline: Deadline = .never
) {
  queue.append(thread)
  park(thread, wait, until: deadline)
}

/// Parks the calling thread for something that is in no queue.
@inline(__always)
func park(_ thread: Ref<Thread>, _ wait: Wait, until deadline: Deadline = .never) {
  thread.value.state = .waiting
  thread.value.wait = wait
  if deadline != .never { startTimer(of: thread, deadline) }
}

/// Parks the calling thread unless a signal or its end is due, or the deadline has passed.
///
/// - Throws: `interrupted`, `timedOut`.
@inline(__always)
func parkInterruptibly(
  _ thread: Ref<Thread>, _ wait: Wait, in queue: inout ThreadQueue,
  until deadline: Deadline = .never
) throws(SystemError) {
  try checkSignals(thread)
  if deadline != .never { try checkDeadline(deadline) }
  park(thread, wait, in: &queue, until: deadline)
}

/// As above, for something that is in no queue.
func parkInterruptibly(
  _ thread: Ref<Thread>, _ wait: Wait, until deadline: Deadline = .never
) throws(SystemError) {
  try checkSignals(thread)
  if deadline != .never { try checkDeadline(deadline) }
  park(thread, wait, until: deadline)
}

/// - Throws: `interrupted` if `thread` should not begin to wait.
@inline(__always)
func checkSignals(_ thread: Ref<Thread>) throws(SystemError) {
  if hasSignal(thread) { throw .interrupted }
}

func checkDeadline(_ deadline: Deadline) throws(SystemError) {
  if deadline.nanoseconds <= Machine.now() { throw .timedOut }
}

/// Ends a wait: the call returns `result`. The thread has been taken out of its queue.
@inline(__always)
func wake(_ thread: Ref<Thread>, result: UInt) {
  thread.value.registers.result = result
  makeReady(thread)
}

/// Ends a wait: the call is made again. The thread has been taken out of its queue.
@inline(__always)
func wakeRestarting(_ thread: Ref<Thread>) {
  thread.value.registers.restartCall()
  thread.value.woken = thread.value.wait
  makeReady(thread)
}

/// `thread` will not do what it was woken for, or not soon: it ends, is held, or has a signal to
/// deal with. Somebody else who waits for the same looks instead; in vain, at worst.
///
/// What is remembered stays until it is passed on or the thread is woken again, whatever the thread
/// has done since: by then the queue may belong to something else of its kind, whose waiters only
/// look once too often.
func passWakeOn(_ thread: Ref<Thread>) {
  let woken = thread.value.woken
  thread.value.woken = .none
  guard thread.value.state != .waiting else { return }
  switch woken {
  case .offset(let description):
    if !description.value.isOffsetBusy { wakeNext(&description.value.waiters) }
  case .pipe(let pipe):
    wakeNext(&pipe.value.readers)
    wakeNext(&pipe.value.writers)
  case .events(let queue):
    wakeNext(&queue.value.waiters)
  case .futex:
    _ = wakeWaiters(of: thread.value.futexKey, 1)
  case .child(let process):
    wakeNext(&process.value.waiters)
  case .interrupt(let slot):
    passInterruptOn(slot)
  case .serial(let port):
    wakeNext(&kernel.interrupts.serial[Int(port & 1)].waiters)
  case .none, .answer, .serve, .sleep, .shootdown, .pages, .lastThread, .exception:
    break
  }
}

/// Has the first thread of a queue make its call again.
func wakeNext(_ queue: inout ThreadQueue) {
  if let thread = queue.popFirst() { wakeRestarting(thread) }
}

/// Ends the wait of a thread from outside, for a signal or a deadline: the call fails with `error`.
/// Does nothing to a thread that does not wait, or waits for what cannot be left.
func interruptWait(_ thread: Ref<Thread>, with error: SystemError) {
  guard thread.value.state == .waiting else { return }
  switch thread.value.wait {
  case .none, .shootdown, .lastThread, .exception:
    return
  case .answer:
    // The server may still have to finish; then its answer ends the wait.
    if withdrawRequest(of: thread) { wake(thread, result: CallResult(error).rawValue) }
    return
  case .pages:
    // The access is made again, after the signal if there is one.
    leaveQueue(thread)
    resumeAfterFault(thread)
    return
  case .sleep where error == .timedOut:
    wake(thread, result: 0)
    return
  case .serve, .offset, .pipe, .events, .futex, .child, .sleep, .interrupt, .serial:
    leaveQueue(thread)
    wake(thread, result: CallResult(error).rawValue)
  }
}

/// Takes a waiting thread out of the queue of what it waits for, without waking it.
/// - Returns: false if it has to stay until what it waits for has happened.
@discardableResult
func leaveQueue(_ thread: Ref<Thread>) -> Bool {
  switch thread.value.wait {
  case .none, .sleep, .exception, .lastThread:
    break
  case .answer:
    clientDied(thread)
  case .serve(let scheme):
    scheme.value.removeIdleServer(thread)
    endServing(thread)
  case .offset(let description):
    description.value.waiters.remove(thread)
  case .pipe(let pipe):
    pipe.removeWaiter(thread)
  case .events(let queue):
    queue.removeWaiter(thread)
  case .futex:
    kernel.futexes.remove(thread)
  case .child(let process):
    process.value.waiters.remove(thread)
  case .shootdown(let space):
    // Processors that flush come to an end, but two calls may wait for each other's ranges.
    if space.value.shootdown.isClosed { return false }
    space.value.waiters.remove(thread)
  case .pages(let object):
    object.value.waiters.remove(thread)
  case .interrupt(let slot):
    removeInterruptWaiter(thread, slot)
  case .serial(let port):
    removeSerialWaiter(thread, port: port)
  }
  thread.value.wait = .none
  return true
}
