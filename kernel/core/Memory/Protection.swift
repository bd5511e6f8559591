// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

extension Ref where T == AddressSpace {
  /// Changes what programs may do in `start ..< end`. Long ranges take several entries: the call
  /// made again passes over what has the new access already.
  ///
  /// - Throws: `outOfMemory` for holes and if a region could not be cut, `accessDenied` beyond what
  ///   the mapping allows, `notPermitted` for a sealed object, `restart`.
  func protect(
    _ start: UInt, _ end: UInt, _ access: PageAccess, _ waiter: Waiter
  ) throws(SystemError) {
    try checkOpen(waiter)
    let others = otherProcessors
    var effort = 0
    var cursor = start
    var isLowered = false
    do throws(SystemError) {
      while cursor < end, effort < Effort.limit {
        guard let region = region(endingAfter: cursor), region.value.start <= cursor else {
          throw .outOfMemory
        }
        effort &+= Effort.table
        if region.value.flags.contains(.busy) {
          if isLowered && others != 0 { break }
          try waiter.wait(for: self)
        }
        try check(region, for: access)
        if region.value.access != access {
          let lowers = !access.isSuperset(of: region.value.access)
          effort &+= try protectStep(region, cursor, end, access, &cursor)
          if lowers { isLowered = true }
        } else {
          cursor = region.value.end
        }
      }
    } catch {
      if isLowered { try forget(others, waiter) }
      throw error
    }
    if isLowered { try forget(others, waiter) }
    if cursor < end { throw .restart }
  }

  private func check(_ region: Ref<Region>, for access: PageAccess) throws(SystemError) {
    guard region.value.maximumAccess.isSuperset(of: access) else { throw .accessDenied }
    if access.contains(.write), region.value.flags.contains(.shared),
      let object = region.value.object, object.value.seals.contains(.write)
    {
      throw .notPermitted
    }
  }

  /// Changes the first pages of a range that lies in `region`; `cursor` moves behind them.
  private func protectStep(
    _ region: Ref<Region>, _ start: UInt, _ end: UInt, _ access: PageAccess,
    _ cursor: inout UInt
  ) throws(SystemError) -> Int {
    let stop = endOfStep(start, min(end, region.value.end))
    let part = try cut(region, start, stop)
    setAccess(of: part, access)
    cursor = stop
    var walk = LeafWalk(self, start, stop)
    var effort = Effort.region
    while let span = walk.next() {
      for index in span.first..<(span.first &+ span.count) {
        let word = LeafWord(span.table[index])
        if word.isPresent { span.table[index] = word.protected(access) }
      }
      effort &+= span.count &* Effort.change
    }
    joinWithNeighbours(part)
    return effort &+ walk.effort &* Effort.table
  }

  /// Makes all processors forget what was allowed before.
  private func forget(_ others: ProcessorSet, _ waiter: Waiter) throws(SystemError) {
    invalidateAll()
    if others != 0 { try close(until: others, waiter) }
  }
}

extension LeafWord {
  /// The word of a present page under a new access. Writing is never added here: it takes a touch,
  /// which sees to copies and changes.
  @inline(__always)
  fileprivate func protected(_ access: PageAccess) -> UInt64 {
    if access.isEmpty { return ParkedEntry(entry).rawValue }
    var granted = access
    if granted.contains(.write), !entry.access.contains(.write) { granted.remove(.write) }
    return entry.with(access: granted).rawValue
  }
}
