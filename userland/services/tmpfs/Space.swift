// SPDX-License-Identifier: MIT
import ABI
import Core
import Hierarchy
import Memory

// Space that a file has whether anything was written there or not, and space that it gives back.
//
// A range can be larger than one change, so it is worked through in pieces, each of which leaves a file
// that is whole: what was not written reads as zeros with a page and without. The size moves last. A
// request that comes again does what is left of it.
extension Volume where Store: WordStore {
  /// Pages that one piece makes or frees: few enough for the journal.
  private static var piece: Int { 32 }

  /// Sees to pages for a range, or frees those of it; what `flags` say.
  ///
  /// - Throws: `invalidArgument`, `isDirectory`, `noDevice` for what is no regular file, `fileTooLarge`,
  ///   `noSpace`; then nothing has changed.
  public mutating func allocate(
    _ inode: Int, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags, now: UInt64,
    user: UInt32, _ mark: RequestMark
  ) throws(SystemError) {
    guard !isDirectory(inode) else { throw .isDirectory }
    guard isRegular(inode) else { throw .noDevice }
    guard byteCount > 0, !flags.contains(.punchHole | .zeroRange) else { throw .invalidArgument }
    guard let end = offset.checkedSum(byteCount), end <= Limits.fileBytes else {
      throw .fileTooLarge
    }
    let range = offset..<end
    if flags.contains(.punchHole) {
      punch(inode, range)
    } else {
      let pages = Int(offset >> 12)..<Self.pages(end)
      // So that a range that cannot be is not looked through.
      guard pages.count <= freePages + usedPages(inode) else { throw .noSpace }
      try backPages(neededPages(inode, pages))
      // What lies behind the end is worth nothing, and is to be zeros from here on.
      let size = size(inode)
      if end > size { clear(inode, size..<end) }
      if flags.contains(.zeroRange) { clearPages(inode, range) }
      try makePages(inode, pages)
    }
    let grows = !flags.contains(.keepSize) && !flags.contains(.punchHole)
    try atomically { (volume) throws(SystemError) in
      if grows, end > volume.size(inode) { volume.set(inode, Layout.Inode.size, end) }
      volume.touch(inode, now)
      if user != 0 { volume.dropSetIDBits(inode) }
      volume.note(mark, 0)
    }
  }

  private func usedPages(_ inode: Int) -> Int {
    Int(self[inode, Layout.Inode.used] & Layout.Inode.usedMask)
  }

  // MARK: Allocating

  /// How many pages a file takes more, those of its tree included, at most.
  private func neededPages(_ inode: Int, _ pages: Range<Int>) -> Int {
    var holes = 0
    for index in pages where page(inode, index) == 0 { holes += 1 }
    if holes == 0 { return 0 }
    // Of each level as many as the range touches, and those on the way down from a higher top.
    var nodes = 4
    for level in 1...3 {
      nodes += (pages.upperBound - 1) >> (9 * level) - pages.lowerBound >> (9 * level) + 1
    }
    return holes + nodes
  }

  /// Sees to it that so many pages can be taken, and that there is memory for them.
  /// - Throws: `noSpace`.
  private mutating func backPages(_ count: Int) throws(SystemError) {
    guard count <= freePages else { throw .noSpace }
    var left = count
    var page = layout.firstPage
    while left > 0, page < layout.pageCount {
      if !isUsed(page) {
        guard isBacked(page) else { throw .noSpace }
        left -= 1
      }
      page += 1
    }
    guard left == 0 else { throw .noSpace }
  }

  private mutating func makePages(_ inode: Int, _ pages: Range<Int>) throws(SystemError) {
    var index = pages.lowerBound
    while index < pages.upperBound {
      let end = min(index + Self.piece, pages.upperBound)
      try atomically { (volume) throws(SystemError) in
        for index in index..<end {
          let (page, isNew) = try volume.makePage(inode, index)
          if isNew { volume.store.clear(page * 4096..<(page + 1) * 4096) }
        }
        if end > volume.reservedPages(inode) { volume.setReserved(inode, end) }
      }
      index = end
    }
  }

  /// Makes the bytes of a range zero where there are pages; a hole is zero already.
  private func clearPages(_ inode: Int, _ range: Range<UInt64>) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(range.upperBound - offset, 4096 - offset & 4095)
      let page = page(inode, Int(offset >> 12))
      if page != 0 {
        let start = page * 4096 + Int(offset & 4095)
        store.clear(start..<start + Int(count))
      }
      offset += count
    }
  }

  // MARK: Behind the end

  /// Up to here the file's pages stay, be they behind its end, until it is cut off.
  func reservedPages(_ inode: Int) -> Int {
    Int(self[inode, Layout.Inode.used] & Layout.Inode.reservedMask) >> 32
  }

  private mutating func setReserved(_ inode: Int, _ count: Int) {
    let rest = self[inode, Layout.Inode.used] & ~Layout.Inode.reservedMask
    set(inode, Layout.Inode.used, rest | UInt64(count) << 32)
  }

  // MARK: Freeing

  /// Frees the pages that lie in a range whole, and clears the rest of it. A run that was mapped keeps its
  /// pages, which others may see: they are cleared.
  private mutating func punch(_ inode: Int, _ range: Range<UInt64>) {
    let first = Int((range.lowerBound + 4095) >> 12)
    let end = Int(range.upperBound >> 12)
    let mapped = Int(self[inode, Layout.Inode.mappedCount])
    if first >= end {
      clearPages(inode, range)
      return
    }
    clearPages(inode, range.lowerBound..<UInt64(first) << 12)
    clearPages(inode, UInt64(end) << 12..<range.upperBound)
    if first < mapped { clearPages(inode, UInt64(first) << 12..<UInt64(min(mapped, end)) << 12) }
    let hole = max(first, mapped)..<max(end, mapped)
    let root = Int(self[inode, Layout.Inode.root])
    guard root != 0, !hole.isEmpty else { return }
    if free(hole, of: inode, below: root, Int(self[inode, Layout.Inode.height]), 0) {
      set(inode, Layout.Inode.root, 0)
      set(inode, Layout.Inode.height, 0)
    }
    commit()
  }

  /// Frees what of `hole` lies below `page`, which stands for pages of the file from `first` on.
  /// - Returns: whether the page itself was freed: its place is to be cleared in the same change.
  private mutating func free(
    _ hole: Range<Int>, of inode: Int, below page: Int, _ height: Int, _ first: Int
  ) -> Bool {
    let span = 1 << (9 * height)
    guard hole.overlaps(first..<first + span) else { return false }
    if height > 0 {
      let step = span >> 9
      var isEmpty = true
      for branch in 0..<512 {
        let place = page * 512 + branch
        let below = Int(store.word(place))
        if below == 0 { continue }
        if free(hole, of: inode, below: below, height - 1, first + branch * step) {
          set(place, 0)
          if journalIsLong { commit() }
        } else {
          isEmpty = false
        }
      }
      guard isEmpty else { return false }
    }
    freePage(page)
    set(inode, Layout.Inode.used, self[inode, Layout.Inode.used] - 1)
    return true
  }
}
