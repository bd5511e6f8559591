// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// The texts of `/scheme/sys`. Each is a function from an index to an entry: entry 0 is often a
// heading, and entries about pooled objects have the index of their slot plus one.

/// Writes entry `index` of a text; false past the last.
func describe(_ file: SystemFile, _ index: UInt32, _ sink: inout TextWindow) -> Bool {
  switch file {
  case .block: describeThreads(index, &sink, blockHeading, describeWait)
  case .context: describeThreads(index, &sink, contextHeading, describeContext)
  case .syscall: describeThreads(index, &sink, callHeading, describeCall)
  case .exe: describeProcesses(index, &sink, describeProgram)
  case .processes: describeProcessList(index, &sink)
  case .iostat: describeProcesses(index, &sink, describeHandles)
  case .cpu: describeProcessor(index, &sink)
  case .env: describeCommandLine(index, &sink)
  case .irq: describeInterrupt(index, &sink)
  case .trace: describeTrace(index, &sink)
  case .schemes: describeScheme(index, &sink)
  case .clock, .firmwareRoot, .longestEntry, .memory, .stat, .uname:
    describeOnce(file, index, &sink)
  }
}

/// Texts of a single entry.
private func describeOnce(_ file: SystemFile, _ index: UInt32, _ sink: inout TextWindow) -> Bool {
  guard index == 0 else { return false }
  switch file {
  case .clock: writeClocks(&sink)
  case .firmwareRoot:
    sink.put("0x")
    sink.put(hexadecimal: kernel.boot.acpiRoot.rawValue)
    sink.put("\n")
  case .longestEntry:
    sink.put(decimal: UInt64(kernel.statistics.longestEntry))
    sink.put("\n")
  case .memory: writeMemoryFigures(&sink)
  case .stat: writeStatistics(&sink)
  case .uname:
    sink.put("Apus\n0.1.0\n")
    sink.put(Machine.machineName)
    sink.put("\n")
  case .block, .context, .syscall, .exe, .iostat, .cpu, .env, .irq, .trace, .schemes, .processes:
    break
  }
  return true
}

/// One line with a name and a number.
private func line(_ sink: inout TextWindow, _ name: StaticString, _ value: UInt64) {
  sink.put(name)
  sink.put(" ")
  sink.put(decimal: value)
  sink.put("\n")
}

private func writeClocks(_ sink: inout TextWindow) {
  line(&sink, "monotonic", Machine.now())
  line(&sink, "realtime", wallClock())
  let parameters = Machine.clockParameters
  line(&sink, "user_counter", parameters.isUsable)
}

private func writeMemoryFigures(_ sink: inout TextWindow) {
  let total = UInt64(kernel.frames.totalCount)
  let free = UInt64(kernel.frames.freeCount)
  line(&sink, "total", total &* 4096)
  line(&sink, "free", free &* 4096)
  line(&sink, "used", (total &- free) &* 4096)
  line(&sink, "kernel", UInt64(kernel.frames.kernelCount) &* 4096)
  line(&sink, "accounts", UInt64(kernel.accounts.inUse))
  line(&sink, "spaces", UInt64(kernel.spaces.inUse))
  line(&sink, "regions", UInt64(kernel.regions.inUse))
  line(&sink, "objects", UInt64(kernel.memoryObjects.inUse))
  line(&sink, "descriptions", UInt64(kernel.descriptions.inUse))
  line(&sink, "requests", UInt64(kernel.requests.inUse))
  line(&sink, "pipes", UInt64(kernel.pipes.inUse))
  line(&sink, "queues", UInt64(kernel.eventQueues.inUse))
  line(&sink, "watches", UInt64(kernel.watches.inUse))
}

private func writeStatistics(_ sink: inout TextWindow) {
  line(&sink, "processes", UInt64(kernel.processes.inUse))
  line(&sink, "threads", UInt64(kernel.threads.inUse))
  line(
    &sink, "context_switches",
    kernel.statistics.contextSwitches &+ kernel.statistics.handOvers)
  line(&sink, "system_calls", kernel.statistics.systemCalls &+ kernel.statistics.handOvers)
  line(&sink, "interrupts", kernel.statistics.interrupts)
  line(&sink, "unclaimed_interrupts", kernel.interrupts.unclaimed)
  line(&sink, "requests_returned", kernel.statistics.requestsReturned)
  line(&sink, "longest_entry", UInt64(kernel.statistics.longestEntry))
  line(&sink, "trace_records", kernel.trace.total)
  countLoad(until: Machine.now())
  line(&sink, "load_1", kernel.load.hundredths(0))
  line(&sink, "load_5", kernel.load.hundredths(1))
  line(&sink, "load_15", kernel.load.hundredths(2))
}

/// The stretch that has not ended counts as well: a processor may have been idle for long.
private func idleTime(of processor: Int) -> UInt64 {
  let counted = kernel.processors[processor].idleTime
  guard kernel.processors[processor].runQueue.isIdle else { return counted }
  let (since, now) = (kernel.processors[processor].chargedUntil, Machine.now())
  return now > since ? counted &+ (now &- since) : counted
}

private func describeProcessor(_ index: UInt32, _ sink: inout TextWindow) -> Bool {
  if index == 0 {
    sink.put("CPU        IDLE_NS  CURRENT\n")
    return true
  }
  let processor = Int(index &- 1)
  guard processor < min(Machine.processorCount, kernel.processors.count) else { return false }
  sink.put(decimal: UInt64(processor), width: 3)
  if !kernel.processors[processor].isOnline {
    sink.put("        offline\n")
    return true
  }
  sink.put(decimal: idleTime(of: processor), width: 15)
  sink.put("  ")
  if let thread = kernel.processors[processor].current, let process = thread.value.process {
    sink.put(decimal: UInt64(process.value.number))
    sink.put("/")
    sink.put(decimal: UInt64(thread.value.number))
  } else {
    sink.put("idle")
  }
  sink.put("\n")
  return true
}

/// The boot command line, 64 bytes to an entry, one word to a line.
private func describeCommandLine(_ index: UInt32, _ sink: inout TextWindow) -> Bool {
  let line = kernel.boot.commandLine
  let length = min(line.byteCount, 4096)
  let first = UInt64(index) &* 64
  guard first < length else { return false }
  var position = first
  while position < min(first &+ 64, length) {
    let address = line.start.rawValue &+ position
    let page = PageOf<UInt8>(PhysicalAddress(address & ~4095))
    let byte = page[Int(truncatingIfNeeded: address & 4095)]
    position &+= 1
    if byte == 0 { continue }
    sink.put(byte == UInt8(ascii: " ") ? UInt8(ascii: "\n") : byte)
  }
  if position == length { sink.put("\n") }
  return true
}

private func describeInterrupt(_ index: UInt32, _ sink: inout TextWindow) -> Bool {
  guard Int(index) < min(Machine.interruptLineCount, InterruptTable.lineCapacity) else {
    return false
  }
  let index = Int(index)
  if kernel.interrupts.lines[index].count == 0, kernel.interrupts.lines[index].clients.isEmpty {
    return true
  }
  sink.put(decimal: UInt64(index), width: 3)
  sink.put(decimal: kernel.interrupts.lines[index].count, width: 12)
  if serialPort(on: index) != nil { sink.put(" serial") }
  if kernel.interrupts.lines[index].message != nil { sink.put(" message") }
  if !kernel.interrupts.lines[index].clients.isEmpty { sink.put(" open") }
  if kernel.interrupts.lines[index].isStorming { sink.put(" storm") }
  sink.put("\n")
  return true
}

private func describeTrace(_ index: UInt32, _ sink: inout TextWindow) -> Bool {
  guard let record = kernel.trace.record(Int(index)) else { return false }
  record.write(to: &sink)
  return true
}

/// The kernel's own schemes, then those of servers.
private func describeScheme(_ index: UInt32, _ sink: inout TextWindow) -> Bool {
  if index < UInt32(KernelScheme.count) {
    guard let scheme = KernelScheme(rawValue: UInt8(index)) else { return true }
    sink.put(scheme.title)
    sink.put(" kernel\n")
    return true
  }
  let slot = index &- UInt32(KernelScheme.count)
  guard slot < slots(of: kernel.schemes.slabCount, Pool<Scheme>.slabCapacity) else { return false }
  guard let scheme = kernel.schemes[slot] else { return true }
  sink.put("user-")
  sink.put(decimal: UInt64(slot))
  sink.put(" process ")
  if let process = scheme.value.process {
    sink.put(decimal: UInt64(process.value.number))
  } else {
    sink.put("none")
  }
  sink.put(" queued ")
  sink.put(decimal: UInt64(scheme.value.queue.count))
  sink.put(" taken ")
  sink.put(decimal: UInt64(scheme.takenCount))
  sink.put(" open ")
  sink.put(decimal: UInt64(scheme.value.descriptions.count))
  sink.put(" returned ")
  sink.put(decimal: scheme.value.returned)
  sink.put(" ended ")
  sink.put(decimal: scheme.value.endings)
  sink.put(" serving ")
  sink.put(decimal: scheme.value.endingsServing)
  sink.put("\n")
  return true
}

/// Slots of a pool, in use or not.
func slots(of slabs: Int, _ capacity: Int) -> UInt32 {
  UInt32(truncatingIfNeeded: slabs &* capacity)
}

func describeBootProcessor(_ index: UInt32, _ sink: inout TextWindow) -> Bool {
  guard index == 0 else { return false }
  sink.put("0\n")
  return true
}
