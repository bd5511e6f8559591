// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Taking an object's pages back from every mapping: for `WithdrawPages`, for truncation, and, as far
// as writing goes, for `FindDirtyPages`.
//
// 1. The range is closed: faults on its pages wait.
// 2. The regions that map the object are visited one by one, and their entries emptied (or made
//    read-only), a bounded number per entry.
// 3. Processors that may remember entries flush.
// 4. Nobody can reach the pages any more (or write to them): they are taken out of the object (or
//    found changed), and the range is opened.

/// What is done to the entries of a closed range.
enum WithdrawalKind {
  case removal
  case writeProtection
}

extension Ref where T == MemoryObject {
  /// Goes through steps 1 to 3 for `pages`.
  ///
  /// - Returns: the call's memory, to be ended by the caller after step 4.
  /// - Throws: `restart` until all is done, `outOfMemory`.
  func withdrawFromMappings(
    _ pages: Range<UInt64>, _ kind: WithdrawalKind, _ thread: Ref<Thread>
  ) throws(SystemError) -> Ref<MemoryWork> {
    let waiter = Waiter.call(thread)
    guard let space = thread.value.process?.value.space else { throw .noProcess }
    let work = try withdrawalWork(pages, thread, waiter)
    if work.value.limit == 0 {
      var effort = 0
      while let region = value.cursor {
        if effort >= Effort.limit { throw .restart }
        effort &+= visitStep(region, kind, work) &+ Effort.region / 4
      }
      // Everything is out of reach; what processors remember is still to go.
      work.value.limit = 1
    }
    let processors = ProcessorSet(truncatingIfNeeded: work.value.source)
    if processors != 0 {
      try space.checkOpen(waiter)
      work.value.source = 0
      try space.close(until: processors, waiter)
    }
    return work
  }

  /// The unfinished call of `thread` for this object, or a new one that closes `pages`.
  private func withdrawalWork(
    _ pages: Range<UInt64>, _ thread: Ref<Thread>, _ waiter: Waiter
  ) throws(SystemError) -> Ref<MemoryWork> {
    if let work = unfinishedWork(of: thread) {
      if case .withdraw(self) = work.value.kind, value.closer == work { return work }
      abandon(work)
      throw .invalidArgument
    }
    if value.closer != nil { try waitUntilOpen(waiter) }
    let work = try beginWork(
      thread, .withdraw(self), position: UInt(truncatingIfNeeded: pages.lowerBound))
    retain()
    close(pages, for: work)
    return work
  }

  /// Deals with the next entries of the region at the cursor, and moves the cursor.
  private func visitStep(
    _ region: Ref<Region>, _ kind: WithdrawalKind, _ work: Ref<MemoryWork>
  ) -> Int {
    guard let space = region.value.space, let range = closedAddresses(in: region) else {
      advance(from: region)
      return 0
    }
    let start = max(range.lowerBound, value.cursorAddress)
    guard start < range.upperBound else {
      advance(from: region)
      return 0
    }
    let stop = space.endOfStep(start, range.upperBound)
    let effort =
      kind == .removal
      ? space.emptyObjectEntries(start, stop) : space.protectObjectEntries(start, stop)
    space.invalidateAll()
    work.value.source |= UInt(space.otherProcessors)
    value.cursorAddress = stop
    if stop == range.upperBound { advance(from: region) }
    return effort
  }

  private func advance(from region: Ref<Region>) {
    value.cursor = value.mappings.next(after: region)
    value.cursorAddress = 0
  }

  /// Where `region` maps pages of the closed range.
  private func closedAddresses(in region: Ref<Region>) -> Range<UInt>? {
    let first = region.value.firstPage
    let count = UInt64(region.byteCount &>> 12)
    let lower = max(first, value.closedStart)
    let upper = min(first &+ count, value.closedEnd)
    guard lower < upper else { return nil }
    let start = region.value.start &+ UInt(truncatingIfNeeded: lower &- first) &<< 12
    return start..<(start &+ UInt(truncatingIfNeeded: upper &- lower) &<< 12)
  }
}

extension Ref where T == AddressSpace {
  /// Empties the entries of a range that hold pages of an object; private copies stay.
  fileprivate func emptyObjectEntries(_ start: UInt, _ end: UInt) -> Int {
    var walk = LeafWalk(self, start, end)
    var effort = 0
    while let span = walk.next() {
      for index in span.first..<(span.first &+ span.count) {
        let word = LeafWord(span.table[index])
        if !word.isEmpty, !word.isPrivate { span.table[index] = 0 }
      }
      effort &+= span.count &* Effort.change / 2
    }
    return effort &+ walk.effort &* Effort.table
  }

  /// Makes pages of an object read-only; a write marks them as changed again.
  fileprivate func protectObjectEntries(_ start: UInt, _ end: UInt) -> Int {
    var walk = LeafWalk(self, start, end)
    var effort = 0
    while let span = walk.next() {
      for index in span.first..<(span.first &+ span.count) {
        let word = LeafWord(span.table[index])
        guard word.isPresent, !word.isPrivate, word.entry.access.contains(.write) else { continue }
        let access = word.entry.access.subtracting(.write)
        span.table[index] = word.entry.with(access: access).rawValue
      }
      effort &+= span.count &* Effort.change / 2
    }
    return effort &+ walk.effort &* Effort.table
  }
}

extension Ref where T == MemoryObject {
  /// Takes the pages of a withdrawn range out of the object, a bounded number per entry.
  ///
  /// - Parameters: `keepsPinned` leaves pages that requests are at work on; `output`, if not zero, is
  ///   where the content of page `pages.lowerBound` and those behind it goes first.
  /// - Returns: the number of pages taken.
  /// - Throws: `restart`, and what writing to `output` throws.
  func removePages(
    _ pages: Range<UInt64>, keepsPinned: Bool, output: UInt, _ work: Ref<MemoryWork>,
    _ thread: Ref<Thread>
  ) throws(SystemError) -> UInt {
    var effort = 0
    var index = UInt64(work.value.position)
    while let next = firstPlace(from: index, to: pages.upperBound) {
      index = next
      work.value.position = UInt(truncatingIfNeeded: index)
      if effort >= Effort.limit { throw .restart }
      guard let place = place(of: index) else { break }
      let word = place.word
      effort &+= Effort.change
      if word.isPresent, !keepsPinned || !kernel.frames.isPinned(word.address) {
        if output != 0 {
          let target = output &+ UInt(truncatingIfNeeded: index &- pages.lowerBound) &<< 12
          try copyOut(
            UserSpan(address: target, count: FrameTable.pageBytes), word.address.kernelAddress,
            thread)
          effort &+= Effort.page
        }
        removePage(place)
        work.value.count &+= 1
      } else if !word.isPresent {
        forget(place)
      }
      index &+= 1
    }
    return work.value.count
  }

  /// Changes the length; pages past the new end go.
  ///
  /// - Throws: `notPermitted` against a seal, `notSupported` for wired objects, `restart`.
  func resize(_ length: UInt64, _ thread: Ref<Thread>) throws(SystemError) {
    guard !value.isWired else { throw .notSupported }
    guard length > 0, length <= MemoryObject.maximumLength else { throw .invalidArgument }
    if unfinishedWork(of: thread) == nil {
      if length > value.length, value.seals.contains(.grow) { throw .notPermitted }
      if length < value.length, value.seals.contains(.shrink) { throw .notPermitted }
    }
    let before = UInt64(pageCount)
    let after = (length &+ 4095) &>> 12
    if after < before || unfinishedWork(of: thread) != nil {
      let work = try withdrawFromMappings(min(after, before)..<before, .removal, thread)
      _ = try removePages(
        value.closedStart..<value.closedEnd, keepsPinned: false, output: 0, work, thread)
      endWork(work)
    }
    let isShorter = length < value.length
    value.length = length
    if isShorter { clearTail() }
  }

  /// Zeroes what lies behind the length in the last page, so that growing again shows zeros.
  private func clearTail() {
    let used = UInt(truncatingIfNeeded: value.length & 4095)
    guard used != 0, case .zero = value.source, let page = page(at: pageCount &- 1) else { return }
    PhysicalPage(page).clear(from: Int(used))
  }

  /// Finds pages that were written since the last call and writes their offsets to `buffer`.
  ///
  /// - Returns: how many.
  /// - Throws: `notSupported` unless the object is provided, `restart`, `badAddress`.
  func findDirtyPages(
    _ pages: Range<UInt64>, _ buffer: UserSpan, _ thread: Ref<Thread>
  ) throws(SystemError) -> UInt {
    guard tracksChanges else { throw .notSupported }
    if value.dirtyPages == 0, unfinishedWork(of: thread) == nil { return 0 }
    let work = try withdrawFromMappings(pages, .writeProtection, thread)
    var effort = 0
    var index = UInt64(work.value.position)
    let room = buffer.count / 8
    while work.value.count < room, let next = firstPlace(from: index, to: pages.upperBound) {
      index = next
      work.value.position = UInt(truncatingIfNeeded: index)
      if effort >= Effort.limit { throw .restart }
      guard let place = place(of: index) else { break }
      effort &+= Effort.change
      if place.word.isPresent, place.word.isDirty {
        do throws(SystemError) {
          try writeRecord(index &<< 12, to: buffer.address &+ work.value.count &* 8, thread)
        } catch {
          if error != .restart { endWork(work) }
          throw error
        }
        work.value.count &+= 1
        effort &+= 5 * Effort.change
        // A request may still write to a page that it pinned: it counts as changed again.
        if !kernel.frames.isPinned(place.word.address) { clearDirty(place) }
      }
      index &+= 1
    }
    let count = work.value.count
    endWork(work)
    return count
  }
}
