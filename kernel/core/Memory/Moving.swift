// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Growing, shrinking and moving a mapping. While it moves, both its old and its new place are busy:
// whoever touches either waits for the end. The tables for the new place are made first; after that
// nothing can fail, and every page is at one of the two places.

/// What `Remap` asks for.
struct Move {
  var start: UInt
  var length: UInt
  var newLength: UInt
  /// Nil to stay or to go anywhere.
  var target: UInt?
  var replaces: Bool
}

extension Ref where T == AddressSpace {
  /// - Returns: the new first address.
  /// - Throws: `badAddress` unless the range lies in one mapping, `invalidArgument`,
  ///   `alreadyExists` if something is mapped at the target, `outOfRange` if it would grow over
  ///   what belongs to others, `outOfMemory`, `restart`.
  func move(_ move: Move, _ thread: Ref<Thread>) throws(SystemError) -> UInt {
    let waiter = Waiter.call(thread)
    try checkOpen(waiter)
    if let work = unfinishedWork(of: thread) {
      guard case .remap = work.value.kind else {
        abandon(work)
        throw .invalidArgument
      }
      return try goOnMoving(work, waiter)
    }
    try checkRange(move.start, move.length)
    let end = move.start &+ move.length
    guard let region = region(at: move.start) else { throw .badAddress }
    if region.value.flags.contains(.busy) { try waiter.wait(for: self) }
    if move.newLength < move.length {
      // The end goes first; then the rest stays, or moves.
      try unmap(move.start &+ move.newLength, end, waiter)
      var rest = move
      rest.length = move.newLength
      return move.target == nil ? move.start : try self.move(rest, thread)
    }
    guard region.value.end >= end else { throw .badAddress }
    if move.newLength > move.length, region.value.flags.contains(.bounded) { throw .outOfRange }
    if move.target == nil {
      if move.newLength == move.length { return move.start }
      if try growInPlace(region, move) { return move.start }
    }
    return try beginMoving(move, thread, waiter)
  }

  private func growInPlace(_ region: Ref<Region>, _ move: Move) throws(SystemError) -> Bool {
    let end = move.start &+ move.length
    guard region.value.end == end, move.newLength <= Machine.userLimit &- move.start,
      isFree(end, move.start &+ move.newLength)
    else { return false }
    do throws(SystemError) { try checkRange(move.start, move.newLength) } catch { return false }
    setEnd(of: region, move.start &+ move.newLength)
    return true
  }

  private func beginMoving(
    _ move: Move, _ thread: Ref<Thread>, _ waiter: Waiter
  ) throws(SystemError) -> UInt {
    let target = try makeTarget(move, waiter)
    // Emptying the target may have cut the region.
    guard let region = region(at: move.start) else { throw .badAddress }
    let nature = RegionNature(of: region, at: move.start)
    let work = try beginWork(thread, .remap, position: target, limit: move.length)
    work.value.source = move.start
    var placeholder = nature
    placeholder.access = PageAccess()
    placeholder.flags.insert(.busy)
    do throws(SystemError) {
      let part = try cut(region, move.start, move.start &+ move.length)
      _ = try addRegion(target, target &+ move.newLength, placeholder)
      work.value.access = part.value.access
      setAccess(of: part, PageAccess())
      part.value.flags.insert(.busy)
    } catch {
      work.value.limit = 0
      endWork(work)
      throw error
    }
    return try goOnMoving(work, waiter)
  }

  /// Finds the new place and sees that it is free.
  private func makeTarget(_ move: Move, _ waiter: Waiter) throws(SystemError) -> UInt {
    guard let target = move.target else { return try findPlace(move.newLength) }
    try checkRange(target, move.newLength)
    guard target >= move.start &+ move.length || move.start >= target &+ move.newLength else {
      throw .invalidArgument
    }
    if move.replaces {
      try unmap(target, target &+ move.newLength, waiter)
    } else if !isFree(target, target &+ move.newLength) {
      throw .alreadyExists
    }
    return target
  }

  private func goOnMoving(
    _ work: Ref<MemoryWork>, _ waiter: Waiter
  ) throws(SystemError) -> UInt {
    let target = work.value.position
    if work.value.prepared == MemoryWork.failed { try undoMove(work) }
    do throws(SystemError) {
      try makeTargetTables(work)
      try moveSteps(work, waiter)
    } catch {
      if error == .restart { throw error }
      work.value.prepared = MemoryWork.failed
      try undoMove(work)
    }
    if let region = region(at: target) {
      region.value.flags.remove(.busy)
      setAccess(of: region, work.value.access)
    }
    endWork(work)
    return target
  }

  /// Makes the lowest tables of the new place wherever the old one has some.
  private func makeTargetTables(_ work: Ref<MemoryWork>) throws(SystemError) {
    let source = work.value.source
    var effort = 0
    var walk = LeafWalk(self, source &+ work.value.prepared, source &+ work.value.limit)
    while let span = walk.next() {
      let first = work.value.position &+ (span.address &- source)
      _ = try makeLeaf(first)
      _ = try makeLeaf(first &+ UInt(bitPattern: span.count &- 1) &<< 12)
      work.value.prepared = span.address &+ UInt(bitPattern: span.count) &<< 12 &- source
      effort &+= 2 * Effort.page &+ walk.effort &* Effort.table
      if effort >= Effort.limit { throw .restart }
    }
    work.value.prepared = work.value.limit
  }

  /// There is no memory for the new place's tables. Nothing has been moved yet: the new place goes,
  /// and the old one is as it was.
  private func undoMove(_ work: Ref<MemoryWork>) throws(SystemError) -> Never {
    var effort = 0
    while let region = region(at: work.value.position), region.value.flags.contains(.busy) {
      if effort >= Effort.limit { throw .restart }
      let end = region.value.end
      effort &+= freeStep(of: region)
      work.value.position = min(end, region.value.start)
    }
    if let region = region(at: work.value.source) {
      region.value.flags.remove(.busy)
      setAccess(of: region, work.value.access)
    }
    work.value.limit = 0
    endWork(work)
    throw .outOfMemory
  }

  private func moveSteps(_ work: Ref<MemoryWork>, _ waiter: Waiter) throws(SystemError) {
    let others = otherProcessors
    var effort = 0
    while work.value.count < work.value.limit {
      if effort >= Effort.limit { throw .restart }
      let start = work.value.source &+ work.value.count
      guard let region = region(at: start) else { return }
      let stop = endOfStep(start, region.value.end)
      if others != 0, !isParked(start, stop) {
        effort &+= parkEntries(start, region.value.end)
        invalidateAll()
        try close(until: others, waiter)
      }
      effort &+= moveEntries(start, stop, work, region) &+ Effort.region
    }
  }

  /// Whether no page of the range can be reached, so that no processor remembers any.
  private func isParked(_ start: UInt, _ end: UInt) -> Bool {
    var walk = LeafWalk(self, start, end)
    while let span = walk.next() {
      for index in span.first..<(span.first &+ span.count)
      where LeafWord(span.table[index]).isPresent { return false }
    }
    return true
  }

  /// Moves the entries of one step, and the region's start behind them.
  private func moveEntries(
    _ start: UInt, _ stop: UInt, _ work: Ref<MemoryWork>, _ region: Ref<Region>
  ) -> Int {
    var walk = LeafWalk(self, start, stop)
    var effort = 0
    while let span = walk.next() {
      for index in span.first..<(span.first &+ span.count) where span.table[index] != 0 {
        let address = span.address &+ UInt(bitPattern: index &- span.first) &<< 12
        let target = work.value.position &+ (address &- work.value.source)
        guard let table = leaf(target) else { continue }
        let word = LeafWord(span.table[index])
        // Out of reach at the new place until a touch; so what it may be used for is checked there.
        table[tableIndex(target, 0)] =
          word.isPresent ? ParkedEntry(word.entry).rawValue : word.rawValue
        span.table[index] = 0
      }
      effort &+= span.count &* Effort.scan &+ 512 &* Effort.change
    }
    work.value.count = stop &- work.value.source
    finishStep(start, stop, region)
    return effort &+ walk.effort &* Effort.table
  }

  private func finishStep(_ start: UInt, _ stop: UInt, _ region: Ref<Region>) {
    let floor = floor(of: region)
    if stop == region.value.end {
      freeTables(start, stop, floor: floor, ceiling: ceiling(of: region))
      removeRegion(region)
      reusePlacement(start, stop)
    } else {
      freeTables(start, stop, floor: floor, ceiling: stop)
      setStart(of: region, stop)
    }
    invalidateAll()
  }
}
