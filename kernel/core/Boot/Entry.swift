// SPDX-License-Identifier: MIT
import ABI
public import Architecture
import Core
public import Machine
import Objects

// The ways into the kernel. Each takes the lock, does all there is to do, and returns the address
// of the saved registers to resume, or zero to wait for an interrupt.

/// A system call of this processor's current thread.
public func enterSystemCall() -> UInt {
  lockKernel()
  guard let thread = kernel.processors[Machine.currentProcessor].current else {
    panic("system call without a thread")
  }
  kernel.statistics.systemCalls &+= 1
  let frame: UInt
  do throws(SystemError) {
    switch try perform(thread) {
    case .done(let result):
      thread.value.registers.result = result
      frame = leave()
    case .parked:
      frame = leave()
    case .handOff(let next):
      frame = handOff(to: next)
    }
  } catch {
    frame = refuse(thread, error)
  }
  unlockKernel()
  return frame
}

@inline(__always)
private func perform(_ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let number = CallNumber(rawValue: thread.value.registers.callNumber) else {
    throw .noSystemCall
  }
  var words = CallWords()
  words.a = thread.value.registers.argument(0)
  words.b = thread.value.registers.argument(1)
  words.c = thread.value.registers.argument(2)
  words.d = thread.value.registers.argument(3)
  words.e = thread.value.registers.argument(4)
  words.f = thread.value.registers.argument(5)
  return try dispatch(number, words, thread)
}

/// The call failed, or has to be made again.
@inline(never)
private func refuse(_ thread: Ref<Thread>, _ error: SystemError) -> UInt {
  if error == .restart {
    // A parked thread's waker restarts the call; a bounded step goes on at once, with interrupts
    // let in between.
    if thread.value.state == .running { thread.value.registers.restartCall() }
    return leave()
  }
  thread.value.registers.result = CallResult(error).rawValue
  if error == .noSystemCall, isUnknownCall(thread) { reportUnknownCall(thread) }
  return leave()
}

@inline(never)
private func isUnknownCall(_ thread: Ref<Thread>) -> Bool {
  CallNumber(rawValue: thread.value.registers.callNumber) == nil
}

/// Unknown call numbers arrive as messages where the process has an exception handle; without one
/// the call has failed with `noSystemCall`, which is all.
private func reportUnknownCall(_ thread: Ref<Thread>) {
  guard thread.value.process?.value.exceptionDescription != nil else { return }
  reportException(
    thread, kind: 64, code: 0, address: UInt64(thread.value.registers.callNumber))
}

/// An interrupt or exception. `frame` is the current thread's registers, or, while idle, a scratch
/// frame that is not resumed.
public func enterTrap(_ cause: Trap) -> UInt {
  lockKernel()
  let thread = kernel.processors[Machine.currentProcessor].current
  switch cause {
  case .pageFault(let address, let access, let isPresent):
    guard let thread else { panic("page fault without a thread") }
    resolveFault(thread, address, access, isPresent)
  case .timer:
    kernel.statistics.interrupts &+= 1
    Machine.endInterrupt()
    expireTimers()
  case .interprocessor:
    Machine.endInterrupt()
    kernel.processors[Machine.currentProcessor].needsReschedule = true
  case .interrupt(let line):
    kernel.statistics.interrupts &+= 1
    handleInterrupt(line: line)
    Machine.endInterrupt()
  case .exception(let exception, let code):
    guard let thread else { panic("processor exception without a thread") }
    reportException(
      thread, kind: UInt32(exception.rawValue), code: UInt32(truncatingIfNeeded: code),
      address: UInt64(thread.value.registers.instructionPointer))
  case .spurious:
    break
  }
  let frame = leave()
  unlockKernel()
  return frame
}

/// Brings the page in, or tells whoever wants to know that the program went wrong.
private func resolveFault(
  _ thread: Ref<Thread>, _ address: UInt, _ access: PageAccess, _ isPresent: Bool
) {
  switch handlePageFault(thread, address, access, isPresent) {
  case .resolved, .parked:
    break
  case .violation(let kind):
    var code: UInt32 = access.contains(.write) ? 1 : 0
    if access.contains(.execute) { code |= 2 }
    if isPresent { code |= 4 }
    reportException(thread, kind: kind, code: code, address: UInt64(address))
  }
}

/// An application processor's first entry.
public func enterProcessorFirst(_ index: Int) -> UInt {
  lockKernel()
  let frame = enterProcessor(index)
  unlockKernel()
  return frame
}

@inline(__always)
func lockKernel() {
  kernelLock.acquire { acknowledgeWhileWaiting() }
  noteEntry()
  acknowledgeShootdowns()
}

@inline(__always)
func unlockKernel() {
  noteExit()
  kernelLock.release()
}

/// A fault inside the kernel itself.
public func panicOnFault(_ frame: borrowing Machine.Registers) -> Never {
  panic("fault in the kernel", frame: frame)
}
