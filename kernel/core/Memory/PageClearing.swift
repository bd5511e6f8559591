// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

/// How much one kernel entry may do to page tables, in instructions, roughly.
enum Effort {
  static let limit = 12_000
  /// Looking at an empty entry; changing one; visiting a table or a region.
  static let scan = 4
  static let change = 20
  static let table = 15
  static let region = 400
  /// Bringing in or copying a page.
  static let page = 1_000
  /// How many threads one entry makes ready.
  static let wakes = 64
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
  /// How far a step that begins at `start` may go: past at most one lowest table that exists.
  func endOfStep(_ start: UInt, _ end: UInt) -> UInt {
    var walk = LeafWalk(self, start, end)
    walk.limit = 400
    guard let span = walk.next() else { return walk.position }
    return span.address &+ UInt(bitPattern: span.count) &<< 12
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

  @inline(__always)
  private func clear(_ span: LeafWalk.Span, _ cleared: inout ClearedPages) {
    var privateCount: UInt64 = 0
    var releasedCount: UInt64 = 0
    var last = -1
    var changes = 0
    var index = span.first
    let end = span.first &+ span.count
    while index < end {
      let word = LeafWord(span.table[index])
      if !word.isEmpty {
        span.table[index] = 0
        if changes == 0 {
          cleared.first = min(
            cleared.first, span.address &+ UInt(bitPattern: index &- span.first) &<< 12)
        }
        last = index
        changes &+= 1
        if word.isPrivate {
          privateCount &+= 1
          if kernel.frames.dropReference(word.address, value.account) { releasedCount &+= 1 }
        }
      }
      index &+= 1
    }
    if changes == 0 { return }
    cleared.last = span.address &+ UInt(bitPattern: last &- span.first) &<< 12
    cleared.effort &+= changes &* Effort.change
    cleared.privateCount &+= privateCount
    cleared.releasedCount &+= releasedCount
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
