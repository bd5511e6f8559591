// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Taking a process apart. One of its threads, the survivor, does it on its way out of the kernel,
// a bounded step per entry, scheduled like any other thread: it ends the other threads, closes the
// handles, finds new parents for the children, gives the memory back, and last itself.

/// Begins the end of a process, unless it has begun. `state` and `value` are what `Wait` reports.
func beginEnd(_ process: Ref<Process>, state: UInt32, value: UInt32) {
  guard process.value.endPhase == .alive, process.value.state != .ended else { return }
  if process == kernel.initProcess { reportEndOfInit(state, value) }
  process.value.exitState = state
  process.value.exitValue = value
  process.value.endPhase = .threads
  guard let survivor = chooseSurvivor(process) else { return }
  process.value.survivor = survivor
  process.value.care.insert(.ending)
  survivor.value.attention.insert(.reap)
  survivor.value.attention.remove(.suspend)
  survivor.value.isSuspended = false
  if process.value.state == .stopped { process.value.state = .alive }
  endStop(process)
  hurry(survivor)
  promptProcessors(running: process)
}

/// The calling thread if it is one of the process's; else any.
private func chooseSurvivor(_ process: Ref<Process>) -> Ref<Thread>? {
  if let survivor = process.value.survivor { return survivor }
  if let current = kernel.processors[Machine.currentProcessor].current,
    current.value.process == process
  {
    return current
  }
  return process.value.threads.first
}

/// Gets the survivor going, wherever it is. One that waits for other processors comes by itself.
private func hurry(_ survivor: Ref<Thread>) {
  switch survivor.value.state {
  case .waiting:
    if leaveQueue(survivor) { makeReady(survivor) }
  case .stopped:
    if survivor.value.queueLink.isLinked, let process = survivor.value.process {
      process.value.stoppedThreads.remove(survivor)
    }
    makeReady(survivor)
  case .unused:
    makeReady(survivor)
  case .ready, .running, .ended:
    break
  }
}

private func reportEndOfInit(_ state: UInt32, _ value: UInt32) -> Never {
  report {
    $0.put(state == 0 ? "init exited with status " : "init was ended by signal ")
    $0.put(decimal: UInt64(value))
  }
  panic("init has ended")
}

/// What a step came to.
private enum Progress {
  /// There is more to do at the next entry.
  case more
  /// The survivor waits for other threads.
  case waiting
  /// This phase is over.
  case over
}

/// Does the next steps of taking the survivor's process apart.
func takeApart(_ process: Ref<Process>, _ survivor: Ref<Thread>) {
  while true {
    switch step(process, survivor) {
    case .over where hasTimeForStep(Machine.currentProcessor):
      continue
    case .over, .more:
      // Back into the queue like a thread whose slice has ended.
      charge(Machine.currentProcessor)
      survivor.value.state = .ready
      enqueue(survivor, on: Machine.currentProcessor)
      return
    case .waiting:
      return
    }
  }
}

private func step(_ process: Ref<Process>, _ survivor: Ref<Thread>) -> Progress {
  switch process.value.endPhase {
  case .alive, .threads:
    // Others may wait for what it was at, and its fork's child is to end before the slot is reused.
    abandonUnfinished(of: survivor)
    let progress = endOtherThreads(of: process, but: survivor)
    if progress == .over { process.value.endPhase = .handles }
    return progress
  case .handles:
    let count = process.value.handles.count
    guard closeSomeHandles(process) else { return .more }
    process.value.endPhase = .relations
    return count > 16 ? .more : .over
  case .relations:
    guard leaveRelations(process) else { return .more }
    process.value.endPhase = .memory
    return .over
  case .memory:
    if let space = process.value.space, !teardownStep(space) { return .more }
    process.value.space = nil
    process.value.endPhase = .done
    return .over
  case .done:
    finish(process, survivor)
    return .waiting
  }
}

/// Threads that are looked at in one step.
private let threadsPerStep = 32

/// Ends all threads but `survivor`. Those that run elsewhere, or wait for other processors, end by
/// themselves on their way to user mode, and wake the survivor then.
private func endOtherThreads(of process: Ref<Process>, but survivor: Ref<Thread>) -> Progress {
  var hasEnded = false
  var left = process.value.threads.count
  var cost = 0
  while left > 0, cost < threadsPerStep, let thread = process.value.threads.first {
    left &-= 1
    cost &+= thread.costOfEnd
    if thread == survivor || !endElsewhere(thread) {
      process.value.threads.remove(thread)
      process.value.threads.append(thread)
    } else {
      hasEnded = true
    }
  }
  if process.value.threads.count <= 1 { return .over }
  if hasEnded { return .more }
  park(survivor, .lastThread(process))
  return .waiting
}

/// Ends a thread that does not run, if it can be ended now.
private func endElsewhere(_ thread: Ref<Thread>) -> Bool {
  switch thread.value.state {
  case .running, .ended:
    return false
  case .waiting:
    guard leaveQueue(thread) else { return false }
  case .stopped:
    if thread.value.queueLink.isLinked, let process = thread.value.process {
      process.value.stoppedThreads.remove(thread)
    }
  case .ready, .unused:
    break
  }
  endThread(thread)
  return true
}

/// Ends the other threads of the caller's process, for a new program.
/// - Throws: `restart` until they are gone.
func endOtherThreads(than thread: Ref<Thread>) throws(SystemError) {
  guard let process = thread.value.process else { throw .noProcess }
  if process.value.threads.count == 1 {
    if process.value.endPhase == .alive {
      process.value.survivor = nil
      process.value.care.remove(.ending)
    }
    return
  }
  // Another thread was first: then this one ends on its way out.
  if let other = process.value.survivor, other != thread { throw .interrupted }
  process.value.survivor = thread
  process.value.care.insert(.ending)
  promptProcessors(running: process)
  switch endOtherThreads(of: process, but: thread) {
  case .over:
    return try endOtherThreads(than: thread)
  case .more:
    throw .restart
  case .waiting:
    thread.value.registers.restartCall()
    throw .restart
  }
}

/// The caller gets no new program after all. Threads that have not ended for it go on.
func forgetReplacement(by thread: Ref<Thread>) {
  guard let process = thread.value.process, process.value.survivor == thread,
    process.value.endPhase == .alive
  else { return }
  process.value.survivor = nil
  process.value.care.remove(.ending)
}

/// Children looked after in one step: fewer while groups have to be searched for stopped members.
private var relationsPerStep: Int { kernel.processTable.stoppedCount > 0 ? 4 : 32 }

/// Leaves what refers to others: namespace, exception handle, children.
/// - Returns: true when done.
private func leaveRelations(_ process: Ref<Process>) -> Bool {
  if let namespace = process.value.namespace {
    process.value.namespace = nil
    namespace.release()
  }
  if let description = process.value.exceptionDescription {
    process.value.exceptionDescription = nil
    description.release()
  }
  for _ in 0..<relationsPerStep {
    if process.value.orphanGroup != 0 {
      guard releaseOrphans(process.value.orphanGroup, of: process) else {
        return false
      }
      process.value.orphanGroup = 0
    }
    guard let child = process.value.children.first else { return endEmbryos(process) }
    adopt(child, of: process)
    if child.value.group != process.value.group, child.value.session == process.value.session,
      needsRelease(child.value.group)
    {
      beginRelease(of: child.value.group, process)
    }
  }
  return false
}

/// The last of the relations: embryos, which end with their maker, and its own group. An embryo may
/// hold a handle of itself, or two hold each other's, so that no closing of handles would end them.
private func endEmbryos(_ process: Ref<Process>) -> Bool {
  for _ in 0..<relationsPerStep {
    guard let embryo = process.value.embryos.first else {
      guard needsRelease(process.value.group) else { return true }
      beginRelease(of: process.value.group, process)
      return false
    }
    process.value.embryos.remove(embryo)
    embryo.value.parent = kernel.initProcess
    kernel.initProcess?.value.embryos.append(embryo)
    endEmbryo(embryo)
  }
  return false
}

private func beginRelease(of group: UInt32, _ process: Ref<Process>) {
  process.value.orphanGroup = group
  process.value.orphan = 0
}

/// init becomes the child's parent.
private func adopt(_ child: Ref<Process>, of process: Ref<Process>) {
  process.value.children.remove(child)
  guard let initProcess = kernel.initProcess else { return }
  child.value.parent = initProcess
  if child.isReportable {
    initProcess.value.children.prepend(child)
    wakeParent(initProcess, about: child)
  } else {
    initProcess.value.children.append(child)
  }
}

/// The last step: the survivor ends, and the parent hears of it.
private func finish(_ process: Ref<Process>, _ survivor: Ref<Thread>) {
  let wasAlive = process.value.state != .embryo
  trace(
    .processEnded, survivor, UInt64(process.value.number),
    UInt64(process.value.exitState) << 32 | UInt64(process.value.exitValue))
  process.value.survivor = nil
  endThread(survivor)
  process.value.care = Care()
  process.value.state = .ended
  tellEndWatchers(process.value.endWatchers)
  if wasAlive {
    tellParent(of: process)
  } else {
    process.value.parent?.value.embryos.remove(process)
    remove(process)
  }
}

/// Gives a process's number and slot back: its parent has waited for it.
func remove(_ process: Ref<Process>) {
  kernel.processTable.leave(process)
  kernel.processTable.remove(process)
  process.value.parent = nil
  if let account = process.value.account {
    account.release(.processes, 1)
    account.drop()
    process.value.account = nil
  }
  process.value.references &-= 1
  if process.value.references == 0 { kernel.processes.put(process) }
}
