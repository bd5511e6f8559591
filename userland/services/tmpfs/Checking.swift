// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory

// Whether a volume that was found can be believed. Every number is looked at before it is used.
extension Volume where Store: WordStore {
  /// Names lead to inodes and inodes to pages of their own, and counts agree.
  public func isConsistent() -> Bool {
    guard inodeEnd >= 1, mode(0) & FileMode.typeMask == FileMode.directory else { return false }
    var names = [UInt64](repeating: 0, count: layout.inodeCount)
    var children = [UInt64](repeating: 0, count: layout.inodeCount)
    var directories = [UInt64](repeating: 0, count: layout.inodeCount)
    for slot in 0..<nameEnd {
      let head = store.word(layout.name(slot, Layout.Name.directory))
      if head == 0 { continue }
      let inode = store.word(layout.name(slot, Layout.Name.inode))
      guard head & 0xFFFF_FFFF >= 1, head & 0xFFFF_FFFF <= UInt64(inodeEnd),
        head >> 32 >= 1, head >> 32 <= UInt64(Limits.nameBytes),
        inode < UInt64(inodeEnd), inode != 0, mode(Int(inode)) != 0
      else { return false }
      let directory = Int(head & 0xFFFF_FFFF) &- 1
      guard isDirectory(directory) else { return false }
      names[Int(inode)] &+= 1
      children[directory] &+= 1
      if isDirectory(Int(inode)) {
        guard self[Int(inode), Layout.Inode.parent] == UInt64(directory) else { return false }
        directories[directory] &+= 1
      }
    }
    // Bits of pages, as in the volume's own maps: restarting looks at all of them.
    var seen = [UInt64](repeating: 0, count: (layout.pageCount &+ 63) / 64)
    for inode in 0..<inodeEnd where mode(inode) != 0 {
      if isDirectory(inode) {
        // The one that is removed has neither names nor links.
        let expected = inode == 0 || names[inode] == 1 ? 2 &+ directories[inode] : 0
        guard size(inode) == children[inode], links(inode) == expected, names[inode] <= 1,
          self[inode, Layout.Inode.parent] < UInt64(inodeEnd)
        else { return false }
      } else {
        guard links(inode) == names[inode], pagesAreOwn(inode, &seen) else { return false }
      }
    }
    for index in seen.indices {
      let held = store.word(layout.heldBitmap &+ index)
      guard store.word(layout.bitmap &+ index) == seen[index] | held, seen[index] & held == 0 else {
        return false
      }
    }
    return directoriesEnd()
  }

  /// - Returns: false if the page was seen before, or is none that files can have.
  private func see(_ page: UInt64, _ seen: inout [UInt64]) -> Bool {
    guard page >= UInt64(layout.firstPage), page < UInt64(layout.pageCount) else { return false }
    let bit: UInt64 = 1 << (page & 63)
    guard seen[Int(page >> 6)] & bit == 0 else { return false }
    seen[Int(page >> 6)] |= bit
    return true
  }

  /// Going upwards from any directory ends at the root, or at one that was removed.
  private func directoriesEnd() -> Bool {
    for inode in 1..<inodeEnd where isDirectory(inode) {
      var current = inode
      var steps = 0
      while current != 0 {
        steps += 1
        guard steps <= layout.inodeCount else { return false }
        if links(current) == 0 { break }
        current = Int(truncatingIfNeeded: self[current, Layout.Inode.parent])
      }
    }
    return true
  }

  private func pagesAreOwn(_ inode: Int, _ seen: inout [UInt64]) -> Bool {
    let height = self[inode, Layout.Inode.height]
    let start = self[inode, Layout.Inode.mappedStart]
    let count = self[inode, Layout.Inode.mappedCount]
    guard height <= 3, size(inode) <= Limits.fileBytes else { return false }
    var pages: UInt64 = 0
    if count > 0 {
      guard start >= UInt64(layout.firstPage), count <= UInt64(layout.pageCount),
        start <= UInt64(layout.pageCount) &- count
      else { return false }
      for page in start..<start &+ count {
        guard see(page, &seen) else { return false }
      }
      pages = count
    }
    guard walk(self[inode, Layout.Inode.root], Int(height), &seen, &pages) else { return false }
    return self[inode, Layout.Inode.used] & Layout.Inode.usedMask == pages
  }

  private func walk(
    _ word: UInt64, _ height: Int, _ seen: inout [UInt64], _ pages: inout UInt64
  ) -> Bool {
    if word == 0 { return true }
    guard see(word, &seen) else { return false }
    let page = Int(word)
    pages &+= 1
    guard height > 0 else { return true }
    for branch in 0..<512 {
      guard walk(store.word(page &* 512 &+ branch), height &- 1, &seen, &pages) else {
        return false
      }
    }
    return true
  }
}
