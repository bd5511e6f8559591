// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// How signals arrive. The kernel keeps what is pending; which handler runs, and what a handled
// signal's default would be, is the runtime's business: it registers a trampoline, and from then on
// everything but SIGKILL and SIGSTOP goes there. To take a default action the runtime unregisters
// and sends itself the signal.

/// Sends a signal to a process.
///
/// - Throws: `notPermitted` for what init cannot be sent, `wouldBlock` if no further signal with a
///   value can be queued.
func post(_ signal: ArrivedSignal, to process: Ref<Process>) throws(SystemError) {
  // One whose other threads end for a new program lives on, and can be ended all the same.
  guard process.value.state == .alive || process.value.state == .stopped,
    process.value.endPhase == .alive
  else { return }
  let isInit = process == kernel.initProcess
  switch signal.number {
  case SignalNumber.kill:
    if isInit { throw .notPermitted }
    beginEnd(process, state: 1, value: signal.number)
    return
  case SignalNumber.stop:
    if isInit { throw .notPermitted }
    stop(process, by: signal.number)
    return
  case SignalNumber.continue:
    process.value.signals.discard(SignalNumber.stopSignals)
    `continue`(process)
  case SignalNumber.terminalStop, SignalNumber.terminalInput, SignalNumber.terminalOutput:
    process.value.signals.discard(SignalNumber.bit(SignalNumber.continue))
  default:
    break
  }
  if process.value.signals.trampoline == 0 {
    takeDefaultAction(signal.number, process)
    return
  }
  guard process.value.signals.add(signal) else { throw .wouldBlock }
  if let thread = threadForSignal(SignalNumber.bit(signal.number), process) { announce(to: thread) }
}

/// Sends a signal to one thread.
func post(_ signal: ArrivedSignal, to thread: Ref<Thread>) throws(SystemError) {
  guard let process = thread.value.process else { throw .noProcess }
  let isHandled =
    signal.number != SignalNumber.kill && signal.number != SignalNumber.stop
    && process.value.signals.trampoline != 0
  guard isHandled else { return try post(signal, to: process) }
  thread.value.signals.pending |= SignalNumber.bit(signal.number)
  thread.value.signals.detail = signal
  if allowedSignals(of: thread) & SignalNumber.bit(signal.number) != 0 { announce(to: thread) }
}

private func takeDefaultAction(_ number: UInt32, _ process: Ref<Process>) {
  if process == kernel.initProcess { return }
  switch SignalNumber.defaultAction(number) {
  case .ignore:
    return
  case .stop:
    // POSIX: nobody could continue an orphaned group.
    if !isOrphaned(process.value.group) { stop(process, by: number) }
  case .end:
    beginEnd(process, state: 1, value: number)
  }
}

/// Threads that are asked whether they can take a signal of their process.
private let candidateLimit = 256

/// A thread that has the signal allowed: one that waits before one that runs.
private func threadForSignal(_ bit: UInt64, _ process: Ref<Process>) -> Ref<Thread>? {
  var best: Ref<Thread>?
  var next = process.value.threads.first
  for _ in 0..<candidateLimit {
    guard let thread = next else { break }
    next = process.value.threads.next(after: thread)
    kernel.processTable.signalLooks &+= 1
    guard allowedSignals(of: thread) & bit != 0 else { continue }
    if thread.value.state == .waiting { return thread }
    if best == nil { best = thread }
  }
  return best
}

/// Makes a thread look at its signals: ends its wait, or has its processor look.
private func announce(to thread: Ref<Thread>) {
  thread.value.attention.insert(.signal)
  switch thread.value.state {
  case .waiting:
    interruptWait(thread, with: .interrupted)
  case .running:
    prompt(Int(thread.value.processor))
  case .ready, .stopped, .unused, .ended:
    break
  }
}

/// What a thread has allowed. A thread that does not run cannot change it, and one that runs calls
/// `Yield` after allowing more, so a look now is enough.
func allowedSignals(of thread: Ref<Thread>) -> UInt64 {
  let record = thread.value.signals.record
  guard record != 0, let space = thread.value.process?.value.space else { return 0 }
  let address = record &+ SignalRecord.allowed
  if kernel.processors[Machine.currentProcessor].space == space {
    return Machine.loadUser64(address) ?? 0
  }
  guard let table = space.leaf(address) else { return 0 }
  let page = LeafWord(table[tableIndex(address, 0)])
  if page.isEmpty { return 0 }
  return PageWords(page.address)[Int(truncatingIfNeeded: address & 4095) >> 3]
}

/// Whether `thread`, which is about to wait, has to take a signal or end instead.
@inline(__always)
func hasSignal(_ thread: Ref<Thread>) -> Bool {
  guard let process = thread.value.process else { return false }
  let pending = thread.value.signals.pending | process.value.signals.pending
  if pending == 0, !process.value.care.contains(.ending) { return false }
  return hasSignalAllowed(thread, process, pending)
}

@inline(never)
private func hasSignalAllowed(
  _ thread: Ref<Thread>, _ process: Ref<Process>, _ pending: UInt64
) -> Bool {
  if mustEnd(thread, process) { return true }
  if pending & allowedSignals(of: thread) == 0 { return false }
  thread.value.attention.insert(.signal)
  kernel.processors[Machine.currentProcessor].needsReschedule = true
  return true
}

func mustEnd(_ thread: Ref<Thread>) -> Bool {
  guard let process = thread.value.process else { return true }
  return mustEnd(thread, process)
}

/// Whether the thread ends, or takes its process apart, before it runs on: it must not begin to wait.
func mustEnd(_ thread: Ref<Thread>, _ process: Ref<Process>) -> Bool {
  process.value.care.contains(.ending)
    && (process.value.survivor != thread || thread.value.attention.contains(.reap))
}

/// The calling thread may have allowed signals that wait: it takes them on its way out.
@inline(__always)
func recheckSignals(of thread: Ref<Thread>) {
  guard let process = thread.value.process else { return }
  thread.value.attention.remove(.heldSignal)
  if thread.value.signals.pending | process.value.signals.pending != 0 {
    thread.value.attention.insert(.signal)
    kernel.processors[Machine.currentProcessor].needsReschedule = true
  }
}

/// The program handles signals no longer: what waits takes its default action.
func unregisterSignals(of thread: Ref<Thread>, _ process: Ref<Process>) {
  thread.value.signals.record = 0
  process.value.signals.record = 0
  process.value.signals.trampoline = 0
  let pending = thread.value.signals.pending | process.value.signals.pending
  thread.value.signals.pending = 0
  process.value.signals.discard(UInt64.max)
  var left = pending
  while left != 0 {
    let number = UInt32(truncatingIfNeeded: left.trailingZeroBitCount) &+ 1
    left &= left &- 1
    takeDefaultAction(number, process)
  }
}
