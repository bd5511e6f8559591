// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

@inline(__always)
func handle(_ call: Null, _ thread: Ref<Thread>) throws(SystemError) -> Outcome { .done }

/// Paths are at most this long, in bytes.
let pathLimit: UInt = 4096

func handle(_ call: Open, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.path.count <= pathLimit else { throw .nameTooLong }
  guard let process = thread.value.process else { throw .noProcess }
  var path = call.path
  let parent: Ref<Description>
  let rights: Rights
  if call.parent == .none {
    guard let namespace = process.value.namespace else { throw .notFound }
    if path.count == 0 { return try openNames(namespace, call.flags, process) }
    (parent, rights) = try namespace.resolve(&path, thread)
  } else {
    parent = try lookUp(call.parent, thread, needing: .traverse)
    rights = try lookUpEntry(call.parent, thread).rights
  }
  switch parent.value.kind {
  case .file(let scheme):
    return try openFile(call, path, parent, scheme, process, thread)
  case .kernel(let file):
    let opened = try openKernel(
      file, path, call.flags, mayManage: mayManage(rights, process), thread)
    return .done(
      try insertHandle(process, opened, kernelRights(opened, call.flags), call.flags).word)
  case .pipe, .events, .memory, .process, .thread, .account, .namespace, .schemeManagement,
    .server, .opening, .unused:
    let opened = try openDerived(parent, path, call.flags, thread)
    return .done(
      try insertHandle(process, opened, kernelRights(opened, call.flags), call.flags).word)
  }
}

/// The right to manage alone is not enough: a session gives the namespace it has to programs of any
/// user.
private func mayManage(_ rights: Rights, _ process: Ref<Process>) -> Bool {
  rights.contains(.manage) && process.value.effectiveUser == 0
}

/// Opens the caller's namespace itself, to list the names in it.
private func openNames(
  _ namespace: Ref<Namespace>, _ flags: OpenFlags, _ process: Ref<Process>
) throws(SystemError) -> Outcome {
  guard !flags.contains(.write) else { throw .isDirectory }
  let description = try newDescription(.namespace(namespace), process.value.account)
  namespace.retain()
  description.value.openFlags = flags
  return .done(try insertHandle(process, description, .read | .transfer, flags).word)
}

/// Sends the open to a scheme. The handle for the answer is made now, while it still can fail.
private func openFile(
  _ call: Open, _ path: UserSpan, _ parent: Ref<Description>, _ scheme: Ref<Scheme>,
  _ process: Ref<Process>, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  if let failure = scheme.value.failure { throw failure }
  let description = try newDescription(.opening(scheme), process.value.account)
  scheme.keep()
  description.value.openFlags = call.flags
  let reserved = try insertHandle(process, description, fileRights(call.flags), call.flags)
  var submission = Submission(.open)
  submission.first = UInt64(call.flags.rawValue)
  submission.second = UInt64(call.mode)
  submission.input = path
  do throws(SystemError) {
    return try submit(submission, to: scheme, parent, thread, reserving: reserved)
  } catch {
    removeHandle(process, reserved)
    throw error
  }
}

/// What the handle of a file opened with `flags` allows.
func fileRights(_ flags: OpenFlags) -> Rights {
  var rights: Rights = .transfer | .wait | .traverse
  if flags.contains(.read) || !flags.contains(.write) { rights.formUnion(.read | .map | .execute) }
  if flags.contains(.write) { rights.formUnion(.write | .map) }
  if flags.contains(.statOnly) { rights.subtract(.read | .write | .map | .execute) }
  return rights
}

func handle(_ call: Close, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  try closeHandle(process, call.handle)
  return .done
}

func handle(_ call: Duplicate, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  let entry = try lookUpEntry(call.handle, thread)
  guard let description = entry.description, entry.rights.contains(.transfer) else {
    throw .accessDenied
  }
  let rights = entry.rights.intersection(call.rights)
  if call.target == .none {
    description.retain()
    return .done(
      try insertHandle(process, description, rights, call.flags, minimum: call.minimum).word)
  }
  if call.target == call.handle { return .done(call.target.word) }
  try placeHandle(process, description, rights, call.flags, at: call.target)
  return .done(call.target.word)
}

/// Puts a handle for `description` at a number, closing what was there.
func placeHandle(
  _ process: Ref<Process>, _ description: Ref<Description>, _ rights: Rights, _ flags: OpenFlags,
  at target: Handle
) throws(SystemError) {
  let account = process.value.account
  if let occupied = process.value.handles.entry(target), let other = occupied.description,
    case .opening = other.value.kind
  {
    throw .busy
  }
  try account?.charge(.handles, 1)
  let replaced = process.value.handles.entry(target)
  var entry = HandleEntry()
  entry.description = description
  entry.rights = rights
  entry.closeOnExec = flags.contains(.closeOnExec)
  do throws(SystemError) {
    try process.value.handles.place(entry, at: target, account: account)
  } catch {
    account?.release(.handles, 1)
    throw error
  }
  description.retain()
  if let old = replaced?.description {
    account?.release(.handles, 1)
    forgetWatches(of: old, through: target, of: process)
    old.release()
  }
}

func handle(_ call: ControlHandle, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  var entry = try lookUpEntry(call.handle, thread)
  guard let description = entry.description else { throw .badHandle }
  switch call.property {
  case .closeOnExec:
    return .done(entry.closeOnExec ? 1 : 0)
  case .setCloseOnExec:
    let old: UInt = entry.closeOnExec ? 1 : 0
    entry.closeOnExec = call.value != 0
    process.value.handles.replaceEntry(call.handle, entry)
    return .done(old)
  case .openFlags:
    return .done(description.value.openFlags.word)
  case .setOpenFlags:
    let old = description.value.openFlags
    let changeable: OpenFlags = .append | .nonBlocking
    let wanted = try OpenFlags(word: call.value).intersection(changeable)
    description.value.openFlags = old.subtracting(changeable).union(wanted)
    return .done(old.word)
  case .rights:
    return .done(entry.rights.word)
  case .identity:
    return .done(
      UInt(description.value.slot.generation & 0x3FFF_FFFF) << 32
        | UInt(description.value.slot.index))
  case .available:
    guard case .pipe(let pipe, _) = description.value.kind else { throw .invalidArgument }
    return .done(UInt(pipe.available))
  }
}
