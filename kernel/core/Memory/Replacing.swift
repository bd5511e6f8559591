// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Emptying a range that a new mapping takes at once. If that takes more than one entry, nobody else
// may get addresses of the range in between: a guard grows over what has been emptied, marked busy,
// so that whoever touches it waits for the new mapping.

extension Ref where T == AddressSpace {
  /// Empties `start ..< end` so that a new region can be added in the same entry.
  func empty(_ start: UInt, _ end: UInt, _ waiter: Waiter) throws(SystemError) {
    try checkOpen(waiter)
    if let thread = waiter.thread, let work = unfinishedWork(of: thread) {
      try goOn(work, start, end, waiter)
      return
    }
    if isFree(start, end) { return }
    if otherProcessors == 0, isSmall(start, end) {
      while let region = region(endingAfter: start), region.value.start < end {
        if region.value.flags.contains(.busy) { try waiter.wait(for: self) }
        _ = freeStep(of: try cut(region, start, end))
      }
      return
    }
    guard let thread = waiter.thread else { throw .busy }
    let work = try beginWork(thread, .replace(in: self), position: start, limit: start)
    try goOn(work, start, end, waiter)
  }

  /// Whether a range holds so little that it can be emptied in one entry.
  private func isSmall(_ start: UInt, _ end: UInt) -> Bool {
    guard end &- start <= span(ofLevel: 1) / 2 else { return false }
    var count = 0
    var next = region(endingAfter: start)
    while let region = next, region.value.start < end {
      count &+= 1
      if count > 16 { return false }
      next = value.regions.next(after: region)
    }
    return true
  }

  private func goOn(
    _ work: Ref<MemoryWork>, _ start: UInt, _ end: UInt, _ waiter: Waiter
  ) throws(SystemError) {
    guard case .replace(self) = work.value.kind, work.value.limit == start else {
      endWork(work)
      throw .invalidArgument
    }
    do throws(SystemError) {
      try emptyStep(work, start, end, waiter)
    } catch {
      if error != .restart { abandon(work) }
      throw error
    }
    if let guardRegion = region(at: start) { removeRegion(guardRegion) }
    endWork(work)
  }

  /// - Throws: `restart` until the whole range is one busy guard, or nothing.
  private func emptyStep(
    _ work: Ref<MemoryWork>, _ start: UInt, _ end: UInt, _ waiter: Waiter
  ) throws(SystemError) {
    let others = otherProcessors
    var effort = 0
    var cursor = work.value.position
    var hasDetached = false
    while let region = region(endingAfter: cursor), region.value.start < end {
      if effort >= Effort.limit || (hasDetached && region.value.flags.contains(.busy)) { break }
      if region.value.flags.contains(.busy), !region.value.flags.contains(.detached) {
        try waiter.wait(for: self)
      }
      do throws(SystemError) {
        let part = try cut(region, cursor, end)
        if others != 0, !part.value.flags.contains(.detached) {
          effort &+= try detachStep(of: part)
          part.value.flags.insert(.busy)
          hasDetached = true
          cursor = part.value.end
          work.value.count = cursor
        } else {
          let stop = endOfStep(part.value.start, part.value.end)
          if stop < part.value.end { _ = try split(part, at: stop) }
          effort &+= absorb(part, start, work)
          cursor = work.value.position
        }
      } catch {
        if hasDetached { break }
        throw error
      }
    }
    if hasDetached {
      invalidateAll()
      try close(until: others, waiter)
    }
    if effort >= Effort.limit { throw .restart }
  }

  /// Empties a region, which fits in one step, and lets the guard grow over it.
  private func absorb(_ part: Ref<Region>, _ start: UInt, _ work: Ref<MemoryWork>) -> Int {
    var cleared = ClearedPages()
    clearEntries(part.value.start, part.value.end, &cleared)
    settle(cleared)
    let end = part.value.end
    if work.value.position > start, let guardRegion = region(at: start) {
      freeTables(
        part.value.start, end, floor: start, ceiling: ceiling(of: part))
      removeRegion(part)
      setEnd(of: guardRegion, end)
    } else {
      freeTables(
        part.value.start, end, floor: floor(of: part), ceiling: ceiling(of: part))
      becomeGuard(part, from: start)
    }
    work.value.position = end
    return cleared.effort &+ Effort.region
  }

  /// The first region emptied becomes the guard, from the start of the range on.
  private func becomeGuard(_ region: Ref<Region>, from start: UInt) {
    setAccess(of: region, PageAccess())
    region.value.flags = .busy
    region.value.maximumAccess = PageAccess()
    if let object = region.value.object {
      region.value.object = nil
      object.removeMapping(region)
    }
    setStart(of: region, start)
    region.value.firstPage = 0
  }
}
