// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Signals, properties, and what debuggers do.

func handle(_ call: Signal, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.signal <= SignalNumber.last else { throw .invalidArgument }
  let signal = ArrivedSignal(
    call.signal, value: call.value, sender: thread.value.process?.value.number ?? 0)
  guard call.process != .none else {
    try broadcast(signal, call.selector, thread)
    return .done
  }
  let process = try targetProcess(call.process, thread, needing: .manage)
  guard process.value.state != .embryo else { throw .noProcess }
  if call.signal != 0 { try post(signal, to: process) }
  return .done
}

func handle(_ call: SignalThread, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.signal <= SignalNumber.last else { throw .invalidArgument }
  guard let process = thread.value.process, let target = findThread(call.thread, process) else {
    throw .noProcess
  }
  guard call.signal != 0 else { return .done }
  try post(
    ArrivedSignal(call.signal, value: call.value, sender: process.value.number), to: target)
  return .done
}

/// Threads of a process that a search by number passes over.
private let searchLimit = 2_048

private func findThread(_ number: UInt32, _ process: Ref<Process>) -> Ref<Thread>? {
  var next = process.value.threads.first
  for _ in 0..<searchLimit {
    guard let thread = next else { return nil }
    if thread.value.number == number { return thread }
    next = process.value.threads.next(after: thread)
  }
  return nil
}

@inline(__always)
func handle(_ call: GetProcess, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let process = try targetProcess(call.process, thread, needing: .read)
  if call.property == .processNumber { return .done(UInt(process.value.number)) }
  return .done(try property(call.property, of: process, thread))
}

func handle(_ call: SetProcess, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let process = try targetProcess(call.process, thread, needing: .manage)
  guard !process.value.care.contains(.ending), process.value.state != .ended else {
    throw .noProcess
  }
  try setProperty(call, of: process, thread)
  return .done
}

/// The thread that a handle names; `Handle.none` is the caller.
private func targetThread(
  _ handle: Handle, _ thread: Ref<Thread>, needing rights: Rights
) throws(SystemError) -> Ref<Thread> {
  if handle == .none { return thread }
  let description = try lookUp(handle, thread, needing: rights)
  guard case .thread(let target) = description.value.kind else { throw .badHandle }
  guard target.value.state != .ended else { throw .noProcess }
  return target
}

func handle(_ call: ControlThread, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  switch call.operation {
  case .number:
    return .done(UInt(try targetThread(call.thread, thread, needing: .read).value.number))
  case .processorTime:
    let target = try targetThread(call.thread, thread, needing: .read)
    if target == thread { return .done(readClock(.threadTime, thread).word) }
    return .done(target.value.processorTime.word)
  case .isSuspended:
    return .done(try targetThread(call.thread, thread, needing: .read).value.isSuspended ? 1 : 0)
  case .suspend:
    suspend(try targetThread(call.thread, thread, needing: .manage))
  case .resume:
    resume(try targetThread(call.thread, thread, needing: .manage))
  case .priority:
    try setPriority(of: try targetThread(call.thread, thread, needing: .manage), call.value)
  case .affinity:
    try setAffinity(of: try targetThread(call.thread, thread, needing: .manage), call.value)
  }
  return .done
}

func handle(_ call: DebugThread, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let target = try targetThread(call.thread, thread, needing: .manage)
  guard target != thread, target.isHeld else { throw .busy }
  switch call.operation {
  case .read: return .done(try readRegisters(of: target, call.buffer, thread))
  case .write: return .done(try writeRegisters(of: target, call.buffer, thread))
  case .step:
    target.value.registers.isStepping = true
    letGo(target)
    return .done
  }
}

func handle(_ call: AccessMemory, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let process = try targetProcess(call.process, thread, needing: .manage)
  guard let space = process.value.space else { throw .noProcess }
  switch call.operation {
  case .read:
    return .done(try readMemory(of: space, call.address, call.buffer, thread))
  case .write:
    return .done(try writeMemory(of: space, call.address, call.buffer, thread))
  case .step:
    throw .invalidArgument
  }
}

func handle(_ call: AnswerException, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let target = try targetThread(Handle(rawValue: call.thread), thread, needing: .manage)
  try answerException(target, call.action)
  return .done
}
