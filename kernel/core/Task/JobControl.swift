// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Stopping and continuing whole processes, and what POSIX wants of process groups.

/// Holds all threads of a process. Those that wait go on waiting and are held when they would run.
func stop(_ process: Ref<Process>, by signal: UInt32) {
  guard process.value.state == .alive, process.value.endPhase == .alive else { return }
  process.value.state = .stopped
  process.value.care.insert(.stopped)
  process.value.unreportedStop = signal
  process.value.unreportedContinue = false
  kernel.processTable.stoppedCount &+= 1
  promptProcessors(running: process)
  tellParent(of: process)
}

/// Lets a stopped process go on.
func `continue`(_ process: Ref<Process>) {
  guard process.value.state == .stopped else { return }
  process.value.state = .alive
  endStop(process)
  process.value.unreportedStop = 0
  process.value.unreportedContinue = true
  tellParent(of: process)
}

/// The hold is over, because the process goes on or because it ends.
func endStop(_ process: Ref<Process>) {
  guard process.value.care.contains(.stopped) else { return }
  kernel.processTable.stoppedCount &-= 1
  process.value.care.remove(.stopped)
  process.value.care.insert(.resuming)
  resumeSome(of: process)
}

/// Makes some held threads ready. Each of them, when it runs, does the same, until none is left.
func resumeSome(of process: Ref<Process>) {
  for _ in 0..<16 {
    guard let thread = process.value.stoppedThreads.popFirst() else { break }
    makeReady(thread)
  }
  if process.value.stoppedThreads.isEmpty { process.value.care.remove(.resuming) }
}

/// Has every processor that runs a thread of `process` look at what concerns it.
func promptProcessors(running process: Ref<Process>) {
  for index in 0..<maximumProcessors {
    guard let current = kernel.processors[index].current, current.value.process == process else {
      continue
    }
    prompt(index)
  }
}

/// Group members that are looked at to see whether a group is orphaned; a larger one counts as not.
private let memberLimit = 256

/// Whether no member has a parent in another group of the same session (POSIX, 3.264).
func isOrphaned(_ group: UInt32) -> Bool {
  let members = kernel.processTable.members(of: group)
  if members.count > memberLimit { return false }
  kernel.processTable.signalLooks &+= UInt64(members.count / 4)
  var next = members.first
  while let member = next {
    next = members.next(after: member)
    if guardsGroup(member) { return false }
  }
  return true
}

private func guardsGroup(_ member: Ref<Process>) -> Bool {
  guard member.value.endPhase == .alive, let parent = member.value.parent else { return false }
  return parent.value.group != member.value.group && parent.value.session == member.value.session
}

/// Whether a group that may just have been orphaned has members that nobody would continue.
func needsRelease(_ group: UInt32) -> Bool {
  guard kernel.processTable.stoppedCount > 0, isOrphaned(group) else { return false }
  var next = kernel.processTable.members(of: group).first
  while let member = next {
    next = kernel.processTable.members(of: group).next(after: member)
    if member.value.state == .stopped { return true }
  }
  return false
}

/// Sends SIGHUP and SIGCONT to members of a group that the end of a process has orphaned, as many as
/// one entry may take (POSIX, `_exit`).
/// - Returns: true once all have.
func releaseOrphans(_ group: UInt32, of ending: Ref<Process>) -> Bool {
  var allowance = Allowance()
  while let process = nextInGroup(group, after: ending.value.orphan) {
    ending.value.orphan = process.value.number
    let isMeant = process.value.group == group
    if isMeant {
      postFromKernel(SignalNumber.hangUp, to: process)
      postFromKernel(SignalNumber.continue, to: process)
    }
    if !allowance.take(post: isMeant) { return false }
  }
  return true
}

/// A signal that the kernel sends and that may be refused.
func postFromKernel(_ number: UInt32, to process: Ref<Process>) {
  do throws(SystemError) {
    try post(ArrivedSignal(number), to: process)
  } catch {
    // Only signals with values can be refused, and what init cannot be sent is not for it.
  }
}
