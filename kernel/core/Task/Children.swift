// SPDX-License-Identifier: MIT
import ABI
import Core
import Machine
import Objects

// Waiting for children. A parent's list begins with the children that have something to report, so
// looking for any child takes one step.

extension Ref where T == Process {
  /// Something happened that the parent has not waited for yet.
  var isReportable: Bool {
    value.state == .ended || value.unreportedStop != 0 || value.unreportedContinue
  }
}

/// A child ended, stopped or continued: its parent gets SIGCHLD, and threads that wait for it look.
func tellParent(of child: Ref<Process>) {
  guard let parent = child.value.parent, child.value.siblingLink.isLinked else { return }
  parent.value.children.remove(child)
  if child.isReportable {
    parent.value.children.prepend(child)
  } else {
    parent.value.children.append(child)
  }
  wakeParent(parent, about: child)
}

/// Waiting threads that one entry looks at.
private let waiterLimit = 48

func wakeParent(_ parent: Ref<Process>, about child: Ref<Process>) {
  let count = parent.value.waiters.count
  for _ in 0..<min(count, waiterLimit) {
    guard let thread = parent.value.waiters.popFirst() else { break }
    // The call's own arguments say what it waits for.
    let selector = Int(bitPattern: thread.value.registers.argument(0))
    let options = UInt32(truncatingIfNeeded: thread.value.registers.argument(1))
    if matches(child, selector, parent), canReport(child, WaitOptions(rawValue: options)) {
      wakeRestarting(thread)
    } else {
      parent.value.waiters.append(thread)
    }
  }
  if count > waiterLimit {
    parent.value.looksLeft = count
    wakeNext(&parent.value.waiters)
  }
  var signal = ArrivedSignal(SignalNumber.child, sender: child.value.number)
  signal.value = UInt(child.value.exitValue)
  do throws(SystemError) {
    try post(signal, to: parent)
  } catch {
    // SIGCHLD does not queue up, so it is never refused.
  }
}

/// Goes on looking for threads that wait for a child with news, when there are many: the first that
/// has not been looked at is woken for this, looks at some, and wakes the next.
func lookOn(_ parent: Ref<Process>) {
  for _ in 0..<waiterLimit where parent.value.looksLeft > 0 {
    guard let thread = parent.value.waiters.popFirst() else {
      parent.value.looksLeft = 0
      return
    }
    parent.value.looksLeft &-= 1
    if mayHaveNews(thread, parent) {
      wakeRestarting(thread)
    } else {
      parent.value.waiters.append(thread)
    }
  }
  if parent.value.looksLeft > 0 { wakeNext(&parent.value.waiters) }
}

/// Whether what a thread waits for may have come: whoever waits for any of several looks itself.
private func mayHaveNews(_ thread: Ref<Thread>, _ parent: Ref<Process>) -> Bool {
  let selector = Int(bitPattern: thread.value.registers.argument(0))
  guard selector > 0 else { return true }
  let options = UInt32(truncatingIfNeeded: thread.value.registers.argument(1))
  return findChild(of: parent, selector, WaitOptions(rawValue: options)).found != nil
}

/// Whether `Wait`'s selector means `child` (POSIX, `waitpid`).
private func matches(_ child: Ref<Process>, _ selector: Int, _ parent: Ref<Process>) -> Bool {
  if selector == -1 { return true }
  if selector == 0 { return child.value.group == parent.value.group }
  if selector > 0 { return child.value.number == UInt32(truncatingIfNeeded: selector) }
  return child.value.group == UInt32(truncatingIfNeeded: 0 &- selector)
}

/// What `Wait` is looking for: the child to report now, and whether there is any to wait for.
struct ChildSearch {
  var found: Ref<Process>?
  var hasCandidates = false
}

/// Children that a search for a group's passes over.
private let searchLimit = 2_048

/// Looks for a child that `selector` means and that has something to report.
func findChild(of parent: Ref<Process>, _ selector: Int, _ options: WaitOptions) -> ChildSearch {
  var search = ChildSearch()
  if selector > 0 {
    guard let number = UInt32(exactly: selector), let child = kernel.processTable.find(number),
      child.value.parent == parent, child.value.state != .embryo
    else { return search }
    search.hasCandidates = true
    if canReport(child, options) { search.found = child }
    return search
  }
  var next = parent.value.children.first
  for _ in 0..<searchLimit {
    guard let child = next else { return search }
    next = parent.value.children.next(after: child)
    guard matches(child, selector, parent) else { continue }
    search.hasCandidates = true
    if canReport(child, options) {
      search.found = child
      return search
    }
    // Behind the first without news nobody has any.
    if !child.isReportable { return search }
  }
  search.hasCandidates = true
  return search
}

private func canReport(_ child: Ref<Process>, _ options: WaitOptions) -> Bool {
  child.value.state == .ended
    || options.contains(.stopped) && child.value.unreportedStop != 0
    || options.contains(.continued) && child.value.unreportedContinue
}

/// The record for a child that has something to report.
func waitRecord(of child: Ref<Process>) -> WaitRecord {
  var record = WaitRecord()
  record.process = child.value.number
  record.processorTime = child.value.processorTime &+ child.value.childProcessorTime
  if child.value.state == .ended {
    record.state = child.value.exitState
    record.value = child.value.exitValue
  } else if child.value.unreportedStop != 0 {
    record.state = 2
    record.value = child.value.unreportedStop
  } else {
    record.state = 3
    record.value = SignalNumber.continue
  }
  return record
}

/// The child has been reported: an ended one goes for good.
func markReported(_ child: Ref<Process>, to parent: Ref<Process>) {
  if child.value.state == .ended {
    parent.value.childProcessorTime &+=
      child.value.processorTime &+ child.value.childProcessorTime
    parent.value.children.remove(child)
    remove(child)
    return
  }
  child.value.unreportedStop = 0
  child.value.unreportedContinue = false
  parent.value.children.remove(child)
  parent.value.children.append(child)
}
