// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Holding threads, and looking into those that are held.

/// Holds a thread: at once if it runs or is ready, else when its wait is over. One that is about to
/// end, or takes its process apart, never gets to user mode again, and nobody may keep it from that.
func suspend(_ thread: Ref<Thread>) {
  guard !thread.value.isSuspended, !mustEnd(thread) else { return }
  thread.value.isSuspended = true
  thread.value.attention.insert(.suspend)
  switch thread.value.state {
  case .running:
    prompt(Int(thread.value.processor))
  case .ready:
    kernel.processors[Int(thread.value.processor) & 7].runQueue.remove(thread)
    thread.value.state = .stopped
    passWakeOn(thread)
  case .waiting, .stopped, .unused, .ended:
    break
  }
}

/// Lets a suspended thread go on.
func resume(_ thread: Ref<Thread>) {
  guard thread.value.isSuspended else { return }
  thread.value.isSuspended = false
  thread.value.attention.remove(.suspend)
  // One that a stop signal holds, too, waits for that to end.
  if thread.value.state == .stopped, !thread.value.queueLink.isLinked { makeReady(thread) }
}

/// Lets a held thread run, whatever held it.
func letGo(_ thread: Ref<Thread>) {
  if thread.value.state == .waiting, case .exception = thread.value.wait { makeReady(thread) }
  resume(thread)
}

/// Sets the base priority: 0 for the fair class, else real time as far as the account allows.
func setPriority(of thread: Ref<Thread>, _ value: UInt) throws(SystemError) {
  guard value < 64, let account = thread.value.process?.value.account else {
    throw .invalidArgument
  }
  if value > 0, UInt64(value) > account.limit(.priority) { throw .notPermitted }
  let old = thread.value.basePriority
  let priority = UInt8(truncatingIfNeeded: value)
  thread.value.basePriority = priority
  // While it serves a client with more, it keeps that.
  if thread.value.effectivePriority == old || priority > thread.value.effectivePriority {
    changePriority(of: thread, priority)
  }
}

private func changePriority(of thread: Ref<Thread>, _ priority: UInt8) {
  if thread.value.state == .ready {
    let index = Int(thread.value.processor) & 7
    kernel.processors[index].runQueue.remove(thread)
    thread.value.effectivePriority = priority
    enqueue(thread, on: index)
  } else {
    thread.value.effectivePriority = priority
    if thread.value.state == .running { prompt(Int(thread.value.processor)) }
  }
}

/// Sets the processors that a thread may run on; at least one has to be there.
func setAffinity(of thread: Ref<Thread>, _ mask: UInt) throws(SystemError) {
  var online: UInt8 = 0
  for index in 0..<maximumProcessors where kernel.processors[index].isOnline {
    online |= 1 &<< UInt8(truncatingIfNeeded: index)
  }
  let allowed = UInt8(truncatingIfNeeded: mask)
  guard allowed & online != 0 else { throw .invalidArgument }
  thread.value.affinity = allowed
  if allowed == 0xFF {
    thread.value.attention.remove(.bound)
  } else {
    thread.value.attention.insert(.bound)
  }
  switch thread.value.state {
  case .ready:
    kernel.processors[Int(thread.value.processor) & 7].runQueue.remove(thread)
    makeReady(thread)
  case .running:
    prompt(Int(thread.value.processor))
  case .waiting, .stopped, .unused, .ended:
    break
  }
}

// MARK: Registers

/// Writes the registers of a held thread to `buffer`: 8 bytes each, in the order that `docs/abi.md`
/// lists, as many as fit.
/// - Returns: bytes written.
func readRegisters(
  of target: Ref<Thread>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  let scratch = kernel.processors[Machine.currentProcessor].scratch
  let words = PageWords(scratch)
  let count = Machine.Registers.debugWordCount
  for index in 0..<count { words[index] = UInt64(target.value.registers.debugWord(index)) }
  let bytes = min(buffer.count, UInt(count &* 8))
  try copyOut(UserSpan(address: buffer.address, count: bytes), scratch.kernelAddress, thread)
  return bytes
}

/// Sets the first registers of a held thread, as many as `buffer` holds. What would raise privilege
/// is masked.
func writeRegisters(
  of target: Ref<Thread>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  let count = min(Int(min(buffer.count, 4096) / 8), Machine.Registers.debugWordCount)
  let bytes = UInt(count &* 8)
  let scratch = kernel.processors[Machine.currentProcessor].scratch
  try copyIn(scratch.kernelAddress, UserSpan(address: buffer.address, count: bytes), thread)
  // It makes another call now, if any.
  abandonUnfinished(of: target)
  let words = PageWords(scratch)
  // The registers are part of a request that is under way directly.
  settleDirect(of: target)
  for index in 0..<count {
    target.value.registers.setDebugWord(index, UInt(truncatingIfNeeded: words[index]))
  }
  return bytes
}
