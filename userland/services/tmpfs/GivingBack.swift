// SPDX-License-Identifier: MIT
import Core
import Memory

// What was freed keeps its memory for a while, since it is soon used again. What is left over when much
// has been freed goes back to the system.
extension Volume where Store: WordStore {
  /// Gives memory of free pages back if much was freed since the last time. Their content is lost, which
  /// nobody can see: whoever gets a page clears it or writes all of it.
  ///
  /// - Parameters:
  ///   - all: also of pages that a predecessor used, and however few were freed.
  ///   - giveBack: takes memory out of a range of the store's bytes.
  public mutating func giveBackPages(all: Bool = false, _ giveBack: (Range<Int>) -> Void) {
    guard all || freedPages >= Limits.pagesInReserve else { return }
    freedPages = 0
    // Those that are taken first stay.
    var reserve = all ? 0 : Limits.pagesInReserve
    var page = layout.firstPage
    while page < layout.pageCount {
      let index = page >> 6
      if ~store.word(layout.bitmap &+ index) & (all ? UInt64.max : backed[index]) == 0 {
        page = (page | 63) &+ 1
        continue
      }
      var start = page
      while page < layout.pageCount, canGiveBack(page, all) { page &+= 1 }
      let kept = min(reserve, page &- start)
      reserve &-= kept
      start &+= kept
      // A call for each hole would cost more than what lies in it.
      if page &- start >= Limits.leastRunToGiveBack { giveBackRun(start..<page, giveBack) }
      page &+= 1
    }
  }

  private func canGiveBack(_ page: Int, _ all: Bool) -> Bool {
    !isUsed(page) && (all || backed[page >> 6] & 1 << UInt64(page & 63) != 0)
  }

  /// Whoever takes one of these pages asks for memory again, even if none could be given back.
  private mutating func giveBackRun(_ pages: Range<Int>, _ giveBack: (Range<Int>) -> Void) {
    for page in pages { backed[page >> 6] &= ~(1 << UInt64(page & 63)) }
    giveBack(pages.lowerBound &* Limits.pageBytes..<pages.upperBound &* Limits.pageBytes)
  }
}
