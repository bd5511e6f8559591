// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// The operations on files of kernel schemes. Each case is one line; what it does is in the file of
// its scheme.

/// Reads at `offset`, or with `UInt64.max` at the description's own offset, which then moves.
func readKernel(
  _ description: Ref<Description>, _ buffer: UserSpan, _ offset: UInt64, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard case .kernel(let file) = description.value.kind else { throw .badHandle }
  let usesOwn = offset == UInt64.max
  let position = usesOwn ? description.value.offset : offset
  let outcome = try read(file, description, buffer, position, usesOwn: usesOwn, thread)
  if usesOwn, !description.value.isStream, case .done(let count) = outcome {
    description.value.offset = position &+ UInt64(count)
  }
  return outcome
}

private func read(
  _ file: KernelFile, _ description: Ref<Description>, _ buffer: UserSpan, _ position: UInt64,
  usesOwn: Bool, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  switch file {
  case .console(let console):
    let place = usesOwn ? UInt64.max : position
    return try readConsole(console, description, buffer, at: place, thread)
  case .interrupt(let client):
    return try readInterrupt(client, description, buffer, thread)
  case .clock(let clock):
    return try sendRecord(readClockFile(clock, thread), to: buffer, thread)
  case .clockResolution:
    return try sendRecord(ClockTime(1), to: buffer, thread)
  case .timer(let timer):
    return try readTimer(timer, description, buffer, thread)
  case .system(let file, let place):
    return try readText(description, from: place, at: position, buffer, thread) {
      describe(file, $0, &$1)
    } moved: {
      .system(file, $0)
    }
  case .processStatus(let name, let place):
    let process = try name.find()
    return try readText(description, from: place, at: position, buffer, thread) {
      describeStatus(of: process, $0, &$1)
    } moved: {
      .processStatus(name, $0)
    }
  case .bootProcessor:
    return try readText(description, from: TextPlace(), at: position, buffer, thread) {
      describeBootProcessor($0, &$1)
    } moved: { _ in
      .bootProcessor
    }
  case .log(let base, let isStream):
    return try readLog(base: base, isStream: isStream, at: position, buffer, thread)
  case .seed:
    return try readSeed(buffer, thread)
  case .registers(let name, let set):
    return try readRegisters(of: name, set, buffer, thread)
  case .processMemory(let name):
    return try accessProcessMemory(of: name, at: position, buffer, .read, thread)
  case .root, .interruptDirectory, .clockDirectory, .firmwareDirectory, .processDirectory,
    .registerDirectory:
    throw .isDirectory
  case .anonymousMemory, .physicalMemory, .translation, .ports, .control, .authority,
    .firmwareTables:
    throw .notSupported
  }
}

/// One step of reading a text; the description remembers how far it came.
private func readText(
  _ description: Ref<Description>, from place: TextPlace, at position: UInt64,
  _ buffer: UserSpan, _ thread: Ref<Thread>,
  _ generate: (_ index: UInt32, _ sink: inout TextWindow) -> Bool,
  moved: (TextPlace) -> KernelFile
) throws(SystemError) -> Outcome {
  if buffer.count == 0 { return .done(0) }
  let result = try readText(from: place, at: position, buffer, thread, generate)
  description.value.kind = .kernel(moved(result.place))
  // Not there yet, but further than before: on with the next step.
  if result.count == 0, !result.isEnd { throw .restart }
  return .done(UInt(result.count))
}

/// Writes at `offset`, as `readKernel`.
func writeKernel(
  _ description: Ref<Description>, _ buffer: UserSpan, _ offset: UInt64, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard case .kernel(let file) = description.value.kind else { throw .badHandle }
  switch file {
  case .console(let console):
    return try writeConsole(console, buffer, at: offset, thread)
  case .interrupt(let client):
    return try writeInterrupt(client, buffer, thread)
  case .timer(let timer):
    return try writeTimer(timer, buffer, thread)
  case .control(let control):
    return try writeControl(control, buffer, thread)
  case .registers(let name, let set):
    return try writeRegisters(of: name, set, buffer, thread)
  case .processMemory(let name):
    let usesOwn = offset == UInt64.max
    let position = usesOwn ? description.value.offset : offset
    let outcome = try accessProcessMemory(of: name, at: position, buffer, .write, thread)
    if usesOwn, case .done(let count) = outcome {
      description.value.offset = position &+ UInt64(count)
    }
    return outcome
  case .root, .interruptDirectory, .clockDirectory, .firmwareDirectory, .processDirectory,
    .registerDirectory:
    throw .isDirectory
  case .clock, .clockResolution, .system, .processStatus, .bootProcessor, .log, .seed,
    .firmwareTables,
    .anonymousMemory, .physicalMemory, .translation, .ports, .authority:
    throw .notSupported
  }
}

/// What can be done with a file without waiting.
func readiness(of file: KernelFile) -> EventSet {
  switch file {
  case .console(let console):
    let hasInput = kernel.interrupts.serial[Int(console.port)].count > 0
    return hasInput ? .readable | .writable : .writable
  case .interrupt(let client):
    return client.value.seen != client.count ? .readable | .writable : .writable
  case .timer(let timer):
    return timer.value.isExpired ? .readable | .writable : .writable
  case .root, .interruptDirectory, .clockDirectory, .firmwareDirectory, .processDirectory,
    .registerDirectory, .clock, .clockResolution, .system, .processStatus, .bootProcessor, .log,
    .seed, .firmwareTables, .anonymousMemory, .physicalMemory, .translation, .ports, .authority,
    .control,
    .registers, .processMemory:
    return .readable | .writable
  }
}

/// `CallScheme` on something that the kernel serves.
func callKernel(
  _ description: Ref<Description>, _ call: CallScheme, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  switch description.value.kind {
  case .kernel(.interrupt(let client)):
    return try callInterrupt(client, call, thread)
  case .kernel(.console(let console)):
    return try callConsole(console, call, thread)
  case .kernel(.translation):
    return try translateAddress(call, thread)
  case .kernel, .unused, .opening, .file, .schemeManagement, .server, .memory, .pipe, .events,
    .process, .thread, .account, .namespace:
    throw .noSystemCall
  }
}

/// Sets the size of anonymous memory. A memory object's is changed by `ResizeMemory`, which asks for
/// the manage right.
func truncateKernel(
  _ description: Ref<Description>, _ length: UInt64, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  switch description.value.kind {
  case .kernel(.anonymousMemory):
    _ = try anonymousObject(of: description, length: length)
    return .done
  case .kernel, .unused, .opening, .file, .schemeManagement, .server, .pipe, .events, .memory,
    .process, .thread, .account, .namespace:
    throw .invalidArgument
  }
}

/// The last handle of a kernel scheme's file closed.
func closeKernelFile(_ file: KernelFile, _ description: Ref<Description>) {
  switch file {
  case .console(let console):
    closeConsole(console, description)
  case .interrupt(let client):
    closeInterrupt(client)
  case .timer(let timer):
    closeTimer(timer)
  case .log:
    closeLog(description)
  case .root, .interruptDirectory, .clockDirectory, .firmwareDirectory, .processDirectory,
    .registerDirectory, .clock, .clockResolution, .system, .processStatus, .bootProcessor,
    .seed, .firmwareTables, .anonymousMemory, .physicalMemory, .translation, .ports, .authority,
    .control, .registers, .processMemory:
    break
  }
}
