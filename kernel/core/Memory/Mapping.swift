// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// Where a new mapping goes.
enum Placement {
  case anywhere
  /// At this address, where nothing may be mapped.
  case exactly(UInt)
  /// At this address, in place of what is mapped there.
  case replacing(UInt)
}

extension Ref where T == AddressSpace {
  /// Maps `length` bytes, whole pages, of what `nature` says. No page is brought in.
  ///
  /// - Returns: the first address.
  /// - Throws: `invalidArgument` for addresses that are not the program's, `alreadyExists`,
  ///   `outOfMemory`, `restart`.
  func map(
    _ length: UInt, _ nature: RegionNature, _ placement: Placement, _ waiter: Waiter
  ) throws(SystemError) -> UInt {
    switch placement {
    case .anywhere:
      guard length <= Machine.userLimit else { throw .outOfMemory }
      let start = try findPlace(length)
      _ = try addRegion(start, start &+ length, nature)
      return start
    case .exactly(let start):
      try checkRange(start, length)
      guard isFree(start, start &+ length) else { throw .alreadyExists }
      try add(start, start &+ length, nature)
      return start
    case .replacing(let start):
      try checkRange(start, length)
      try empty(start, start &+ length, waiter)
      try add(start, start &+ length, nature)
      return start
    }
  }

  /// - Throws: `invalidArgument` unless the range lies where programs may map.
  func checkRange(_ start: UInt, _ length: UInt) throws(SystemError) {
    guard start & 4095 == 0, length & 4095 == 0, length > 0, start >= AddressSpace.lowestAddress,
      start < Machine.userLimit, length <= Machine.userLimit &- start
    else { throw .invalidArgument }
    if start < ClockMemory.reserved.upperBound, start &+ length > ClockMemory.reserved.lowerBound {
      throw .invalidArgument
    }
  }

  /// Adds a region, or grows a neighbour that is like it.
  private func add(_ start: UInt, _ end: UInt, _ nature: RegionNature) throws(SystemError) {
    let region = try addRegion(start, end, nature)
    joinWithNeighbours(region)
  }

  /// A free range below the last mapping, a random few pages apart from it; or else the highest.
  func findPlace(_ length: UInt) throws(SystemError) -> UInt {
    let slack = UInt(truncatingIfNeeded: random() &>> 60) &* FrameTable.pageBytes
    if let start = placeBelow(value.placement, length, slack) { return start }
    if let gap = highestGap(length) {
      if let start = placeAround(gap.start, gap.end, length) { return start }
    }
    // The range above the last region is in no gap.
    let end = value.regions.last?.value.end ?? AddressSpace.lowestAddress
    if let start = placeAround(end, Machine.userLimit, length) { return start }
    throw .outOfMemory
  }

  private func placeBelow(_ limit: UInt, _ length: UInt, _ slack: UInt) -> UInt? {
    guard length &+ slack <= limit else { return nil }
    let start = limit &- length &- slack
    guard start >= ClockMemory.reserved.upperBound, isFree(start, limit) else { return nil }
    value.placement = start
    return start
  }

  /// The highest place in `floor ..< ceiling` that leaves the clock's range out.
  private func placeAround(_ floor: UInt, _ ceiling: UInt, _ length: UInt) -> UInt? {
    guard ceiling >= floor, ceiling &- floor >= length else { return nil }
    let start = ceiling &- length
    if start >= ClockMemory.reserved.upperBound || ceiling <= ClockMemory.reserved.lowerBound {
      return start
    }
    let end = min(ceiling, ClockMemory.reserved.lowerBound)
    guard end >= floor, end &- floor >= length else { return nil }
    return end &- length
  }

  /// Gives the addresses of `start ..< end`, which were unmapped just below the last mapping, to the
  /// next one.
  @inline(__always)
  func reusePlacement(_ start: UInt, _ end: UInt) {
    guard start == value.placement else { return }
    let next = region(endingAfter: end)?.value.start ?? UInt.max
    value.placement = min(next, value.placementTop)
  }
}
