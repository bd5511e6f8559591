// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Operations on files: each finds who serves the handle and asks them.

@inline(__always)
func handle(_ call: Read, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread, needing: .read)
  guard case .file(let scheme) = description.value.kind else {
    return try readOther(description, call, thread)
  }
  var submission = Submission(.read)
  submission.output = UserSpan(
    address: call.buffer.address, count: min(call.buffer.count, transferLimit))
  submission.first = call.offset
  submission.second = UInt64(description.value.openFlags.rawValue)
  try useOffset(description, &submission, thread)
  return try submit(submission, to: scheme, description, thread)
}

@inline(__always)
func handle(_ call: Write, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread, needing: .write)
  guard case .file(let scheme) = description.value.kind else {
    return try writeOther(description, call, thread)
  }
  var submission = Submission(.write)
  submission.input = UserSpan(
    address: call.buffer.address, count: min(call.buffer.count, transferLimit))
  submission.first = call.offset
  submission.second = UInt64(description.value.openFlags.rawValue)
  try useOffset(description, &submission, thread)
  return try submit(submission, to: scheme, description, thread)
}

/// Reads and writes without an offset use the description's own, one after another.
@inline(__always)
private func useOffset(
  _ description: Ref<Description>, _ submission: inout Submission, _ thread: Ref<Thread>
) throws(SystemError) {
  guard submission.first == UInt64.max, !description.value.isStream else { return }
  if description.value.isOffsetBusy {
    try parkInterruptibly(thread, .offset(description), in: &description.value.waiters)
    throw .restart
  }
  submission.first = description.value.offset
  submission.movesOffset = true
}

/// Reads from what the kernel itself serves.
private func readOther(
  _ description: Ref<Description>, _ call: Read, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  switch description.value.kind {
  case .pipe(let pipe, false):
    return try readPipe(pipe, description, call.buffer, thread)
  case .kernel:
    return try readKernel(description, call.buffer, call.offset, thread)
  case .events(let queue):
    return try readEvents(queue, description, call.buffer, thread)
  case .pipe, .memory, .process, .thread, .account, .namespace, .schemeManagement, .server,
    .opening, .unused, .file:
    throw refusal(of: description)
  }
}

/// Why there is nothing to read. Apart from those who read pipes, whom a case of its own above would cost
/// a hundred instructions.
@inline(never)
private func refusal(of description: Ref<Description>) -> SystemError {
  if case .namespace = description.value.kind { return .isDirectory }
  return .badHandle
}

private func writeOther(
  _ description: Ref<Description>, _ call: Write, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  switch description.value.kind {
  case .pipe(let pipe, true):
    return try writePipe(pipe, description, call.buffer, thread)
  case .kernel:
    return try writeKernel(description, call.buffer, call.offset, thread)
  case .events(let queue):
    return try writeEvents(queue, description, call.buffer, thread)
  case .pipe, .memory, .process, .thread, .account, .namespace, .schemeManagement, .server,
    .opening, .unused, .file:
    throw .badHandle
  }
}

func handle(_ call: Seek, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread)
  if description.value.isStream { throw .notSeekable }
  if description.value.isOffsetBusy {
    try parkInterruptibly(thread, .offset(description), in: &description.value.waiters)
    throw .restart
  }
  let base: UInt64
  switch (call.whence, description.value.kind) {
  case (0, .file), (0, .kernel):
    base = 0
  case (1, .file), (1, .kernel):
    base = description.value.offset
  case (2, .file(let scheme)):
    // The answer is the size; the runtime adds and seeks from the start.
    return try submit(Submission(.size), to: scheme, description, thread)
  case (0...2, _):
    throw .notSeekable
  default:
    throw .invalidArgument
  }
  let (sum, overflow) = Int64(truncatingIfNeeded: base).addingReportingOverflow(Int64(call.offset))
  guard !overflow, sum >= 0 else { throw .invalidArgument }
  description.value.offset = UInt64(sum)
  return .done(UInt(sum))
}

func handle(_ call: Status, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread)
  guard case .file(let scheme) = description.value.kind else {
    return try statusKernel(description, call.buffer, thread)
  }
  return try ask(.status, scheme, description, output: call.buffer, thread)
}

func handle(_ call: FileSystemStatus, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread)
  guard case .file(let scheme) = description.value.kind else {
    return try fileSystemStatusKernel(description, call.buffer, thread)
  }
  return try ask(.fileSystemStatus, scheme, description, output: call.buffer, thread)
}

func handle(_ call: PathOf, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread)
  guard case .file(let scheme) = description.value.kind else {
    return try pathKernel(description, call.buffer, thread)
  }
  return try ask(.path, scheme, description, output: call.buffer, thread)
}

func handle(_ call: ReadDirectory, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread, needing: .read)
  guard case .file(let scheme) = description.value.kind else {
    return try readDirectoryKernel(description, call.buffer, call.cookie, thread)
  }
  return try ask(
    .readDirectory, scheme, description, first: call.cookie, output: call.buffer, thread)
}

func handle(_ call: Truncate, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread, needing: .write)
  guard case .file(let scheme) = description.value.kind else {
    return try truncateKernel(description, call.length, thread)
  }
  return try ask(.truncate, scheme, description, first: call.length, thread)
}

func handle(_ call: Synchronise, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread)
  guard case .file(let scheme) = description.value.kind else { return .done }
  return try ask(.synchronise, scheme, description, thread)
}

func handle(_ call: SetAttributes, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (description, scheme) = try file(call.handle, thread)
  return try ask(.setAttributes, scheme, description, input: call.record, thread)
}

func handle(_ call: Unlink, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.path.count <= pathLimit else { throw .nameTooLong }
  var path = call.path
  let (description, scheme) = try parentFile(call.parent, &path, thread)
  return try ask(
    .unlink, scheme, description, first: UInt64(call.flags.rawValue), input: path, thread)
}

func handle(_ call: LinkFile, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.path.count <= pathLimit else { throw .nameTooLong }
  let (linked, itsScheme) = try file(call.file, thread)
  var path = call.path
  let (parent, scheme) = try parentFile(call.parent, &path, thread)
  guard scheme == itsScheme else { throw .crossDevice }
  return try ask(.link, scheme, parent, first: linked.value.word, input: path, thread)
}

func handle(_ call: Rename, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.path.count <= pathLimit, call.newPath.count <= pathLimit else { throw .nameTooLong }
  var path = call.path
  var newPath = call.newPath
  let (parent, scheme) = try parentFile(call.parent, &path, thread)
  let (newParent, newScheme) = try parentFile(call.newParent, &newPath, thread)
  guard scheme == newScheme else { throw .crossDevice }
  var submission = Submission(.rename)
  submission.first = newParent.value.word
  submission.second = UInt64(path.count)
  return try submit(submission, path, newPath, to: scheme, parent, thread)
}

func handle(_ call: CallScheme, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread)
  guard case .file(let scheme) = description.value.kind else {
    return try callKernel(description, call, thread)
  }
  guard call.input.count <= transferLimit, call.output.count <= transferLimit else {
    throw .messageTooLong
  }
  var submission = Submission(.call)
  submission.code = call.operation
  submission.input = call.input
  submission.output = call.output
  return try submit(submission, to: scheme, description, thread)
}

func handle(_ call: SendHandle, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (description, scheme) = try file(call.handle, thread)
  let entry = try lookUpEntry(call.sent, thread)
  guard let sent = entry.description, entry.rights.contains(.transfer) else { throw .accessDenied }
  var submission = Submission(.sendHandle)
  submission.code = call.operation
  submission.first = UInt64(call.word)
  return try submit(
    submission, to: scheme, description, thread, passing: sent, entry.rights)
}

func handle(_ call: ReceiveHandle, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let (description, scheme) = try file(call.handle, thread)
  guard let process = thread.value.process else { throw .noProcess }
  if let failure = scheme.value.failure { throw failure }
  let placeholder = try newDescription(.opening(scheme), process.value.account)
  scheme.keep()
  let reserved = try insertHandle(process, placeholder, .everything, OpenFlags())
  var submission = Submission(.receiveHandle)
  submission.code = call.operation
  submission.first = UInt64(call.word)
  do throws(SystemError) {
    return try submit(submission, to: scheme, description, thread, reserving: reserved)
  } catch {
    removeHandle(process, reserved)
    throw error
  }
}

// MARK: Shared steps

/// A handle that must stand for a file of a user scheme.
private func file(
  _ handle: Handle, _ thread: Ref<Thread>
) throws(SystemError) -> (Ref<Description>, Ref<Scheme>) {
  let description = try lookUp(handle, thread)
  guard case .file(let scheme) = description.value.kind else { throw .notSupported }
  return (description, scheme)
}

/// The directory that a path is relative to; with `none`, the root of the scheme that the path
/// names, which is taken off its front.
func parentFile(
  _ parent: Handle, _ path: inout UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> (Ref<Description>, Ref<Scheme>) {
  if parent != .none { return try file(parent, thread) }
  guard let namespace = thread.value.process?.value.namespace else { throw .notFound }
  let (root, _) = try namespace.resolve(&path, thread)
  guard case .file(let scheme) = root.value.kind else { throw .notSupported }
  return (root, scheme)
}

func ask(
  _ operation: SchemeOperation, _ scheme: Ref<Scheme>, _ description: Ref<Description>,
  first: UInt64 = 0, second: UInt64 = 0, input: UserSpan = UserSpan(),
  output: UserSpan = UserSpan(), _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard input.count <= transferLimit else { throw .messageTooLong }
  var submission = Submission(operation)
  submission.first = first
  submission.second = second
  submission.input = input
  submission.output = UserSpan(address: output.address, count: min(output.count, transferLimit))
  return try submit(submission, to: scheme, description, thread)
}

/// Asks a scheme for the memory object behind a file; the caller's call is made again and finds it
/// in `Description.memory`.
func requestMapping(
  _ description: Ref<Description>, offset: UInt64, length: UInt64, _ flags: MapFlags,
  _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  guard case .file(let scheme) = description.value.kind else { throw .noDevice }
  var submission = Submission(.map)
  submission.code = flags.rawValue
  submission.first = offset
  submission.second = length
  return try submit(submission, to: scheme, description, thread)
}

/// Asks the scheme behind a provided memory object for pages. No client waits for the answer: the
/// threads wait in the object, and `SupplyPages` wakes them.
func requestSupply(
  _ scheme: Ref<Scheme>, for object: Ref<MemoryObject>? = nil, word: UInt64, offset: UInt64,
  length: UInt64
) throws(SystemError) {
  if let failure = scheme.value.failure { throw failure }
  let request = try Ref<Request>.make(scheme, .supply, for: nil)
  request.value.arrival = Machine.counter()
  request.value.object = object
  request.value.objectGeneration = object?.value.slot.generation ?? 0
  request.value.record.tag = request.tag
  request.value.record.word = word
  request.value.record.sequence = 0
  request.value.record.description = 0
  request.value.record.first = offset
  request.value.record.second = length
  request.value.record.inputCount = 0
  request.value.record.outputCount = 0
  request.value.record.caller = CallerIdentity()
  enqueue(request, scheme)
}
