// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

// Files that were mapped lie in one run of pages from then on, since a mapping shows one range of the
// capsule. Others may have the run mapped, so it never moves: it grows where it lies, which is why
// runs are put far from one another.
extension Volume where Store: WordStore {
  /// The run of pages that holds the whole file for mapping; made if it has none, longer if the file
  /// has grown past it.
  ///
  /// - Throws: `noDevice` for what is no regular file, `noSpace` without so many pages one behind
  ///   the other.
  public mutating func mapping(_ inode: Int) throws(SystemError) -> (start: Int, count: Int) {
    guard isRegular(inode) else { throw .noDevice }
    let needed = Self.pages(size(inode))
    let start = Int(truncatingIfNeeded: self[inode, Layout.Inode.mappedStart])
    let count = Int(truncatingIfNeeded: self[inode, Layout.Inode.mappedCount])
    if count > 0, needed <= count { return (start, count) }
    guard needed <= min(layout.pageCount, Limits.runPages) else { throw .noSpace }
    let wanted = min(max(needed &+ needed / 2, Limits.mappedPages), Limits.runPages)
    let run = try atomically { (volume) throws(SystemError) in
      let run =
        try count > 0
        ? volume.lengthenRun(start..<start &+ count, needed, wanted)
        : volume.takeRun(needed, wanted)
      volume.fillRun(inode, run, from: count)
      volume.set(inode, Layout.Inode.mappedStart, UInt64(run.lowerBound))
      volume.set(inode, Layout.Inode.mappedCount, UInt64(run.count))
      let used = volume[inode, Layout.Inode.used] &+ UInt64(run.count &- count)
      volume.set(inode, Layout.Inode.used, used | Layout.Inode.isTrimmed)
      return run
    }
    trim(inode, isClear: true)
    return (run.lowerBound, run.count)
  }

  /// Copies what the file has into the new pages of its run, those from its page `first` on. What
  /// lies behind the end is zero.
  private func fillRun(_ inode: Int, _ run: Range<Int>, from first: Int) {
    let bytes = (run.lowerBound &+ first) &* 4096..<run.upperBound &* 4096
    store.clear(bytes)
    let needed = min(Self.pages(size(inode)), run.count)
    if first >= needed { return }
    for index in first..<needed {
      let page = page(inode, index)
      if page != 0 { copyPage(page, to: run.lowerBound &+ index) }
    }
    let end = run.lowerBound &* 4096 &+ Int(truncatingIfNeeded: size(inode))
    store.clear(end..<(run.lowerBound &+ needed) &* 4096)
  }

  private func copyPage(_ page: Int, to other: Int) {
    for word in 0..<512 { store.setWord(other &* 512 &+ word, store.word(page &* 512 &+ word)) }
  }

  // MARK: Taking pages

  /// Takes `wanted` pages that lie one behind the other, or fewer, but at least `needed`: in the
  /// middle of the longest stretch that is free, where they can become more.
  /// - Throws: `noSpace`.
  private mutating func takeRun(_ needed: Int, _ wanted: Int) throws(SystemError) -> Range<Int> {
    var longest = layout.firstPage..<layout.firstPage
    var page = layout.firstPage
    while page < layout.pageCount {
      let start = page
      while page < layout.pageCount, !isUsed(page) { page &+= 1 }
      if page &- start > longest.count { longest = start..<page }
      page &+= 1
    }
    let count = min(wanted, longest.count)
    let start = longest.lowerBound &+ (longest.count &- count) / 2
    let end = endOfMemory(start..<start &+ count)
    guard end &- start >= max(needed, 1) else { throw .noSpace }
    takePages(start..<end)
    return start..<end
  }

  /// Makes a run longer where it lies.
  /// - Throws: `noSpace` if what lies behind it is in use.
  private mutating func lengthenRun(
    _ run: Range<Int>, _ needed: Int, _ wanted: Int
  ) throws(SystemError) -> Range<Int> {
    var end = run.upperBound
    while end < layout.pageCount, end &- run.lowerBound < wanted, !isUsed(end) { end &+= 1 }
    end = endOfMemory(run.upperBound..<end)
    guard end &- run.lowerBound >= needed else { throw .noSpace }
    takePages(run.upperBound..<end)
    return run.lowerBound..<end
  }

  /// Up to where there is memory for the pages.
  private mutating func endOfMemory(_ pages: Range<Int>) -> Int {
    for page in pages where !isBacked(page) { return page }
    return pages.upperBound
  }

  private mutating func takePages(_ pages: Range<Int>) {
    changeBits(layout.bitmap, pages, to: true)
    freePages &-= pages.count
  }
}
