// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

// Freeing the pages that a file needs no longer: those past its end, and those whose place a mapped
// run has taken. A file may have more of them than one change can hold, so the file is marked
// first, and whoever finds a marked file goes on with it.
extension Volume where Store: WordStore {
  /// - Parameter isClear: what lies behind the end in a mapped run is zero already.
  mutating func trim(_ inode: Int, isClear: Bool = false) {
    let mapped = Int(truncatingIfNeeded: self[inode, Layout.Inode.mappedCount])
    // Whoever has the file mapped sees zeros behind its end, as in a file that is mapped anew.
    if mapped > 0, !isClear {
      clear(inode, size(inode)..<max(size(inode), UInt64(mapped) &* 4096))
    }
    let kept = mapped..<max(mapped, Self.pages(size(inode)), reservedPages(inode))
    let root = Int(truncatingIfNeeded: self[inode, Layout.Inode.root])
    let height = Int(truncatingIfNeeded: self[inode, Layout.Inode.height])
    if root != 0, trim(inode, root, height, 0, kept) {
      set(inode, Layout.Inode.root, 0)
      set(inode, Layout.Inode.height, 0)
    }
    set(inode, Layout.Inode.used, self[inode, Layout.Inode.used] & ~Layout.Inode.isTrimmed)
    commit()
  }

  /// Frees what lies below `page`, which stands for pages of the file from `first` on, and is not
  /// among `kept`.
  ///
  /// - Returns: whether the page itself was freed: its place is to be cleared in the same change.
  private mutating func trim(
    _ inode: Int, _ page: Int, _ height: Int, _ first: Int, _ kept: Range<Int>
  ) -> Bool {
    let all = first..<first &+ 1 << (9 &* height)
    if kept.lowerBound <= all.lowerBound, all.upperBound <= kept.upperBound { return false }
    var isEmpty = true
    if height > 0 {
      let span = 1 << (9 &* (height &- 1))
      for branch in 0..<512 {
        let place = page &* 512 &+ branch
        let below = Int(truncatingIfNeeded: store.word(place))
        guard below != 0 else { continue }
        if trim(inode, below, height &- 1, first &+ branch &* span, kept) {
          set(place, 0)
          if journalIsLong { commit() }
        } else {
          isEmpty = false
        }
      }
    }
    guard isEmpty else { return false }
    freePage(page)
    set(inode, Layout.Inode.used, self[inode, Layout.Inode.used] &- 1)
    return true
  }

  /// Goes on with what a predecessor left.
  mutating func finishTrimming() {
    for inode in 0..<inodeEnd
    where mode(inode) != 0 && self[inode, Layout.Inode.used] & Layout.Inode.isTrimmed != 0 {
      trim(inode)
    }
  }

  /// Deletes a file that has no name and that nobody has open. A run that was mapped is not touched:
  /// whoever has it mapped goes on with it.
  public mutating func delete(_ inode: Int) {
    guard mode(inode) != 0, links(inode) == 0 else { return }
    holdRun(inode)
    if !isDirectory(inode), self[inode, Layout.Inode.root] != 0 {
      set(inode, Layout.Inode.size, 0)
      markTrimmed(inode)
      commit()
      trim(inode)
    }
    set(inode, Layout.Inode.mode, 0)
    commit()
    freeInodes &+= 1
    inodeHint = min(inodeHint, inode)
  }

  private mutating func holdRun(_ inode: Int) {
    let start = Int(truncatingIfNeeded: self[inode, Layout.Inode.mappedStart])
    let count = Int(truncatingIfNeeded: self[inode, Layout.Inode.mappedCount])
    guard count > 0 else { return }
    hold(start..<start &+ count)
    set(inode, Layout.Inode.mappedStart, 0)
    set(inode, Layout.Inode.mappedCount, 0)
    set(inode, Layout.Inode.used, self[inode, Layout.Inode.used] &- UInt64(count))
    commit()
  }

  /// Deletes what a predecessor unlinked, unless it is open still.
  public mutating func deleteOrphans(unless isOpen: (UInt64) -> Bool) {
    for inode in 1..<inodeEnd
    where mode(inode) != 0 && links(inode) == 0 && !isOpen(word(for: inode)) { delete(inode) }
  }
}
