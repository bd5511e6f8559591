// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// From nothing to life. A process begins as an embryo: it has an address space, a handle table and
// one thread in reserve, so that starting it, and taking it apart, cannot fail for want of memory.

/// Makes an empty process with the parent's namespace, credentials, group and session, charged to
/// `account`. It has one reference: the process table's.
///
/// - Throws: `quotaExceeded`, `outOfMemory`.
func createProcess(
  parent: Ref<Process>?, account: Ref<Account>
) throws(SystemError) -> Ref<Process> {
  let space = try AddressSpace.create(account)
  do throws(SystemError) {
    return try createProcess(parent: parent, account: account, space: space)
  } catch {
    space.discard()
    throw error
  }
}

/// As above, around an address space that it takes over unless it throws.
func createProcess(
  parent: Ref<Process>?, account: Ref<Account>, space: Ref<AddressSpace>
) throws(SystemError) -> Ref<Process> {
  try account.charge(.processes, 1)
  do throws(SystemError) {
    let process = try takeObject(&kernel.processes)
    reset(process, account)
    do throws(SystemError) {
      _ = try makeThread(in: process)
      do throws(SystemError) {
        try kernel.processTable.add(process)
      } catch {
        if let thread = process.value.threads.first { endThread(thread) }
        throw error
      }
    } catch {
      kernel.processes.put(process)
      throw error
    }
    account.retain()
    process.value.space = space
    inherit(process, parent)
    return process
  } catch {
    account.release(.processes, 1)
    throw error
  }
}

/// Sets every field that the slot's last user may have changed.
private func reset(_ process: Ref<Process>, _ account: Ref<Account>) {
  process.value.state = .embryo
  process.value.references = 1
  process.value.startTime = 0
  process.value.startStack = 0
  process.value.space = nil
  process.value.handles = HandleTable()
  process.value.closedUpTo = 0
  process.value.namespace = nil
  process.value.account = account
  process.value.threads = List()
  process.value.nextThreadNumber = 1
  process.value.care = Care()
  process.value.survivor = nil
  process.value.endPhase = .alive
  process.value.orphanGroup = 0
  process.value.stoppedThreads = ThreadQueue()
  process.value.parent = nil
  process.value.children = List()
  process.value.embryos = List()
  process.value.siblingLink = Link()
  process.value.groupLink = Link()
  process.value.waiters = ThreadQueue()
  process.value.looksLeft = 0
  process.value.exitState = 0
  process.value.exitValue = 0
  process.value.unreportedStop = 0
  process.value.unreportedContinue = false
  process.value.processorCount = 0
  process.value.childProcessorTime = 0
  process.value.signals = ProcessSignals()
  process.value.exceptionDescription = nil
  process.value.reportsUnknownCalls = false
  process.value.endWatchers = List()
}

private func inherit(_ process: Ref<Process>, _ parent: Ref<Process>?) {
  guard let parent else {
    kernel.processTable.join(
      process, group: process.value.number, session: process.value.number)
    process.value.realUser = 0
    process.value.effectiveUser = 0
    process.value.savedUser = 0
    process.value.realGroup = 0
    process.value.effectiveGroup = 0
    process.value.savedGroup = 0
    process.value.groups = ProcessGroups()
    process.value.nice = 0
    process.value.name = InlineArray(repeating: 0)
    return
  }
  kernel.processTable.join(process, group: parent.value.group, session: parent.value.session)
  process.value.realUser = parent.value.realUser
  process.value.effectiveUser = parent.value.effectiveUser
  process.value.savedUser = parent.value.savedUser
  process.value.realGroup = parent.value.realGroup
  process.value.effectiveGroup = parent.value.effectiveGroup
  process.value.savedGroup = parent.value.savedGroup
  process.value.groups = parent.value.groups
  process.value.nice = parent.value.nice
  process.value.name = parent.value.name
  process.value.namespace = parent.value.namespace
  process.value.namespace?.retain()
  process.value.exceptionDescription = parent.value.exceptionDescription
  process.value.exceptionDescription?.retain()
  process.value.reportsUnknownCalls = parent.value.reportsUnknownCalls
  process.value.parent = parent
  parent.value.embryos.append(process)
}

/// The reserved thread is about to run: from now on the process counts as its parent's child.
func bringToLife(_ process: Ref<Process>) {
  process.value.state = .alive
  process.value.startTime = Machine.now()
  if let parent = process.value.parent {
    parent.value.embryos.remove(process)
    parent.value.children.append(process)
  }
  trace(.processStarted, process.value.threads.first, UInt64(process.value.number))
}

/// A handle to a process closed. An embryo that nobody can start any more ends.
func releaseProcess(_ process: Ref<Process>) {
  process.value.references &-= 1
  if process.value.references == 0 {
    kernel.processes.put(process)
  } else if process.value.references == 1, process.value.state == .embryo {
    beginEnd(process, state: 0, value: 0)
  }
}

/// Ends an embryo that never got a handle.
func endEmbryo(_ process: Ref<Process>) {
  beginEnd(process, state: 0, value: 0)
}
