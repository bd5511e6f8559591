// SPDX-License-Identifier: MIT
import ABI
import Core
import Objects

// The end of a description that nobody refers to any more. What it stands for closes at once. But
// threads may still wait at it, thousands of them: their calls are made again, and find the handle
// closed. So are the watches of an event queue many. Both are done in steps, at coming kernel
// entries, and the description goes with the last of them.

/// `Description.closingLink`.
enum ClosingRole: LinkRole {
  static func link(of element: Ref<Description>) -> Link<Description> { element.value.closingLink }
  static func setLink(of element: Ref<Description>, _ link: Link<Description>) {
    element.value.closingLink = link
  }
}

/// Threads that one step wakes, and watches that it takes away.
private let wakesPerStep = 16
private let watchesPerStep = 32

extension Ref where T == Description {
  /// Begins the last part of closing, and with few who wait ends it.
  @inline(__always)
  func finishClosing() {
    value.wakes = waiterCount
    goOnClosing()
  }

  /// Does one step.
  func goOnClosing() {
    if value.closingLink.isLinked { kernel.memory.backlog.closing.remove(self) }
    var left = wakesPerStep
    while left > 0, value.wakes > 0, let thread = takeWaiter() {
      value.wakes &-= 1
      left &-= 1
      wakeRestarting(thread)
    }
    if left > 0, hasNoWatches() { return end() }
    kernel.memory.backlog.closing.append(self)
    kernel.memory.backlog.isEmpty = false
  }

  private var waiterCount: Int {
    let count = value.waiters.count
    switch value.kind {
    case .pipe(let pipe, true): return count &+ pipe.value.writers.count
    case .pipe(let pipe, false): return count &+ pipe.value.readers.count
    case .events(let queue): return count &+ queue.value.waiters.count
    case .kernel(.timer(let timer)): return count &+ timer.value.waiters.count
    case .kernel(.interrupt(let client)): return count &+ client.value.waiters.count
    default: return count
    }
  }

  /// Takes out who has waited longest. Through the other end of a pipe new ones may come; they only
  /// look once too often.
  private func takeWaiter() -> Ref<Thread>? {
    if let thread = value.waiters.popFirst() { return thread }
    switch value.kind {
    case .pipe(let pipe, true): return pipe.value.writers.popFirst()
    case .pipe(let pipe, false): return pipe.value.readers.popFirst()
    case .events(let queue): return queue.value.waiters.popFirst()
    case .kernel(.timer(let timer)): return timer.value.waiters.popFirst()
    case .kernel(.interrupt(let client)): return client.value.waiters.popFirst()
    default: return nil
    }
  }

  /// Takes some of a queue's watches away.
  /// - Returns: whether none is left.
  private func hasNoWatches() -> Bool {
    guard case .events(let queue) = value.kind else { return true }
    for _ in 0..<watchesPerStep { queue.value.watches.first?.unlink() }
    return queue.value.watches.isEmpty
  }

  private func end() {
    switch value.kind {
    case .file(let scheme):
      // The server is told through the description itself, so closing cannot fail for want of memory.
      if queueClose(self, scheme) { return }
      scheme.dropReference()
    case .pipe(let pipe, _): pipe.leave()
    case .events(let queue): kernel.eventQueues.put(queue)
    case .kernel(.timer(let timer)): kernel.interrupts.timers.pool.put(timer)
    case .kernel(.interrupt(let client)): kernel.interrupts.clients.put(client)
    default: break
    }
    freeDescription(self)
  }

  /// What closing one more handle costs, in 250 instructions.
  var costOfClosing: Int {
    let watches = value.watches.count / 4
    guard value.references == 1 else { return 2 &+ watches }
    let cost = 3 &+ watches &+ min(waiterCount, wakesPerStep)
    switch value.kind {
    case .events(let queue): return cost &+ min(queue.value.watches.count, watchesPerStep) / 4
    case .pipe, .account: return cost &+ 8
    case .namespace: return cost &+ 16
    default: return cost
    }
  }
}
