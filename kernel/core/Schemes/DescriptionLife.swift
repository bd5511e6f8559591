// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// The life of handles and open descriptions.

/// Makes a description with one reference, paid by `account`.
func newDescription(
  _ kind: DescriptionKind, _ account: Ref<Account>?
) throws(SystemError) -> Ref<Description> {
  if let account { try account.charge(.handles, 1) }
  let description: Ref<Description>
  do throws(SystemError) {
    description = try takeObject(&kernel.descriptions)
  } catch {
    account?.release(.handles, 1)
    throw error
  }
  description.value.kind = kind
  description.value.references = 1
  description.value.openFlags = OpenFlags()
  description.value.account = account
  description.value.offset = 0
  description.value.isStream = false
  description.value.isOffsetBusy = false
  description.value.waiters = ThreadQueue()
  description.value.word = 0
  description.value.sequence = 0
  description.value.isStale = false
  description.value.schemeLink = Link()
  description.value.pendingLink = Link()
  description.value.pending = PendingNews()
  description.value.memory = nil
  description.value.watches = List()
  description.value.closingLink = Link()
  description.value.wantedEvents = EventSet()
  if let account { account.retain() }
  return description
}

extension Ref where T == Description {
  @inline(__always)
  func retain() { value.references &+= 1 }

  /// Gives one reference up; the last one closes what the description stands for.
  @inline(__always)
  func release() {
    value.references &-= 1
    if value.references == 0 { closeDescription(self) }
  }
}

/// Ends a description that nobody refers to any more.
@inline(never)
private func closeDescription(_ description: Ref<Description>) {
  forgetWatches(of: description)
  if let account = description.value.account {
    account.release(.handles, 1)
    account.drop()
    description.value.account = nil
  }
  description.value.memory?.release()
  description.value.memory = nil
  switch description.value.kind {
  case .unused, .file:
    break
  case .opening(let scheme):
    scheme.dropReference()
  case .schemeManagement(let scheme):
    scheme.closeManagement()
  case .server(let server):
    detach(server)
  case .memory(let object):
    object.release()
  case .pipe(let pipe, let isWriter):
    closePipe(pipe, isWriter: isWriter)
  case .events(let queue):
    closeEventQueue(queue)
  case .process(let process):
    leaveEndWatchers(description)
    releaseProcess(process)
  case .thread(let thread):
    leaveEndWatchers(description)
    releaseThread(thread)
  case .account(let account):
    account.drop()
  case .namespace(let namespace):
    namespace.release()
  case .kernel(let file):
    closeKernelFile(file, description)
  }
  description.finishClosing()
}

func freeDescription(_ description: Ref<Description>) {
  description.value.kind = .unused
  kernel.descriptions.put(description)
}

/// The description behind `handle`, if the handle has all of `rights`.
@inline(__always)
func lookUp(
  _ handle: Handle, _ thread: Ref<Thread>, needing rights: Rights = Rights()
) throws(SystemError) -> Ref<Description> {
  guard let process = thread.value.process, let entry = process.value.handles.entry(handle),
    let description = entry.description
  else { throw .badHandle }
  guard entry.rights.isSuperset(of: rights) else { throw .accessDenied }
  if case .opening = description.value.kind { throw .badHandle }
  return description
}

/// As `lookUp`, with the entry's rights.
func lookUpEntry(_ handle: Handle, _ thread: Ref<Thread>) throws(SystemError) -> HandleEntry {
  guard let process = thread.value.process, let entry = process.value.handles.entry(handle),
    let description = entry.description
  else { throw .badHandle }
  if case .opening = description.value.kind { throw .badHandle }
  return entry
}

/// Gives `process` a handle for `description`, whose reference the handle takes over. On failure
/// the reference is released.
func insertHandle(
  _ process: Ref<Process>, _ description: Ref<Description>, _ rights: Rights, _ flags: OpenFlags,
  minimum: UInt32 = 0
) throws(SystemError) -> Handle {
  var entry = HandleEntry()
  entry.description = description
  entry.rights = rights
  entry.closeOnExec = flags.contains(.closeOnExec)
  let account = process.value.account
  do throws(SystemError) {
    try account?.charge(.handles, 1)
    do throws(SystemError) {
      return try process.value.handles.insert(
        entry, inRuntimeRange: flags.contains(.runtimeHandle), minimum: minimum, account: account)
    } catch {
      account?.release(.handles, 1)
      throw error
    }
  } catch {
    description.release()
    throw error
  }
}

/// Closes one handle of `process`.
func closeHandle(_ process: Ref<Process>, _ handle: Handle) throws(SystemError) {
  guard let entry = process.value.handles.entry(handle), let description = entry.description else {
    throw .badHandle
  }
  if case .opening = description.value.kind { throw .badHandle }
  removeHandle(process, handle)
}

/// Takes a handle that exists out of the table, whatever it stands for.
func removeHandle(_ process: Ref<Process>, _ handle: Handle) {
  guard let entry = process.value.handles.remove(handle), let description = entry.description
  else { return }
  process.value.account?.release(.handles, 1)
  forgetWatches(of: description, through: handle, of: process)
  description.release()
}
