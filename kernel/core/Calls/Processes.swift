// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Making, ending and waiting for processes and threads.

/// The process that a handle names; `Handle.none` is the caller's own, which needs no right.
func targetProcess(
  _ handle: Handle, _ thread: Ref<Thread>, needing rights: Rights
) throws(SystemError) -> Ref<Process> {
  if handle == .none {
    guard let process = thread.value.process else { throw .noProcess }
    return process
  }
  let description = try lookUp(handle, thread, needing: rights)
  guard case .process(let process) = description.value.kind else { throw .badHandle }
  return process
}

func handle(_ call: CreateProcess, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let caller = thread.value.process else { throw .noProcess }
  var payer = caller.value.account
  if call.account != .none {
    let description = try lookUp(call.account, thread, needing: .manage)
    guard case .account(let account) = description.value.kind else { throw .badHandle }
    payer = account
  }
  guard let account = payer else { throw .noProcess }
  let process = try createProcess(parent: caller, account: account)
  let description: Ref<Description>
  do throws(SystemError) {
    description = try newDescription(.process(process), caller.value.account)
  } catch {
    endEmbryo(process)
    throw error
  }
  process.value.references &+= 1
  return .done(try insertHandle(caller, description, .everything, .runtimeHandle).word)
}

func handle(_ call: CreateThread, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let caller = thread.value.process else { throw .noProcess }
  let process = try targetProcess(call.process, thread, needing: .manage)
  // First what can fail, then the thread, which cannot be taken back once it runs.
  let description = try newDescription(.unused, caller.value.account)
  let handle = try insertHandle(caller, description, .everything, .runtimeHandle)
  do throws(SystemError) {
    let made = try createThread(
      process, entry: call.entry, stack: call.stack, argument: call.argument,
      threadPointer: call.threadPointer, isSuspended: call.flags.contains(.suspended))
    made.value.references &+= 1
    description.value.kind = .thread(made)
    return .done(handle.word)
  } catch {
    removeHandle(caller, handle)
    throw error
  }
}

func handle(_ call: Fork, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  .done(UInt(try fork(thread)))
}

func handle(_ call: ReplaceProgram, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  do throws(SystemError) {
    let source = try targetProcess(call.source, thread, needing: .manage)
    try replaceProgram(
      thread, from: source,
      Machine.Registers(entry: call.entry, stack: call.stack, argument: call.argument),
      threadPointer: call.threadPointer)
  } catch {
    if error != .restart { forgetReplacement(by: thread) }
    throw error
  }
  return .parked
}

func handle(_ call: TransferHandle, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let process = try targetProcess(call.process, thread, needing: .manage)
  guard process.value.state == .embryo || process.value.parent == thread.value.process else {
    throw .notPermitted
  }
  guard !process.value.care.contains(.ending), process.value.state != .ended else {
    throw .noProcess
  }
  let entry = try lookUpEntry(call.handle, thread)
  guard let description = entry.description, entry.rights.contains(.transfer) else {
    throw .accessDenied
  }
  let rights = entry.rights.intersection(call.rights)
  if call.target == .none {
    description.retain()
    return .done(try insertHandle(process, description, rights, call.flags).word)
  }
  try placeHandle(process, description, rights, call.flags, at: call.target)
  return .done(call.target.word)
}

func handle(_ call: ExitProcess, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  beginEnd(process, state: 0, value: call.status)
  return .parked
}

func handle(_ call: ExitThread, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  if call.release != 0 { try releaseWord(call.release, thread, process) }
  // With the one that is to get a new program, or has ended the others for it, the process ends.
  if process.value.threads.count > 1, process.value.survivor != thread {
    endThread(thread)
  } else {
    beginEnd(process, state: 0, value: 0)
  }
  return .parked
}

/// Tells whoever joins the thread that its stack is free. The thread never returns to user mode, so
/// it is. A word that cannot be written is the program's own mistake and nobody's loss.
private func releaseWord(
  _ address: UInt, _ thread: Ref<Thread>, _ process: Ref<Process>
) throws(SystemError) {
  guard address & 3 == 0, address < Machine.userLimit, let space = process.value.space else {
    return
  }
  do throws(SystemError) {
    try writeRecord(UInt32(0), to: address, thread)
  } catch {
    if error == .restart { throw error }
    return
  }
  _ = wakeWaiters(of: FutexKey(space: space, address: address), futexLimit)
  let shared = sharedFutexKey(space, address)
  if shared != FutexKey(space: space, address: address) { _ = wakeWaiters(of: shared, futexLimit) }
}

func handle(_ call: WaitChild, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  guard call.buffer.count >= UInt(MemoryLayout<WaitRecord>.size) || call.buffer.count == 0 else {
    throw .invalidArgument
  }
  if process.value.looksLeft > 0 { lookOn(process) }
  let search = findChild(of: process, call.selector, call.options)
  if let child = search.found {
    if call.buffer.count != 0 {
      try writeRecord(waitRecord(of: child), to: call.buffer.address, thread)
    }
    let number = child.value.number
    if !call.options.contains(.keep) { markReported(child, to: process) }
    return .done(UInt(number))
  }
  guard search.hasCandidates else { throw .noChild }
  if call.options.contains(.noHang) { return .done(0) }
  try parkInterruptibly(
    thread, .child(process), in: &process.value.waiters, until: call.deadline)
  return .parked
}

func handle(_ call: SetSignalControl, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  guard call.trampoline != 0 else {
    unregisterSignals(of: thread, process)
    return .done
  }
  guard call.trampoline < Machine.userLimit else { throw .badAddress }
  try checkRecord(call.thread, thread)
  if call.process != 0 { try checkRecord(call.process, thread) }
  thread.value.signals.record = call.thread
  process.value.signals.record = call.process
  process.value.signals.trampoline = call.trampoline
  recheckSignals(of: thread)
  return .done
}

/// The record must be writable memory, and must not straddle pages.
private func checkRecord(_ address: UInt, _ thread: Ref<Thread>) throws(SystemError) {
  guard address & (SignalRecord.byteCount &- 1) == 0 else { throw .invalidArgument }
  let record = try readRecord(at: address, as: SignalControl.self, thread)
  try writeRecord(record, to: address, thread)
}
