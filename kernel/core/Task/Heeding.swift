// SPDX-License-Identifier: MIT
import Core
import Machine
import Objects

// What a thread has to do on its way to user mode, besides going there.

/// Whether something concerns the thread or its process.
@inline(__always)
func needsAttention(_ thread: Ref<Thread>) -> Bool {
  guard let process = thread.value.process else { return true }
  return thread.value.attention.rawValue | process.value.care.rawValue != 0
}

/// Deals with what concerns the current thread. Afterwards it runs on, or is in a queue, or is gone.
/// `canReap` is taken by a step of what is done in steps, of which an entry takes one.
func attend(to thread: Ref<Thread>, _ canReap: inout Bool) {
  guard let process = thread.value.process else { return }
  if process.value.care.contains(.ending) {
    if process.value.survivor != thread { return endThread(thread) }
    if thread.value.attention.contains(.reap) { return reap(process, thread, &canReap) }
  }
  if thread.value.attention.contains(.closeHandles) {
    guard canReap else { return stepBack(thread) }
    canReap = false
    if !closeOldHandles(thread, process) { return stepBack(thread) }
  }
  if thread.value.attention.contains(.reply) {
    finishReply(thread)
    if thread.value.state != .running { return }
  }
  if process.value.care.contains(.stopped) {
    passWakeOn(thread)
    thread.value.state = .stopped
    process.value.stoppedThreads.append(thread)
    return
  }
  if process.value.care.contains(.resuming) { resumeSome(of: process) }
  if thread.value.attention.contains(.suspend) {
    passWakeOn(thread)
    thread.value.state = .stopped
    return
  }
  if thread.value.attention.contains(.signal) {
    // Looked at again when it leaves the kernel next.
    if isAmidCall(thread, process) { return prompt(Machine.currentProcessor) }
    passWakeOn(thread)
    thread.value.walk = OwnWalk()
    deliverSignal(to: thread, process)
    // A record that cannot be written has ended the process.
    if thread.value.attention.contains(.reap) { reap(process, thread, &canReap) }
  }
}

/// Whether its call goes on where it stopped: a handler that made such a call would go on with it
/// instead, and one that did not return would leave the other threads ending for a new program. The
/// signal waits for the call's end, which is not far: what goes on in steps hardly ever waits.
private func isAmidCall(_ thread: Ref<Thread>, _ process: Ref<Process>) -> Bool {
  process.value.care.contains(.ending) || thread.value.forkChild != nil
    || thread.value.signals.broadcast != 0 || unfinishedWork(of: thread) != nil
}

private func reap(_ process: Ref<Process>, _ thread: Ref<Thread>, _ canReap: inout Bool) {
  guard canReap else { return stepBack(thread) }
  canReap = false
  passWakeOn(thread)
  takeApart(process, thread)
}

/// What is left to do is for another entry: back into the queue.
private func stepBack(_ thread: Ref<Thread>) {
  thread.value.state = .ready
  enqueue(thread, on: Machine.currentProcessor)
}
