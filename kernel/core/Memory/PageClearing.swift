// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// How much one kernel entry may do to page tables, in instructions, roughly.
///
/// A call's own step, that of a process that is taken apart on the way out, and one of the backlog may
/// fall into the same entry, which must stay below 50,000.
enum Effort {
  static let limit = 3_000
  /// Entries of lowest tables in one step.
  static let entries = 64
  /// Pages of memory objects that one entry gives back.
  static let freedPages = 24
  /// Looking at an empty entry; changing one; visiting a table or a region.
  static let scan = 4
  static let change = 20
  static let table = 15
  static let region = 400
  /// Bringing in or copying a page.
  static let page = 1_000
  /// Making a frame free, which may have to join it with its neighbours, or a table.
  static let free = 110
  static let freeTable = 150
  /// How many threads one entry makes ready.
  static let wakes = 32
}

/// What clearing a range came to.
struct ClearedPages {
  /// The first and the last page whose entry was cleared.
  var first: UInt = UInt.max
  var last: UInt = 0
  /// Private pages among them, and how many of those the account need not pay for any more.
  var privateCount: UInt64 = 0
  var releasedCount: UInt64 = 0
  var effort = 0
}

extension Ref where T == AddressSpace {
  /// How far a step that begins at `start` may go: past at most `Effort.entries` entries.
  func endOfStep(_ start: UInt, _ end: UInt) -> UInt {
    var walk = LeafWalk(self, start, end)
    walk.limit = 400
    guard let span = walk.next() else { return walk.position }
    return span.address &+ UInt(bitPattern: min(span.count, Effort.entries)) &<< 12
  }

  /// Empties the entries of `start ..< end` and lets go of the private pages among them.
  @inline(__always)
  func clearEntries(_ start: UInt, _ end: UInt, _ cleared: inout ClearedPages) {
    var walk = LeafWalk(self, start, end)
    while let span = walk.next() {
      cleared.effort &+= span.count &* Effort.scan
      clear(span, &cleared)
    }
    cleared.effort &+= walk.effort &* Effort.table
  }

  /// Empties one table's part of a range. What this does for each page is most of what unmapping
  /// and exit cost, so the frames that become free are put in a chain and handed back together.
  @inline(never)
  private func clear(_ span: LeafWalk.Span, _ cleared: inout ClearedPages) {
    let table = span.table
    let info = kernel.frames.info
    let end = span.first &+ span.count
    var index = span.first
    while index < end, table[index] == 0 { index &+= 1 }
    if index == end { return }
    cleared.first = min(
      cleared.first, span.address &+ UInt(bitPattern: index &- span.first) &<< 12)
    var last = index
    var chain = FrameChain()
    var changes = 0
    var privateCount: UInt64 = 0
    var keptCount: UInt64 = 0
    while index < end {
      let word = LeafWord(table[index])
      if !word.isEmpty {
        table[index] = 0
        last = index
        changes &+= 1
        if word.isPrivate {
          privateCount &+= 1
          let number = Int(truncatingIfNeeded: word.address.rawValue &>> 12)
          let references = info[number].references &- 1
          if references != 0 {
            info[number].references = references
          } else if info[number].pins == 0 {
            info[number] = FrameInfo(next: chain.first, state: .ready)
            chain.add(number)
          } else {
            kernel.frames.abandon(UInt32(truncatingIfNeeded: number), value.account)
            keptCount &+= 1
          }
        }
      }
      index &+= 1
    }
    kernel.frames.giveUncharged(chain)
    cleared.last = span.address &+ UInt(bitPattern: last &- span.first) &<< 12
    cleared.effort &+= changes &* Effort.change &+ chain.count &* Effort.free
    cleared.privateCount &+= privateCount
    cleared.releasedCount &+= privateCount &- keptCount
  }

  /// Settles the account, and the current processor's memory, of cleared pages.
  func settle(_ cleared: ClearedPages) {
    value.privatePages &-= cleared.privateCount
    if cleared.releasedCount != 0 { releaseFrames(cleared.releasedCount, of: value.account) }
    guard isCurrent else { return }
    if cleared.first > cleared.last || cleared.last &- cleared.first >= 16 &* 4096 {
      Machine.invalidateAll()
      return
    }
    var page = cleared.first
    while page <= cleared.last {
      Machine.invalidate(page: page)
      page &+= 4096
    }
  }

  /// Takes the pages of a range out of reach without letting go of them.
  /// - Returns: the effort.
  func parkEntries(_ start: UInt, _ end: UInt) -> Int {
    var walk = LeafWalk(self, start, end)
    var effort = 0
    while let span = walk.next() {
      for index in span.first..<(span.first &+ span.count) {
        let word = LeafWord(span.table[index])
        if word.isPresent { span.table[index] = ParkedEntry(word.entry).rawValue }
      }
      effort &+= span.count &* Effort.change
    }
    return effort &+ walk.effort &* Effort.table
  }
}
