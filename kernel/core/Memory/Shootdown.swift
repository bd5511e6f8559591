// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects
import Synchronization

// Making other processors forget translations.
//
// Who changes page tables that other processors use first takes the pages out of reach, then closes
// the space: each of those processors is interrupted and flushes, at its next entry or, while it
// waits for the kernel lock, without it. The caller is parked, and so is whoever else faults or
// calls for that space meanwhile. When all have flushed the space opens and everyone tries again;
// the caller finds its pages out of reach and knows that nobody remembers them, so it can free,
// copy or move them. Nothing is ever freed that a processor could still reach, and nobody spins.

/// One processor's share of the protocol. The only memory that is written without the kernel lock.
private struct FlushCounters: ~Copyable {
  /// How many flushes were asked for.
  let requested = Atomic<UInt64>(0)
  /// The last request that was followed.
  let followed = Atomic<UInt64>(0)
}

private let flushCounters: InlineArray<8, FlushCounters> = [
  FlushCounters(), FlushCounters(), FlushCounters(), FlushCounters(),
  FlushCounters(), FlushCounters(), FlushCounters(), FlushCounters(),
]

/// A set of processors, by number.
typealias ProcessorSet = UInt8

/// What a closed space waits for.
struct Shootdown: BitwiseCopyable {
  var isClosed = false
  /// Processors that have not flushed yet.
  var waiting: ProcessorSet = 0
  /// Request numbers that they have to follow.
  var requests = InlineArray<8, UInt64>(repeating: 0)
  /// Threads at the head of `waiters` that are to be woken.
  var wakes = 0
  var link = Link<AddressSpace>()
}

/// `Shootdown.link`: spaces in the backlog.
enum BusySpaceRole: LinkRole {
  static func link(of element: Ref<AddressSpace>) -> Link<AddressSpace> {
    element.value.shootdown.link
  }
  static func setLink(of element: Ref<AddressSpace>, _ link: Link<AddressSpace>) {
    element.value.shootdown.link = link
  }
}

extension Ref where T == AddressSpace {
  /// The processors besides this one that use the space.
  @inline(__always)
  var otherProcessors: ProcessorSet {
    kernel.onlineProcessors == 1 ? 0 : findOtherProcessors()
  }

  @inline(never)
  private func findOtherProcessors() -> ProcessorSet {
    var set: ProcessorSet = 0
    for index in 0..<maximumProcessors where kernel.processors[index].space == self {
      set |= 1 &<< ProcessorSet(truncatingIfNeeded: index)
    }
    return set & ~(1 &<< ProcessorSet(truncatingIfNeeded: Machine.currentProcessor))
  }

  /// Closes the space until `processors` have flushed, and parks `waiter`, whose call or access is
  /// made again then.
  func close(until processors: ProcessorSet, _ waiter: Waiter) throws(SystemError) -> Never {
    assert(!value.shootdown.isClosed && processors != 0)
    value.shootdown.isClosed = true
    value.shootdown.waiting = processors
    var left = processors
    while left != 0 {
      let index = left.trailingZeroBitCount
      left &= left &- 1
      let (_, request) = flushCounters[index].requested.wrappingAdd(
        1, ordering: .sequentiallyConsistent)
      value.shootdown.requests[index] = request
      Machine.interrupt(processor: index)
    }
    joinBacklog()
    try waiter.wait(for: self)
  }

  /// - Throws: `restart`, with the thread parked, while the space is closed.
  @inline(__always)
  func checkOpen(_ waiter: Waiter) throws(SystemError) {
    if value.shootdown.isClosed { try waiter.wait(for: self) }
  }

  /// Opens the space if all processors have flushed.
  fileprivate func openIfFlushed() {
    var left = value.shootdown.waiting
    while left != 0 {
      let index = left.trailingZeroBitCount
      left &= left &- 1
      let followed = flushCounters[index].followed.load(ordering: .acquiring)
      guard followed >= value.shootdown.requests[index] else { return }
      value.shootdown.waiting &= ~(1 &<< ProcessorSet(truncatingIfNeeded: index))
    }
    value.shootdown.isClosed = false
    value.shootdown.wakes = value.waiters.count
    freeRetired()
  }

  /// Lets everyone who waits for the space now try again, at this and coming entries.
  func wakeWaiters() {
    value.shootdown.wakes = value.waiters.count
    var wakes = Effort.wakes
    if wakeMore(&wakes) { joinBacklog() }
  }

  private func joinBacklog() {
    if !value.shootdown.link.isLinked { kernel.memory.backlog.spaces.append(self) }
    kernel.memory.backlog.isEmpty = false
  }

  /// - Returns: whether there are more to wake.
  fileprivate func wakeMore(_ left: inout Int) -> Bool {
    while left > 0, value.shootdown.wakes > 0, let thread = value.waiters.popFirst() {
      value.shootdown.wakes &-= 1
      resumeAfterFault(thread)
      left &-= 1
    }
    if value.waiters.isEmpty { value.shootdown.wakes = 0 }
    return value.shootdown.wakes > 0
  }
}

/// Follows the requests to flush that this processor has got. Needs no lock: what a processor does
/// while it waits for it.
@inline(never)
func acknowledgeWhileWaiting() {
  let index = Machine.currentProcessor
  let request = flushCounters[index].requested.load(ordering: .acquiring)
  guard request != flushCounters[index].followed.load(ordering: .relaxed) else { return }
  Machine.invalidateAll()
  flushCounters[index].followed.store(request, ordering: .releasing)
}

/// What every kernel entry does for memory once it has the lock.
@inline(__always)
func acknowledgeShootdowns() {
  if !kernel.memory.backlog.isEmpty { workOffBacklog() }
}

/// Opens spaces whose processors have all flushed, and wakes those who wait for them: a few of the
/// spaces that have longest not been looked at.
func openFlushedSpaces() {
  var wakes = Effort.wakes
  for _ in 0..<min(kernel.memory.backlog.spaces.count, 8) {
    guard let space = kernel.memory.backlog.spaces.popFirst() else { return }
    if space.value.shootdown.isClosed { space.openIfFlushed() }
    if space.value.shootdown.isClosed || space.wakeMore(&wakes) {
      kernel.memory.backlog.spaces.append(space)
    }
  }
}
