// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// What can be asked of a process, and changed.

/// The value of a property. Handles that come with some are the caller's.
func property(
  _ property: ProcessProperty, of process: Ref<Process>, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  switch property {
  case .processNumber: return UInt(process.value.number)
  case .parent: return UInt(process.value.parent?.value.number ?? 0)
  case .group: return UInt(process.value.group)
  case .session: return UInt(process.value.session)
  case .realUser: return UInt(process.value.realUser)
  case .effectiveUser: return UInt(process.value.effectiveUser)
  case .savedUser: return UInt(process.value.savedUser)
  case .realGroup: return UInt(process.value.realGroup)
  case .effectiveGroup: return UInt(process.value.effectiveGroup)
  case .savedGroup: return UInt(process.value.savedGroup)
  case .nice: return UInt(Int(process.value.nice) &+ 20)
  case .handleLimit: return UInt(process.value.handles.posix.limit)
  case .generation: return UInt(process.value.generation)
  case .threadCount: return UInt(process.value.threads.count)
  case .threadNumber: return UInt(thread.value.number)
  case .residentPages: return UInt(process.value.space?.value.privatePages ?? 0)
  case .namespace: return try namespaceHandle(process, thread)
  case .account: return try accountHandle(process, thread)
  case .exceptionHandle, .newSession, .name: throw .invalidArgument
  }
}

/// A handle to the process's namespace. Only init's lets its holder change the names, because all
/// who inherited the namespace share them.
private func namespaceHandle(
  _ process: Ref<Process>, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  guard let caller = thread.value.process else { throw .noProcess }
  guard let namespace = process.value.namespace else { throw .notFound }
  let description = try newDescription(.namespace(namespace), caller.value.account)
  namespace.retain()
  let rights: Rights = caller == kernel.initProcess ? .everything : .read | .transfer
  return try insertHandle(caller, description, rights, .runtimeHandle).word
}

private func accountHandle(
  _ process: Ref<Process>, _ thread: Ref<Thread>
) throws(SystemError) -> UInt {
  guard let caller = thread.value.process else { throw .noProcess }
  guard let account = process.value.account else { throw .notFound }
  let description = try newDescription(.account(account), caller.value.account)
  account.retain()
  return try insertHandle(caller, description, .read | .transfer, .runtimeHandle).word
}

/// Changes a property. The call has been checked for authority over the process itself.
func setProperty(
  _ call: SetProcess, of process: Ref<Process>, _ thread: Ref<Thread>
) throws(SystemError) {
  switch call.property {
  case .realUser, .effectiveUser, .savedUser, .realGroup, .effectiveGroup, .savedGroup:
    try requireAuthority(call.authority, thread)
    guard let number = UInt32(exactly: call.value) else { throw .invalidArgument }
    setCredential(call.property, of: process, number)
  case .group:
    try setGroup(of: process, call.value, thread)
  case .newSession:
    try beginSession(process, thread)
  case .nice:
    try setNice(process, call, thread)
  case .namespace:
    try setNamespace(process, Handle(word: call.value), thread)
  case .exceptionHandle:
    try setExceptionHandle(process, call.value, thread)
  case .handleLimit:
    guard let limit = UInt32(exactly: call.value), limit <= 16_384 else {
      throw .invalidArgument
    }
    process.value.handles.posix.limit = limit
  case .name:
    try setName(process, call.value, thread)
  case .processNumber, .parent, .session, .generation, .threadCount, .threadNumber,
    .residentPages, .account:
    throw .invalidArgument
  }
}

/// A name of 32 bytes for listings.
private func setName(
  _ process: Ref<Process>, _ address: UInt, _ thread: Ref<Thread>
) throws(SystemError) {
  let scratch = kernel.processors[Machine.currentProcessor].scratch
  try copyIn(scratch.kernelAddress, UserSpan(address: address, count: 32), thread)
  process.value.name = PageOf<InlineArray<32, UInt8>>(scratch)[0]
}

/// The handle that allows changes of credentials: `/scheme/sys/authority`.
func requireAuthority(_ handle: Handle, _ thread: Ref<Thread>) throws(SystemError) {
  guard handle != .none else { throw .notPermitted }
  let description = try lookUp(handle, thread)
  guard case .kernel(.authority) = description.value.kind else { throw .notPermitted }
}

private func setCredential(
  _ property: ProcessProperty, of process: Ref<Process>, _ number: UInt32
) {
  switch property {
  case .realUser: process.value.realUser = number
  case .effectiveUser: process.value.effectiveUser = number
  case .savedUser: process.value.savedUser = number
  case .realGroup: process.value.realGroup = number
  case .effectiveGroup: process.value.effectiveGroup = number
  case .savedGroup: process.value.savedGroup = number
  case .processNumber, .parent, .group, .session, .nice, .namespace, .account, .exceptionHandle,
    .handleLimit, .newSession, .generation, .threadCount, .threadNumber, .residentPages, .name:
    break
  }
}

/// POSIX, `setpgid`: the caller or a child of it, within the caller's session, not a session's
/// leader; into a group of that session, or one of its own.
private func setGroup(
  of process: Ref<Process>, _ value: UInt, _ thread: Ref<Thread>
) throws(SystemError) {
  guard let caller = thread.value.process, let wanted = UInt32(exactly: value) else {
    throw .invalidArgument
  }
  guard process == caller || process.value.parent == caller else { throw .noProcess }
  guard process.value.session == caller.value.session,
    process.value.session != process.value.number
  else { throw .notPermitted }
  let group = wanted == 0 ? process.value.number : wanted
  if group == process.value.group { return }
  if group != process.value.number {
    guard let member = kernel.processTable.members(of: group).first,
      member.value.session == process.value.session
    else { throw .notPermitted }
  }
  let session = process.value.session
  kernel.processTable.move(process, group: group, session: session)
}

/// POSIX, `setsid`.
private func beginSession(
  _ process: Ref<Process>, _ thread: Ref<Thread>
) throws(SystemError) {
  guard process == thread.value.process || process.value.state == .embryo,
    kernel.processTable.members(of: process.value.number).isEmpty
  else { throw .notPermitted }
  kernel.processTable.move(
    process, group: process.value.number, session: process.value.number)
}

/// Anybody may be nicer; to be less nice takes the authority handle.
private func setNice(
  _ process: Ref<Process>, _ call: SetProcess, _ thread: Ref<Thread>
) throws(SystemError) {
  guard call.value < 40 else { throw .invalidArgument }
  let nice = Int8(truncatingIfNeeded: Int(call.value) &- 20)
  if nice < process.value.nice { try requireAuthority(call.authority, thread) }
  process.value.nice = nice
}

/// A process can give itself, or an embryo, a namespace that it holds a handle of.
private func setNamespace(
  _ process: Ref<Process>, _ handle: Handle, _ thread: Ref<Thread>
) throws(SystemError) {
  guard process == thread.value.process || process.value.state == .embryo else {
    throw .notPermitted
  }
  let description = try lookUp(handle, thread)
  guard case .namespace(let namespace) = description.value.kind else { throw .badHandle }
  namespace.retain()
  process.value.namespace?.release()
  process.value.namespace = namespace
}

/// The writing end of a pipe; `Handle.none` for none. Bit 32 asks for unknown calls as well.
private func setExceptionHandle(
  _ process: Ref<Process>, _ value: UInt, _ thread: Ref<Thread>
) throws(SystemError) {
  guard value >> 33 == 0 else { throw .invalidArgument }
  let handle = Handle(rawValue: UInt32(truncatingIfNeeded: value))
  var description: Ref<Description>?
  if handle != .none {
    let found = try lookUp(handle, thread, needing: .write)
    guard case .pipe(_, true) = found.value.kind else { throw .notSupported }
    found.retain()
    description = found
  }
  let old = process.value.exceptionDescription
  process.value.exceptionDescription = description
  process.value.reportsUnknownCalls = description != nil && value >> 32 == 1
  old?.release()
}
