// SPDX-License-Identifier: MIT
import ABI
public import Architecture
import Core
public import Machine
import Objects

// The ways into the kernel. Each takes the lock, does all there is to do, and returns the address
// of the saved registers to resume, or zero to wait for an interrupt.

// A system call of this processor's current thread. Assembly chooses among five by the number; see
// `Architecture` and `Direct.swift`.

@c(kernel_next_request)
public func enterNextRequest() -> UInt {
  let (thread, processor) = enterQuickly()
  switch answerDirectly(thread) {
  case .none: return callGenerally()
  case .words(let words, let client):
    return goOn(client, servedBy: thread, replyWords: words, processor)
  case .other(let client): return goOnSlowly(client, servedBy: thread, processor)
  }
}

@c(kernel_call_scheme)
public func enterCallScheme() -> UInt {
  let (thread, processor) = enterQuickly()
  if let server = callDirectly(thread) { return serve(thread, by: server, processor) }
  return callGenerally()
}

@c(kernel_read)
public func enterRead() -> UInt {
  let (thread, processor) = enterQuickly()
  if let server = readDirectly(thread) { return serve(thread, by: server, processor) }
  return callGenerally()
}

@c(kernel_write)
public func enterWrite() -> UInt {
  let (thread, processor) = enterQuickly()
  if let server = writeDirectly(thread) { return serve(thread, by: server, processor) }
  return callGenerally()
}

@c(kernel_system_call)
public func enterSystemCall() -> UInt {
  kernelLock.acquire { acknowledgeWhileWaiting() }
  return callGenerally()
}

/// Begins a call that is to be over in few instructions: memory's backlog is looked at on the way
/// out, with all else.
@inline(__always)
private func enterQuickly() -> (Ref<Thread>, ProcessorRef) {
  kernelLock.acquire { acknowledgeWhileWaiting() }
  let processor = ProcessorRef.current
  return (processor.value.current.certain(), processor)
}

/// Any call, under the lock.
@inline(never)
private func callGenerally() -> UInt {
  let processor = beginEntry()
  let thread = processor.value.current.certain()
  kernel.statistics.systemCalls &+= 1
  let frame: UInt
  do throws(SystemError) {
    switch try perform(thread) {
    case .done(let result):
      thread.value.registers.result = result
      frame = leave(thread, processor)
    case .parked:
      frame = leave()
    case .handOff(let next):
      frame = handOff(to: next)
    case .served(let server):
      return serve(thread, by: server, processor)
    }
  } catch {
    frame = refuse(thread, error)
  }
  unlockKernel(processor)
  return frame
}

extension CallNumber: DenseEnumeration {}

@inline(__always)
private func perform(_ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let number = CallNumber(dense: thread.value.registers.callNumber) else {
    throw .noSystemCall
  }
  return try dispatch(number, thread)
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
  // Its handle was closed while it went on in steps.
  abandonUnfinished(of: thread)
  if error == .noSystemCall, isUnknownCall(thread) { reportUnknownCall(thread) }
  return leave()
}

@inline(never)
private func isUnknownCall(_ thread: Ref<Thread>) -> Bool {
  CallNumber(dense: thread.value.registers.callNumber) == nil
}

/// Unknown call numbers arrive as messages where the process's exception handle asks for them;
/// elsewhere the call has failed with `noSystemCall`, which is all.
private func reportUnknownCall(_ thread: Ref<Thread>) {
  guard thread.value.process?.value.reportsUnknownCalls == true else { return }
  reportException(
    thread, kind: ExceptionKind.unknownCall, code: 0,
    address: UInt64(thread.value.registers.callNumber))
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
@discardableResult
func lockKernel() -> ProcessorRef {
  kernelLock.acquire { acknowledgeWhileWaiting() }
  return beginEntry()
}

@inline(__always)
private func beginEntry() -> ProcessorRef {
  kernel.memory.backlog.isEmpty ? .entered() : enterWithBacklog()
}

/// An entry that begins with a part of what memory has left to do, which counts as part of it; unless
/// a step waits that had no time left after the last such part.
@inline(never)
private func enterWithBacklog() -> ProcessorRef {
  let processor = ProcessorRef.entered()
  if processor.value.owesStep { acknowledgeWhileWaiting() } else { acknowledgeShootdowns() }
  return processor
}

@inline(__always)
func unlockKernel(_ processor: ProcessorRef = .current) {
  noteExit(processor)
  kernelLock.release()
}

/// A fault inside the kernel itself.
public func panicOnFault(_ frame: borrowing Machine.Registers) -> Never {
  panic("fault in the kernel", frame: frame)
}
