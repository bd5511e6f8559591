// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// What files of kernel schemes say of themselves.

func statusKernel(
  _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  var status = FileStatus()
  status.inode = inode(of: description)
  status.links = 1
  status.mode = mode(of: description)
  if case .memory(let object) = description.value.kind {
    status.size = object.value.length
    status.blocks = object.value.length / 512
  }
  if case .kernel(.log(let base, _)) = description.value.kind {
    status.size = kernel.log.end &- base
  }
  return try sendRecord(status, to: buffer, thread)
}

/// What can be named has a number of its own for good; what is made when it is opened has that of its
/// place, as long as it lives.
private func inode(of description: Ref<Description>) -> UInt64 {
  if case .kernel(let file) = description.value.kind, let identity = file.identity {
    return identity.inode
  }
  return UInt64(description.value.slot.index)
}

private func mode(of description: Ref<Description>) -> UInt32 {
  switch description.value.kind {
  case .pipe:
    return FileMode.fifo | 0o600
  case .kernel(let file):
    return mode(of: file)
  case .memory:
    return FileMode.regular | 0o600
  case .namespace:
    return FileMode.directory | 0o555
  case .unused, .opening, .file, .schemeManagement, .server, .events, .process, .thread, .account:
    return FileMode.characterDevice | 0o600
  }
}

private func mode(of file: KernelFile) -> UInt32 {
  switch file {
  case .root, .interruptDirectory, .clockDirectory, .firmwareDirectory, .processDirectory,
    .registerDirectory:
    return FileMode.directory | 0o555
  case .system, .processStatus, .bootProcessor, .log, .clock, .clockResolution:
    return FileMode.regular | 0o444
  case .control:
    return FileMode.regular | 0o200
  case .seed:
    return FileMode.regular | 0o400
  case .anonymousMemory, .registers, .processMemory:
    return FileMode.regular | 0o600
  case .console, .interrupt, .timer, .physicalMemory, .translation, .ports, .authority,
    .firmwareTables:
    return FileMode.characterDevice | 0o600
  }
}

/// Only `/scheme/memory` has a volume: the machine's RAM, in pages.
func fileSystemStatusKernel(
  _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  switch description.value.kind {
  case .memory, .kernel(.root(.memory)), .kernel(.anonymousMemory):
    var record = FileSystemStatusRecord()
    record.blocks = UInt64(kernel.frames.totalCount)
    record.freeBlocks = UInt64(kernel.frames.freeCount)
    record.availableBlocks = record.freeBlocks
    return try sendRecord(record, to: buffer, thread)
  case .kernel, .pipe, .unused, .opening, .file, .schemeManagement, .server, .events, .process,
    .thread, .account, .namespace:
    throw .noSystemCall
  }
}

/// The path under which a description is found, with its scheme.
func pathKernel(
  _ description: Ref<Description>, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  var text = FixedText<96>()
  text.put("/scheme")
  if case .namespace = description.value.kind {} else { text.put("/") }
  switch description.value.kind {
  case .namespace:
    break
  case .kernel(let file):
    writePath(of: file, &text)
  case .pipe(_, let isWriter):
    text.put(isWriter ? "pipe/write" : "pipe/read")
  case .events:
    text.put("event")
  case .memory:
    text.put("memory")
  case .process(let process):
    text.put("proc/")
    text.put(decimal: UInt64(process.value.number))
  case .unused, .opening, .file, .schemeManagement, .server, .thread, .account:
    throw .notSupported
  }
  let count = min(UInt(text.count), buffer.count)
  let scratch = ScratchPage()
  for index in 0..<text.count { scratch.bytes[index] = text.bytes[index] }
  try copyOut(UserSpan(address: buffer.address, count: count), scratch.address, thread)
  return .done(count)
}

private func writePath(of file: KernelFile, _ text: inout FixedText<96>) {
  switch file {
  case .root(let scheme): text.put(scheme.title)
  case .console(let console):
    text.put("debug")
    if console.port != 0 { text.put("/exec") } else if !console.isKept { text.put("/no-preserve") }
  case .anonymousMemory: text.put("memory/zeroed")
  case .physicalMemory: text.put("memory/physical")
  case .translation: text.put("memory/translation")
  case .bootProcessor: text.put("irq/bsp")
  case .interruptDirectory(let processor): writeProcessorPath(processor, &text)
  case .interrupt(let client):
    text.put("irq/")
    text.put(decimal: UInt64(client.value.line))
  case .ports(let first, let last):
    text.put("irq/ports/")
    text.put(decimal: UInt64(first))
    text.put("-")
    text.put(decimal: UInt64(last))
  case .clockDirectory(let clock): writeClockPath(clock, "", &text)
  case .clock(let clock): writeClockPath(clock, "/gettime", &text)
  case .clockResolution(let clock): writeClockPath(clock, "/getres", &text)
  case .timer(let timer): writeClockPath(timer.value.clock, "/timer", &text)
  case .system(let file, _):
    text.put(file == .firmwareRoot ? "sys/acpi/" : "sys/")
    text.put(file.name)
  case .log(_, let isStream): text.put(isStream ? "sys/log_stream" : "sys/log")
  case .control(let control):
    text.put("sys/")
    text.put(control.name)
  case .authority: text.put("sys/authority")
  case .seed: text.put("sys/seed")
  case .firmwareDirectory: text.put("sys/acpi")
  case .firmwareTables: text.put("sys/acpi/tables")
  case .processDirectory(let name): writeProcessPath(name, "", &text)
  case .processStatus(let name, _): writeProcessPath(name, "/status", &text)
  case .registerDirectory(let name): writeProcessPath(name, "/regs", &text)
  case .registers(let name, .integer): writeProcessPath(name, "/regs/int", &text)
  case .registers(let name, .floatingPoint): writeProcessPath(name, "/regs/float", &text)
  case .processMemory(let name): writeProcessPath(name, "/mem", &text)
  }
}

private func writeProcessorPath(_ processor: UInt8, _ text: inout FixedText<96>) {
  text.put("irq/cpu-")
  text.put(decimal: UInt64(processor), width: 2, fill: UInt8(ascii: "0"))
}

private func writeClockPath(
  _ clock: ClockKind, _ rest: StaticString, _ text: inout FixedText<96>
) {
  text.put("time/")
  text.put(decimal: UInt64(clock.rawValue))
  text.put(rest)
}

private func writeProcessPath(
  _ name: ProcessName, _ rest: StaticString, _ text: inout FixedText<96>
) {
  text.put("proc/")
  text.put(decimal: UInt64(name.number))
  text.put(rest)
}
