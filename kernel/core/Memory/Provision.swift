// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Bringing in an object's pages: zeroed by the kernel, or supplied by a scheme.

extension Ref where T == MemoryObject {
  /// The page with number `index`, brought in if it is not there.
  ///
  /// - Throws: `inputOutput` past the end and for a page that its provider could not supply,
  ///   `outOfMemory`, `restart` with the waiter parked until the provider has supplied it.
  @inline(__always)
  func bringIn(_ index: UInt64, _ waiter: Waiter) throws(SystemError) -> PhysicalAddress {
    guard index < UInt64(pageCount) else { throw .inputOutput }
    if isClosed(index) { try waitUntilOpen(waiter) }
    if let page = page(at: Int(truncatingIfNeeded: index)) { return page }
    switch value.source {
    case .zero: return try addZeroPage(at: index)
    case .provided(let scheme): return try request(index, scheme, waiter)
    case .contiguous, .physical: throw .inputOutput
    }
  }

  /// Whether a call is at work on the page.
  @inline(__always)
  func isClosed(_ index: UInt64) -> Bool {
    value.closer != nil && index >= value.closedStart && index < value.closedEnd
  }

  func waitUntilOpen(_ waiter: Waiter) throws(SystemError) -> Never {
    if let closer = value.closer?.value.thread, closer == waiter.thread { throw .deadlock }
    try waiter.wait(for: self)
  }

  /// Asks the provider for a page, unless that has been done, and waits.
  @inline(never)
  private func request(
    _ index: UInt64, _ scheme: Ref<Scheme>, _ waiter: Waiter
  ) throws(SystemError) -> PhysicalAddress {
    let place = try makePlace(of: index)
    if place.word.hasFailed { throw .inputOutput }
    // The provider would wait for itself.
    if let process = waiter.thread?.value.process, process == scheme.value.process {
      throw .deadlock
    }
    guard waiter.thread != nil else { throw .busy }
    if !place.word.isRequested {
      try requestSupply(scheme, for: self, word: value.word, offset: index &<< 12, length: 4096)
      place.word = PageWord(PageWord.requested)
    }
    try waiter.wait(for: self)
  }

  /// Puts a frame with the page's content, charged to the object's account, where there is none.
  func supply(_ page: PhysicalAddress, at place: PageWordPlace) {
    place.word = PageWord(page: page)
    value.residentPages &+= 1
  }

  /// The provider cannot supply a page that was asked for.
  func fail(_ place: PageWordPlace) {
    if place.word.isRequested { place.word = PageWord(PageWord.failed) }
  }

  /// The request for page `index` is over. If the page has not been supplied by now it has failed;
  /// or, if the scheme has been given up, it counts as not asked for. Who waits finds out which.
  func supplyAnswered(at index: UInt64, canAskAgain: Bool) {
    guard value.references > 0, let place = place(of: index), place.word.isRequested else { return }
    if canAskAgain { forget(place) } else { fail(place) }
    wakeWaitersLater()
  }

  /// A page that is not there is as if it had never been asked for.
  func forget(_ place: PageWordPlace) { place.word = PageWord(0) }

  /// Marks what was asked for of `pages` as failed, a bounded number per entry of `thread`'s call.
  ///
  /// - Throws: `restart`, `outOfMemory`.
  func failPages(_ pages: Range<UInt64>, _ thread: Ref<Thread>) throws(SystemError) {
    let work: Ref<MemoryWork>
    if let unfinished = unfinishedWork(of: thread) {
      work = unfinished
    } else {
      work = try beginWork(
        thread, .fail(self), position: UInt(truncatingIfNeeded: pages.lowerBound))
      retain()
    }
    guard case .fail(self) = work.value.kind else {
      abandon(work)
      throw .invalidArgument
    }
    var effort = 0
    while let index = firstPlace(from: UInt64(work.value.position), to: pages.upperBound) {
      work.value.position = UInt(truncatingIfNeeded: index)
      if effort >= Effort.limit { throw .restart }
      if let place = place(of: index) { fail(place) }
      work.value.position &+= 1
      effort &+= Effort.change
    }
    endWork(work)
  }
}
