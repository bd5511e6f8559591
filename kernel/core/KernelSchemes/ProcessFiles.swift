// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// `/scheme/proc`: processes by number.

extension Ref where T == Process {
  var name: ProcessName {
    ProcessName(number: value.number, generation: value.generation)
  }
}

extension ProcessName {
  /// The process, if it is still there.
  func find() throws(SystemError) -> Ref<Process> {
    guard let process = kernel.processTable.find(number),
      process.value.generation == generation
    else { throw .noProcess }
    return process
  }
}

extension Opening {
  /// `""`; `self`; `<number>`, each with what lies below.
  mutating func openProcesses() throws(SystemError) -> Ref<Description> {
    guard let component = path.next() else { return try makeDirectory(.root(.proc)) }
    if component.equals("self") {
      guard let process = thread?.value.process else { throw .noProcess }
      return try openProcess(process.name)
    }
    guard let number = component.number, let process = kernel.processTable.find(number) else {
      throw .notFound
    }
    return try openProcess(process.name)
  }

  mutating func openProcess(_ name: ProcessName) throws(SystemError) -> Ref<Description> {
    guard let component = path.next() else { return try makeDirectory(.processDirectory(name)) }
    let process = try name.find()
    if component.equals("status") {
      try path.end()
      return try makeText(.processStatus(name, TextPlace()))
    }
    if component.equals("regs") { return try openRegisters(name) }
    try path.end()
    try requireAuthority(over: process)
    if component.equals("mem") { return try make(.processMemory(name)) }
    guard component.equals("handle") else { throw .notFound }
    return try openProcessHandle(process)
  }

  mutating func openRegisters(_ name: ProcessName) throws(SystemError) -> Ref<Description> {
    guard let component = path.next() else { return try makeDirectory(.registerDirectory(name)) }
    try path.end()
    try requireAuthority(over: try name.find())
    if component.equals("int") { return try make(.registers(name, .integer)) }
    if component.equals("float") { return try make(.registers(name, .floatingPoint)) }
    throw .notFound
  }

  /// Whoever may manage the scheme has authority over every process, others over processes of their
  /// own user.
  private func requireAuthority(over process: Ref<Process>) throws(SystemError) {
    if mayManage { return }
    guard let caller = thread?.value.process,
      caller.value.effectiveUser == process.value.realUser,
      caller.value.effectiveUser == process.value.effectiveUser
    else { throw .notPermitted }
  }

  private func openProcessHandle(_ process: Ref<Process>) throws(SystemError) -> Ref<Description> {
    // Until it runs it is its maker's alone: a fork may be at work on it.
    guard process.value.state != .embryo else { throw .noProcess }
    let description = try newDescription(.process(process), account)
    process.value.references &+= 1
    return description
  }
}

// MARK: Registers

/// The thread that a debugger of a whole process means: its first.
private func debuggedThread(of name: ProcessName) throws(SystemError) -> Ref<Thread> {
  let process = try name.find()
  guard let thread = process.value.threads.first else { throw .noProcess }
  return thread
}

/// Reads registers: 8 bytes for each in the order that `docs/abi.md` lists, or the floating-point
/// area as the processor stores it. Only while the thread is stopped.
func readRegisters(
  of name: ProcessName, _ set: RegisterSet, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let target = try debuggedThread(of: name)
  guard target.isHeld else { throw .busy }
  switch set {
  case .integer:
    return .done(try readRegisters(of: target, buffer, thread))
  case .floatingPoint:
    let bytes = min(buffer.count, UInt(min(Machine.floatingPointBytes, 4096)))
    target.saveFloatingPoint()
    try copyOut(
      UserSpan(address: buffer.address, count: bytes),
      target.value.floatingPoint.kernelAddress, thread)
    return .done(bytes)
  }
}

/// Writes the first registers, as many as `buffer` holds. What would raise privilege is masked, and
/// a floating-point area that the processor might refuse is not taken.
func writeRegisters(
  of name: ProcessName, _ set: RegisterSet, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let target = try debuggedThread(of: name)
  guard target.isHeld else { throw .busy }
  guard set == .integer else { throw .notSupported }
  return .done(try writeRegisters(of: target, buffer, thread))
}

/// Reads or writes a process's memory from `position` on.
///
/// - Returns: bytes moved, up to the first inaccessible page.
func accessProcessMemory(
  of name: ProcessName, at position: UInt64, _ buffer: UserSpan, _ operation: DebugOperation,
  _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard let space = try name.find().value.space, let address = UInt(exactly: position),
    address < Machine.userLimit
  else { throw .badAddress }
  switch operation {
  case .read: return .done(try readMemory(of: space, address, buffer, thread))
  case .write: return .done(try writeMemory(of: space, address, buffer, thread))
  case .step: throw .invalidArgument
  }
}
