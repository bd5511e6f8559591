// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Taking a space apart that no thread uses any more, a bounded part at a time.

/// Frees part of the memory of a process that has ended.
///
/// - Returns: whether all is freed, and `space` must not be used any more. While another processor
///   has not left the space yet this makes no progress; it has been interrupted.
func teardownStep(_ space: Ref<AddressSpace>) -> Bool { space.takeApart() }

extension Ref where T == AddressSpace {
  /// Lets the kernel take the space apart at coming entries.
  func discard() {
    guard !value.isEnding else { return }
    value.isEnding = true
    kernel.memory.backlog.endingSpaces.append(self)
    kernel.memory.backlog.isEmpty = false
  }

  /// Does one step; see `teardownStep`. A step ends soon after it has come to `limit`,
  /// or the entry to the time at which no step begins.
  func takeApart(effort limit: Int = Effort.limit) -> Bool {
    value.isEnding = true
    if isCurrent { activateKernelSpace() }
    while let work = value.works.first { abandon(work) }
    guard !value.shootdown.isClosed, haveProcessorsLeft() else { return false }
    freeRetired()
    value.tree = nil
    value.recent = nil
    var cleared = ClearedPages()
    while let region = value.regions.first {
      if cleared.effort >= limit { break }
      // One region at least, however much the entry has done before.
      if cleared.effort > 0, !hasTimeForStep(Machine.currentProcessor) { break }
      takeApart(region, &cleared)
    }
    value.privatePages &-= cleared.privateCount
    if cleared.releasedCount != 0 { releaseFrames(cleared.releasedCount, of: value.account) }
    guard value.regions.isEmpty else { return false }
    if !value.waiters.isEmpty { wakeWaiters() }
    guard value.waiters.isEmpty, !value.shootdown.link.isLinked else { return false }
    end()
    return true
  }

  /// Whether no other processor uses the page tables; those that do are asked to leave.
  private func haveProcessorsLeft() -> Bool {
    var others = otherProcessors
    if others == 0 { return true }
    kernel.memory.backlog.isEmpty = false
    while others != 0 {
      Machine.interrupt(processor: others.trailingZeroBitCount)
      others &= others &- 1
    }
    return false
  }

  @inline(__always)
  private func takeApart(_ region: Ref<Region>, _ cleared: inout ClearedPages) {
    let start = region.value.start
    let end = region.value.end
    let tables = value.tablePages
    defer { cleared.effort &+= Int(tables &- value.tablePages) &* Effort.freeTable }
    var stop = end
    if !region.value.flags.contains(.neverCopied) {
      stop = endOfStep(start, end)
      clearEntries(start, stop, &cleared)
    }
    cleared.effort &+= Effort.region / 4
    if stop < end {
      freeTables(start, stop, floor: 0, ceiling: stop)
      region.value.firstPage &+= UInt64((stop &- start) &>> 12)
      region.value.start = stop
      return
    }
    freeTables(start, end, floor: 0, ceiling: ceiling(of: region))
    value.regions.remove(region)
    if let object = region.value.object {
      region.value.object = nil
      object.removeMapping(region)
    }
    kernel.regions.put(region)
  }

  private func end() {
    releaseFrames(value.regionPages, of: value.account)
    kernel.frames.give(value.root, for: value.account)
    assert(value.privatePages == 0)
    assert(value.tablePages == 1)  // The root alone.
    value.account?.drop()
    value.account = nil
    value.root = PhysicalAddress(0)
    kernel.spaces.put(self)
  }
}
