// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

extension Ref where T == AddressSpace {
  /// Removes every mapping of `start ..< end`. Long ranges take several entries: what has been
  /// unmapped is gone, so the call made again goes on with the rest. Until it ends nobody is given
  /// addresses of the range who does not name them: they would be unmapped as well.
  ///
  /// - Throws: `restart` until the range is empty and no processor remembers it; `outOfMemory` if a
  ///   region could not be cut.
  func unmap(_ start: UInt, _ end: UInt, _ waiter: Waiter) throws(SystemError) {
    try checkOpen(waiter)
    let others = otherProcessors
    var effort = 0
    var cursor = start
    var hasDetached = false
    while effort < Effort.limit, let region = region(endingAfter: cursor), region.value.start < end
    {
      if region.value.flags.contains(.busy) {
        if hasDetached { break }
        try waiter.wait(for: self)
      }
      do throws(SystemError) {
        let part = try cut(region, start, end)
        if others == 0 || part.value.flags.contains(.detached) {
          effort &+= freeStep(of: part)
        } else {
          effort &+= try detachStep(of: part)
          hasDetached = true
          cursor = part.value.end
        }
      } catch {
        // What is detached must be forgotten everywhere before anything else happens.
        if hasDetached { break }
        throw error
      }
    }
    if hasDetached {
      invalidateAll()
      try close(until: others, waiter)
    }
    if let region = region(endingAfter: start), region.value.start < end { throw .restart }
    reusePlacement(start, end)
  }

  /// Frees the first pages of a region that goes, and the region with the last of them.
  /// - Returns: the effort.
  func freeStep(of region: Ref<Region>) -> Int {
    let start = region.value.start
    let end = region.value.end
    let stop = endOfStep(start, end)
    let tables = value.tablePages
    var cleared = ClearedPages()
    clearEntries(start, stop, &cleared)
    let floor = floor(of: region)
    if stop == end {
      freeTables(start, stop, floor: floor, ceiling: ceiling(of: region))
      removeRegion(region)
    } else {
      freeTables(start, stop, floor: floor, ceiling: stop)
      setStart(of: region, stop)
    }
    settle(cleared)
    return cleared.effort &+ Effort.region
      &+ Int(tables &- value.tablePages) &* Effort.freeTable
  }

  /// Takes the first pages of a region that goes out of reach, and cuts the rest off.
  /// - Returns: the effort.
  func detachStep(of region: Ref<Region>) throws(SystemError) -> Int {
    let stop = endOfStep(region.value.start, region.value.end)
    if stop < region.value.end { _ = try split(region, at: stop) }
    setAccess(of: region, PageAccess())
    region.value.flags.insert(.detached)
    return parkEntries(region.value.start, region.value.end) &+ Effort.region
  }
}
