// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Copying a process, and giving one a new program.

/// Makes a copy of the calling thread's process with this thread alone. Works in bounded steps: the
/// memory first, which remembers by itself how far it is, then the handles.
///
/// - Returns: the child's number.
/// - Throws: `restart` between steps.
func fork(_ thread: Ref<Thread>) throws(SystemError) -> UInt32 {
  guard let process = thread.value.process else { throw .noProcess }
  let child: Ref<Process>
  if let begun = thread.value.forkChild {
    child = begun
  } else {
    child = try beginFork(thread, process)
  }
  do throws(SystemError) {
    let next = try copyHandlesForFork(process, child, from: thread.value.forkHandle)
    if let next {
      thread.value.forkHandle = next
      throw .restart
    }
  } catch {
    if error != .restart {
      thread.value.forkChild = nil
      thread.value.forkHandle = 0
      endEmbryo(child)
    }
    throw error
  }
  thread.value.forkChild = nil
  thread.value.forkHandle = 0
  startChild(child, thread, process)
  return child.value.number
}

private func beginFork(
  _ thread: Ref<Thread>, _ process: Ref<Process>
) throws(SystemError) -> Ref<Process> {
  guard let account = process.value.account, let parentSpace = process.value.space else {
    throw .noProcess
  }
  let space = try AddressSpace.fork(parentSpace, account, thread)
  let child: Ref<Process>
  do throws(SystemError) {
    child = try createProcess(parent: process, account: account, space: space)
  } catch {
    space.discard()
    throw error
  }
  thread.value.forkChild = child
  thread.value.forkHandle = 0
  return child
}

/// Gives the child's thread the caller's registers and lets it run.
private func startChild(_ child: Ref<Process>, _ thread: Ref<Thread>, _ process: Ref<Process>) {
  guard let copy = child.value.threads.first else { return }
  thread.saveFloatingPoint()
  Machine.copy(
    to: copy.value.floatingPoint.kernelAddress, from: thread.value.floatingPoint.kernelAddress,
    count: Machine.floatingPointBytes)
  copy.value.registers = thread.value.registers
  copy.value.registers.result = 0
  copy.value.threadPointer = thread.value.threadPointer
  copy.value.basePriority = thread.value.basePriority
  copy.value.effectivePriority = thread.value.basePriority
  copy.value.affinity = thread.value.affinity
  if copy.value.affinity != 0xFF { copy.value.attention.insert(.bound) }
  copy.value.virtualTime = thread.value.virtualTime
  copy.value.processor = thread.value.processor
  copy.value.signals.record = thread.value.signals.record
  child.value.signals.record = process.value.signals.record
  child.value.signals.trampoline = process.value.signals.trampoline
  child.value.startStack = process.value.startStack
  bringToLife(child)
  makeReady(copy)
}

/// Gives the calling thread's process the memory of `source`, an embryo, and continues there. The
/// old memory goes to the embryo, and ends with it.
///
/// - Throws: `restart` while other threads end, `busy` unless `source` is an embryo, `badAddress`,
///   `outOfMemory` if the process's account cannot pay for the new memory.
func replaceProgram(
  _ thread: Ref<Thread>, from source: Ref<Process>, _ registers: Machine.Registers,
  threadPointer: UInt
) throws(SystemError) {
  guard let process = thread.value.process else { throw .noProcess }
  guard source != process, source.value.state == .embryo, !source.value.care.contains(.ending),
    let space = source.value.space
  else { throw .busy }
  guard registers.instructionPointer < Machine.userLimit, threadPointer < Machine.userLimit
  else { throw .badAddress }
  try endOtherThreads(than: thread)
  if let account = process.value.account, space.value.account != account {
    try space.setAccount(account)
  }
  source.value.space = process.value.space
  process.value.space = space
  space.activate()
  thread.value.registers = registers
  thread.value.threadPointer = threadPointer
  Machine.setThreadPointer(threadPointer)
  thread.value.number = 1
  process.value.nextThreadNumber = 2
  process.value.name = source.value.name
  process.value.startStack = registers.stackPointer
  forgetRegistration(thread, process)
  Machine.initialiseFloatingPoint(at: thread.value.floatingPoint.kernelAddress)
  Machine.restoreFloatingPoint(at: thread.value.floatingPoint.kernelAddress)
  // Closing the runtime's handles also ends the embryo. It may take several entries.
  thread.value.forkHandle = 0
  thread.value.attention.insert(.closeHandles)
  kernel.processors[Machine.currentProcessor].needsReschedule = true
}

/// Closes some of the handles that a new program does not get.
/// - Returns: true once none is left.
func closeOldHandles(_ thread: Ref<Thread>, _ process: Ref<Process>) -> Bool {
  if let next = closeHandlesForExec(process, from: thread.value.forkHandle) {
    thread.value.forkHandle = next
    return false
  }
  thread.value.forkHandle = 0
  thread.value.attention.remove(.closeHandles)
  return true
}

/// A new program starts with no handlers; what is pending stays so.
private func forgetRegistration(_ thread: Ref<Thread>, _ process: Ref<Process>) {
  thread.value.signals.record = 0
  process.value.signals.record = 0
  process.value.signals.trampoline = 0
}
