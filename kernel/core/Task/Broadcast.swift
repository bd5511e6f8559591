// SPDX-License-Identifier: MIT
import ABI
import Objects

// Signals by number, as POSIX `kill` has them: to one process, to a group, to everyone. Whom a
// process may signal this way goes by user; a process handle is authority enough by itself.

/// How much of a broadcast one entry does.
struct Allowance {
  private var posts = 24
  private var looks = 512
  private let threadLooks = kernel.processTable.signalLooks &+ 64

  /// Whether there is more after one more process, which was sent the signal or only looked at.
  mutating func take(post: Bool) -> Bool {
    if post { posts &-= 1 }
    looks &-= 1
    return posts > 0 && looks > 0 && kernel.processTable.signalLooks < threadLooks
  }
}

/// Sends `signal` to what `selector` means.
///
/// - Throws: `noProcess`, `notPermitted` if there are recipients and none may be signalled,
///   `restart` between steps.
func broadcast(
  _ signal: ArrivedSignal, _ selector: Int, _ thread: Ref<Thread>
) throws(SystemError) {
  guard let sender = thread.value.process else { throw .noProcess }
  if selector > 0 {
    guard let number = UInt32(exactly: selector), let process = kernel.processTable.find(number),
      process.value.state != .embryo
    else { throw .noProcess }
    guard maySignal(sender, process, signal.number) else { throw .notPermitted }
    if signal.number != 0 { try post(signal, to: process) }
    return
  }
  if selector == -1 { return try signalEveryone(signal, sender, thread) }
  let group = selector == 0 ? sender.value.group : UInt32(truncatingIfNeeded: 0 &- selector)
  guard selector == 0 || UInt32(exactly: 0 &- selector) != nil else { throw .noProcess }
  try signalGroup(signal, group, sender, thread)
}

/// POSIX, `kill`: a sender's real or effective user has to be the receiver's real or saved one; the
/// superuser may signal all, and SIGCONT goes to the whole session.
func maySignal(_ sender: Ref<Process>, _ receiver: Ref<Process>, _ number: UInt32) -> Bool {
  if sender.value.effectiveUser == 0 { return true }
  if number == SignalNumber.continue, sender.value.session == receiver.value.session { return true }
  return sender.value.realUser == receiver.value.realUser
    || sender.value.realUser == receiver.value.savedUser
    || sender.value.effectiveUser == receiver.value.realUser
    || sender.value.effectiveUser == receiver.value.savedUser
}

private func signalGroup(
  _ signal: ArrivedSignal, _ group: UInt32, _ sender: Ref<Process>, _ thread: Ref<Thread>
) throws(SystemError) {
  let members = kernel.processTable.members(of: group)
  guard group != 0, let first = members.first else { throw .noProcess }
  if signal.number == 0 {
    guard maySignal(sender, first, 0) else { throw .notPermitted }
    return
  }
  if thread.value.signals.broadcast == 0 {
    thread.value.signals.broadcast = 1
    thread.value.signals.broadcastReached = false
  }
  var allowance = Allowance()
  // The mark is one more than the last number here, so that zero stands for none at all.
  while let process = nextInGroup(group, after: thread.value.signals.broadcast &- 1) {
    thread.value.signals.broadcast = process.value.number &+ 1
    let isMeant = process.value.group == group
    if isMeant { send(signal, to: process, from: sender, thread) }
    if !allowance.take(post: isMeant) { throw .restart }
  }
  try endBroadcast(thread)
}

/// Members of a group that are compared to find the next by number; of a larger group all processes
/// are gone through.
private let smallGroup = 24

/// The member of a group with the lowest number above `number`; in a large group, the process.
func nextInGroup(_ group: UInt32, after number: UInt32) -> Ref<Process>? {
  let members = kernel.processTable.members(of: group)
  if members.count > smallGroup { return kernel.processTable.next(after: number) }
  var found: Ref<Process>?
  var next = members.first
  while let member = next {
    next = members.next(after: member)
    guard member.value.number > number else { continue }
    if let best = found, best.value.number < member.value.number { continue }
    found = member
  }
  return found
}

private func signalEveryone(
  _ signal: ArrivedSignal, _ sender: Ref<Process>, _ thread: Ref<Thread>
) throws(SystemError) {
  // The mark counts numbers here: those up to it have been dealt with. 1 is init, which is spared.
  if thread.value.signals.broadcast == 0 {
    thread.value.signals.broadcast = 1
    thread.value.signals.broadcastReached = false
  }
  var allowance = Allowance()
  while let process = kernel.processTable.next(after: thread.value.signals.broadcast) {
    thread.value.signals.broadcast = process.value.number
    let isMeant = process != sender && process.value.state != .embryo
    if isMeant { send(signal, to: process, from: sender, thread) }
    if !allowance.take(post: isMeant) { throw .restart }
  }
  try endBroadcast(thread)
}

private func send(
  _ signal: ArrivedSignal, to process: Ref<Process>, from sender: Ref<Process>,
  _ thread: Ref<Thread>
) {
  guard maySignal(sender, process, signal.number) else { return }
  do throws(SystemError) {
    if signal.number != 0 { try post(signal, to: process) }
    thread.value.signals.broadcastReached = true
  } catch {
    // One that cannot take it does not keep the others from it.
  }
}

private func endBroadcast(_ thread: Ref<Thread>) throws(SystemError) {
  thread.value.signals.broadcast = 0
  guard thread.value.signals.broadcastReached else { throw .notPermitted }
}
