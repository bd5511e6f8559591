// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Copying a space for fork. Private pages are shared until either side writes; pages of objects are
// shared as they are; pages that a request is at work on are copied at once, so that the request
// and its process keep seeing the same page. The child is charged for every private page it gets.

extension AddressSpace {
  /// Makes a copy of `space` that `account` pays for. Large spaces take several entries, so
  /// `thread`'s call has to be one that does nothing before this and is made again.
  ///
  /// - Throws: `outOfMemory`, `restart`.
  static func fork(
    _ space: Ref<AddressSpace>, _ account: Ref<Account>?, _ thread: Ref<Thread>
  ) throws(SystemError) -> Ref<AddressSpace> {
    let waiter = Waiter.call(thread)
    try space.checkOpen(waiter)
    var state = ForkState(work: unfinishedWork(of: thread))
    if let work = state.work {
      guard case .fork(let child) = work.value.kind else {
        abandon(work)
        throw .invalidArgument
      }
      state.child = child
      state.position = work.value.position
    } else {
      let child = try create(account)
      child.value.placement = space.value.placement
      child.value.placementTop = space.value.placementTop
      state.child = child
    }
    guard let child = state.child else { throw .outOfMemory }
    do throws(SystemError) {
      try space.copy(to: child, &state, thread, waiter)
    } catch {
      if error == .restart { throw error }
      if let work = state.work { abandon(work) } else { child.discard() }
      throw error
    }
    if let work = state.work { endWork(work) }
    return child
  }
}

/// How far a fork is.
private struct ForkState {
  var work: Ref<MemoryWork>?
  var child: Ref<AddressSpace>?
  var position: UInt = 0
  var effort = 0
  /// Pages that the parent could write and now cannot.
  var isProtected = false
}

extension Ref where T == AddressSpace {
  fileprivate func copy(
    to child: Ref<AddressSpace>, _ state: inout ForkState, _ thread: Ref<Thread>, _ waiter: Waiter
  ) throws(SystemError) {
    let others = otherProcessors
    if others != 0, state.work == nil { try remember(child, &state, thread) }
    do throws(SystemError) {
      while let region = region(endingAfter: state.position) {
        if state.effort >= Effort.limit {
          if state.work == nil { try remember(child, &state, thread) }
          throw .restart
        }
        if region.value.flags.contains(.busy), !region.value.flags.contains(.detached) {
          if state.work == nil { try remember(child, &state, thread) }
          if !state.isProtected { try waiter.wait(for: self) }
          throw .restart
        }
        try copyStep(region, to: child, &state)
      }
    } catch {
      if state.isProtected { try forget(others, &state, waiter) }
      state.work?.value.position = state.position
      throw error
    }
    if state.isProtected { try forget(others, &state, waiter) }
  }

  private func remember(
    _ child: Ref<AddressSpace>, _ state: inout ForkState, _ thread: Ref<Thread>
  ) throws(SystemError) {
    state.work = try beginWork(thread, .fork(child), position: state.position)
  }

  /// Makes all processors forget that they could write to what is shared now.
  private func forget(
    _ others: ProcessorSet, _ state: inout ForkState, _ waiter: Waiter
  ) throws(SystemError) {
    state.work?.value.position = state.position
    invalidateAll()
    if others != 0 { try close(until: others, waiter) }
  }

  /// Copies the next pages of `region`, at most one table of them.
  private func copyStep(
    _ region: Ref<Region>, to child: Ref<AddressSpace>, _ state: inout ForkState
  ) throws(SystemError) {
    let start = max(state.position, region.value.start)
    let end = region.value.end
    if region.value.flags.contains(.dontFork) || region.value.flags.contains(.detached) {
      state.position = end
      state.effort &+= Effort.table
      return
    }
    let stop = endOfStep(start, end)
    let copied = try child.extendCopy(of: region, start, stop)
    state.effort &+= Effort.region
    var walk = LeafWalk(self, start, stop)
    state.position = stop
    if let span = walk.next() {
      let done: Int
      do throws(SystemError) {
        done = try copy(span, of: region, to: child, &state)
      } catch {
        state.position = span.address
        throw error
      }
      if done < span.count {
        state.position = span.address &+ UInt(bitPattern: done) &<< 12
        child.setEnd(of: copied, state.position)
      }
    }
    state.effort &+= walk.effort &* Effort.table
  }

  /// In the child: continues the copy of `region`, or begins it.
  private func extendCopy(
    of region: Ref<Region>, _ start: UInt, _ end: UInt
  ) throws(SystemError) -> Ref<Region> {
    let nature = RegionNature(of: region, at: start)
    if let last = value.regions.last, last.isLike(nature, at: start) {
      setEnd(of: last, end)
      return last
    }
    return try addRegion(start, end, nature)
  }

  /// Copies the entries of one table.
  /// - Returns: how many were dealt with.
  private func copy(
    _ span: LeafWalk.Span, of region: Ref<Region>, to child: Ref<AddressSpace>,
    _ state: inout ForkState
  ) throws(SystemError) -> Int {
    var index = span.first
    let end = span.first &+ span.count
    while index < end, span.table[index] == 0 { index &+= 1 }
    state.effort &+= span.count &* Effort.scan
    if index == end { return span.count }
    // Every page of the table may turn out to be private; what does not is released again.
    var budget = UInt64(end &- index)
    if !hasPaid(budget, child) {
      budget = countPrivate(span)
      try chargeFrames(budget, to: child.value.account)
    }
    var tally = CopiedPages()
    do throws(SystemError) {
      let table = try child.makeLeaf(span.address)
      index = copyEntries(span.table, table, index, end, region.value.access, &tally)
    } catch {
      releaseFrames(budget, of: child.value.account)
      throw error
    }
    child.value.privatePages &+= tally.privateCount
    if budget != tally.privateCount {
      releaseFrames(budget &- tally.privateCount, of: child.value.account)
    }
    if tally.isProtected { state.isProtected = true }
    state.effort &+= Int(tally.privateCount) &* Effort.change &+ tally.copies &* Effort.page
    if tally.isOutOfMemory { throw .outOfMemory }
    return index &- span.first
  }

  private func hasPaid(_ count: UInt64, _ child: Ref<AddressSpace>) -> Bool {
    do throws(SystemError) {
      try chargeFrames(count, to: child.value.account)
      return true
    } catch {
      return false
    }
  }

  private func countPrivate(_ span: LeafWalk.Span) -> UInt64 {
    var count: UInt64 = 0
    for index in span.first..<(span.first &+ span.count) {
      let word = LeafWord(span.table[index])
      if !word.isEmpty, word.isPrivate { count &+= 1 }
    }
    return count
  }
}

/// What copying a table came to.
private struct CopiedPages {
  var privateCount: UInt64 = 0
  /// Pages that had to be copied at once.
  var copies = 0
  var isProtected = false
  var isOutOfMemory = false
}

/// Copies entries `index ..< end` of a table, up to sixteen pinned pages.
/// - Returns: the index to go on from.
@inline(never)
private func copyEntries(
  _ from: PageWords, _ to: PageWords, _ start: Int, _ end: Int, _ access: PageAccess,
  _ tally: inout CopiedPages
) -> Int {
  let readOnly = access.subtracting(.write)
  let info = kernel.frames.info
  var index = start
  var privateCount: UInt64 = 0
  var isProtected = false
  while index < end {
    let word = LeafWord(from[index])
    if !word.isEmpty {
      if word.isPrivate {
        let number = Int(truncatingIfNeeded: word.address.rawValue &>> 12)
        if info[number].pins != 0 {
          if tally.copies == 16 || !copyPinned(word, to, index, access) {
            tally.isOutOfMemory = tally.copies != 16
            break
          }
          tally.copies &+= 1
        } else {
          info[number].references &+= 1
          var copy = word.rawValue
          if word.isPresent, word.entry.access.contains(.write) {
            copy = word.entry.with(access: readOnly).rawValue
            from[index] = copy
            isProtected = true
          }
          to[index] = copy
        }
        privateCount &+= 1
      } else {
        to[index] = word.rawValue
      }
    }
    index &+= 1
  }
  tally.privateCount &+= privateCount
  if isProtected { tally.isProtected = true }
  return index
}

/// Gives the child a copy of a page that a request is at work on.
@inline(never)
private func copyPinned(
  _ word: LeafWord, _ to: PageWords, _ index: Int, _ access: PageAccess
) -> Bool {
  guard let copy = copyFrame(word.address) else { return false }
  let entry = copy.entry(access)
  to[index] = word.isPresent ? entry.rawValue : ParkedEntry(entry).rawValue
  return true
}

extension Ref where T == Region {
  /// Whether a region of this nature at `address`, where this one ends, would be part of it.
  fileprivate func isLike(_ nature: RegionNature, at address: UInt) -> Bool {
    value.end == address && value.access == nature.access
      && value.maximumAccess == nature.maximumAccess && value.flags == nature.flags
      && value.object == nature.object
      && (nature.object == nil || objectPage(at: address) == nature.firstPage)
  }
}
