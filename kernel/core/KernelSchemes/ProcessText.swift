// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// What the kernel says of processes and threads.

let contextHeading: StaticString =
  "    PID    TID   EUID   EGID STATE    CPU PRIO NICE         TIME_NS NAME\n"
let blockHeading: StaticString = "    PID    TID WAITS FOR\n"
let callHeading: StaticString = "    PID    TID CALL\n"

/// A heading, then what `write` says of each thread. The thread that is reserved for an embryo's end
/// is nobody's program; after an exec it would have the new program's name.
func describeThreads(
  _ index: UInt32, _ sink: inout TextWindow, _ heading: StaticString,
  _ write: (Ref<Thread>, Ref<Process>, inout TextWindow) -> Void
) -> Bool {
  if index == 0 {
    sink.put(heading)
    return true
  }
  let slot = index &- 1
  guard slot < slots(of: kernel.threads.slabCount, Pool<Thread>.slabCapacity) else { return false }
  if let thread = kernel.threads[slot], let process = thread.value.process,
    process.value.state != .embryo
  {
    write(thread, process, &sink)
  }
  return true
}

/// What `write` says of each process.
func describeProcesses(
  _ index: UInt32, _ sink: inout TextWindow, _ write: (Ref<Process>, inout TextWindow) -> Void
) -> Bool {
  guard index < slots(of: kernel.processes.slabCount, Pool<Process>.slabCapacity) else {
    return false
  }
  if let process = kernel.processes[index], process.value.state != .unused {
    write(process, &sink)
  }
  return true
}

private func writeNumbers(
  _ thread: Ref<Thread>, _ process: Ref<Process>, _ sink: inout TextWindow
) {
  sink.put(decimal: UInt64(process.value.number), width: 7)
  sink.put(decimal: UInt64(thread.value.number), width: 7)
}

/// The process's name for listings, up to its first zero byte. Control characters, which a process
/// could use to forge lines, are shown as question marks.
private func writeName(_ process: Ref<Process>, _ sink: inout TextWindow) {
  for index in 0..<process.value.name.count {
    let byte = process.value.name[index]
    if byte == 0 { return }
    sink.put(byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte)
  }
}

func describeContext(
  _ thread: Ref<Thread>, _ process: Ref<Process>, _ sink: inout TextWindow
) {
  writeNumbers(thread, process, &sink)
  sink.put(decimal: UInt64(process.value.effectiveUser), width: 7)
  sink.put(decimal: UInt64(process.value.effectiveGroup), width: 7)
  sink.put(" ")
  let state = thread.value.state.name
  sink.put(state)
  for _ in state.utf8CodeUnitCount..<8 { sink.put(UInt8(ascii: " ")) }
  sink.put(decimal: UInt64(thread.value.processor), width: 4)
  sink.put(decimal: UInt64(thread.value.effectivePriority), width: 5)
  sink.put(process.value.nice < 0 ? "  -" : "   ")
  sink.put(decimal: UInt64(process.value.nice.magnitude), width: 2)
  sink.put(decimal: thread.value.processorTime &+ uncountedTime { $0 == thread }, width: 16)
  sink.put(" ")
  writeName(process, &sink)
  sink.put("\n")
}

extension ThreadState {
  var name: StaticString {
    switch self {
    case .unused: "unused"
    case .ready: "ready"
    case .running: "running"
    case .waiting: "waiting"
    case .stopped: "stopped"
    case .ended: "ended"
    }
  }
}

extension ProcessState {
  var name: StaticString {
    switch self {
    case .unused: "unused"
    case .embryo: "embryo"
    case .alive: "alive"
    case .stopped: "stopped"
    case .ended: "ended"
    }
  }
}

func describeWait(_ thread: Ref<Thread>, _ process: Ref<Process>, _ sink: inout TextWindow) {
  guard thread.value.state == .waiting else { return }
  writeNumbers(thread, process, &sink)
  sink.put(" ")
  sink.put(thread.value.wait.name)
  switch thread.value.wait {
  case .answer:
    let scheme =
      thread.value.direct.server?.value.scheme ?? thread.value.request?.value.scheme
    if let process = scheme?.value.process {
      sink.put(" of process ")
      sink.put(decimal: UInt64(process.value.number))
    }
  case .interrupt(let line) where line & InterruptTable.timerBit != 0:
    sink.put(" of a timer")
  case .interrupt(let slot):
    sink.put(" ")
    sink.put(decimal: UInt64(kernel.interrupts.clients[slot]?.value.line ?? 0))
  case .serial(let port):
    sink.put(" ")
    sink.put(decimal: UInt64(port))
  case .none, .serve, .offset, .pipe, .events, .futex, .child, .sleep, .shootdown, .pages,
    .lastThread, .exception:
    break
  }
  sink.put("\n")
}

extension Wait {
  var name: StaticString {
    switch self {
    case .none: "nothing"
    case .answer: "answer"
    case .serve: "request"
    case .offset: "turn"
    case .pipe: "pipe"
    case .events: "events"
    case .futex: "futex"
    case .child: "child"
    case .sleep: "time"
    case .shootdown: "processors"
    case .pages: "pages"
    case .lastThread: "threads"
    case .exception: "exception"
    case .interrupt: "interrupt"
    case .serial: "serial"
    }
  }
}

/// The number of the call that a thread waits in. Its arguments, which are addresses in another
/// process, are for that process's debugger.
func describeCall(_ thread: Ref<Thread>, _ process: Ref<Process>, _ sink: inout TextWindow) {
  guard thread.value.state == .waiting else { return }
  writeNumbers(thread, process, &sink)
  sink.put(" ")
  sink.put(decimal: UInt64(thread.value.registers.callNumber))
  sink.put("\n")
}

/// A heading, then a line of figures for each process.
func describeProcessList(_ index: UInt32, _ sink: inout TextWindow) -> Bool {
  guard index > 0 else {
    sink.put("PID PPID PGRP SESSION UID GID STATE NICE THREADS HANDLES PAGES TIME_NS START_NS")
    sink.put(" STACK MAPPED_PAGES NAME\n")
    return true
  }
  return describeProcesses(index &- 1, &sink, describeFigures)
}

private func describeFigures(_ process: Ref<Process>, _ sink: inout TextWindow) {
  sink.put(decimal: UInt64(process.value.number))
  field(&sink, UInt64(process.value.parent?.value.number ?? 0))
  field(&sink, UInt64(process.value.group))
  field(&sink, UInt64(process.value.session))
  field(&sink, UInt64(process.value.effectiveUser))
  field(&sink, UInt64(process.value.effectiveGroup))
  sink.put(" ")
  sink.put(process.value.state.name)
  sink.put(process.value.nice < 0 ? " -" : " ")
  sink.put(decimal: UInt64(process.value.nice.magnitude))
  field(&sink, UInt64(process.value.threads.count))
  field(&sink, UInt64(process.value.handles.count))
  field(&sink, process.value.space?.value.privatePages ?? 0)
  field(&sink, usedTime(process))
  field(&sink, process.value.startTime)
  field(&sink, UInt64(process.value.startStack))
  field(&sink, UInt64(process.value.space?.value.mappedBytes ?? 0) / 4096)
  sink.put(" ")
  writeName(process, &sink)
  sink.put("\n")
}

/// Processor time with what its threads are just using.
private func usedTime(_ process: Ref<Process>) -> UInt64 {
  process.value.processorTime &+ uncountedTime { $0.value.process == process }
}

private func field(_ sink: inout TextWindow, _ value: UInt64) {
  sink.put(" ")
  sink.put(decimal: value)
}

func describeProgram(_ process: Ref<Process>, _ sink: inout TextWindow) {
  sink.put(decimal: UInt64(process.value.number), width: 7)
  sink.put(" ")
  writeName(process, &sink)
  sink.put("\n")
}

func describeHandles(_ process: Ref<Process>, _ sink: inout TextWindow) {
  sink.put(decimal: UInt64(process.value.number), width: 7)
  sink.put(" handles ")
  sink.put(decimal: UInt64(process.value.handles.count))
  sink.put(" ")
  writeName(process, &sink)
  sink.put("\n")
}

/// `/scheme/proc/<number>/status`, a line for each thing.
func describeStatus(of process: Ref<Process>, _ index: UInt32, _ sink: inout TextWindow) -> Bool {
  switch index {
  case 0:
    sink.put("name: ")
    writeName(process, &sink)
    sink.put("\nstate: ")
    sink.put(process.value.state.name)
    sink.put("\n")
  case 1:
    status(&sink, "process: ", UInt64(process.value.number))
    status(&sink, "parent: ", UInt64(process.value.parent?.value.number ?? 0))
    status(&sink, "group: ", UInt64(process.value.group))
    status(&sink, "session: ", UInt64(process.value.session))
  case 2:
    sink.put("users: ")
    triple(&sink, process.value.realUser, process.value.effectiveUser, process.value.savedUser)
    sink.put("groups: ")
    triple(&sink, process.value.realGroup, process.value.effectiveGroup, process.value.savedGroup)
  case 3:
    status(&sink, "threads: ", UInt64(process.value.threads.count))
    status(&sink, "handles: ", UInt64(process.value.handles.count))
    status(&sink, "memory_pages: ", process.value.space?.value.privatePages ?? 0)
    status(&sink, "processor_time: ", usedTime(process))
    status(&sink, "child_processor_time: ", process.value.childProcessorTime)
  case 4:
    sink.put(process.value.nice < 0 ? "nice: -" : "nice: ")
    sink.put(decimal: UInt64(process.value.nice.magnitude))
    sink.put("\n")
    status(&sink, "held_signals: ", heldSignals(process))
    if let account = process.value.account {
      status(&sink, "account: ", UInt64(account.value.slot.index))
    }
  default:
    return false
  }
  return true
}

/// The signals that the first thread ignores or holds back, bit 0 for signal 1. A process that has
/// registered no trampoline takes the default actions, and does neither.
private func heldSignals(_ process: Ref<Process>) -> UInt64 {
  guard process.value.signals.trampoline != 0, let thread = process.value.threads.first else {
    return 0
  }
  return ~allowedSignals(of: thread)
}

private func status(_ sink: inout TextWindow, _ name: StaticString, _ value: UInt64) {
  sink.put(name)
  sink.put(decimal: value)
  sink.put("\n")
}

private func triple(_ sink: inout TextWindow, _ a: UInt32, _ b: UInt32, _ c: UInt32) {
  sink.put(decimal: UInt64(a))
  sink.put(" ")
  sink.put(decimal: UInt64(b))
  sink.put(" ")
  sink.put(decimal: UInt64(c))
  sink.put("\n")
}
