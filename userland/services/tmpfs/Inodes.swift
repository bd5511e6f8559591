// SPDX-License-Identifier: MIT
import ABI
import Core
import Hierarchy
import Memory

// Inodes: what a file is, apart from its names and bytes.
extension Volume where Store: WordStore {
  /// A word of an inode's record.
  @inline(__always)
  subscript(inode: Int, field: Int) -> UInt64 { store.word(layout.inode(inode, field)) }

  mutating func set(_ inode: Int, _ field: Int, _ value: UInt64) {
    set(layout.inode(inode, field), value)
  }

  public func mode(_ inode: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: self[inode, Layout.Inode.mode])
  }
  public func isDirectory(_ inode: Int) -> Bool {
    mode(inode) & FileMode.typeMask == FileMode.directory
  }
  public func isLink(_ inode: Int) -> Bool {
    mode(inode) & FileMode.typeMask == FileMode.symbolicLink
  }
  public func isRegular(_ inode: Int) -> Bool {
    mode(inode) & FileMode.typeMask == FileMode.regular
  }
  /// In bytes; of a directory, how many names it has.
  public func size(_ inode: Int) -> UInt64 { self[inode, Layout.Inode.size] }
  public func links(_ inode: Int) -> UInt64 { self[inode, Layout.Inode.links] }

  /// The word that stands for the file with clients; the root's is zero.
  public func word(for inode: Int) -> UInt64 {
    inode == 0 ? 0 : self[inode, Layout.Inode.generation] << 20 | UInt64(inode)
  }

  /// - Throws: `gone` if the file that the word stood for was deleted.
  public func inode(for word: UInt64) throws(SystemError) -> Int {
    let number = Int(truncatingIfNeeded: word & 0xF_FFFF)
    guard number < layout.inodeCount, mode(number) != 0, self.word(for: number) == word else {
      throw .gone
    }
    return number
  }

  /// - Throws: `noSpace`.
  mutating func makeInode(
    _ mode: UInt32, user: UInt32, group: UInt32, now: UInt64
  ) throws(SystemError) -> Int {
    guard freeInodes > 0 else { throw .noSpace }
    var inode = inodeHint
    while inode < inodeEnd, self[inode, Layout.Inode.mode] != 0 {
      inode = inode &+ 1 == layout.inodeCount ? 0 : inode &+ 1
    }
    inodeHint = inode
    if inode >= inodeEnd {
      try back(words: layout.inode(inode, 0)..<layout.inode(inode &+ 1, 0))
      set(Layout.inodeEnd, UInt64(inode &+ 1))
    }
    freeInodes &-= 1
    for field in 0..<Layout.Inode.words where self[inode, field] != 0 { set(inode, field, 0) }
    let generation = store.word(Layout.generation)
    // 43 bits, so that the word stays below 2^63.
    set(Layout.generation, generation &+ 1 < 1 << 43 ? generation &+ 1 : 1)
    set(inode, Layout.Inode.generation, generation)
    set(inode, Layout.Inode.mode, UInt64(mode))
    set(inode, Layout.Inode.user, UInt64(user))
    set(inode, Layout.Inode.group, UInt64(group))
    for field in Layout.Inode.accessed...Layout.Inode.created { set(inode, field, now) }
    return inode
  }

  public func status(_ inode: Int) -> FileStatus {
    var status = FileStatus()
    status.inode = UInt64(inode) &+ 1
    status.mode = mode(inode)
    status.links = UInt32(truncatingIfNeeded: links(inode))
    status.user = UInt32(truncatingIfNeeded: self[inode, Layout.Inode.user])
    status.group = UInt32(truncatingIfNeeded: self[inode, Layout.Inode.group])
    status.size = size(inode)
    status.blocks = (self[inode, Layout.Inode.used] & 0xFFFF_FFFF) &* 8
    status.accessed = self[inode, Layout.Inode.accessed]
    status.modified = self[inode, Layout.Inode.modified]
    status.changed = self[inode, Layout.Inode.changed]
    status.created = self[inode, Layout.Inode.created]
    return status
  }

  public func fileSystemStatus() -> FileSystemStatusRecord {
    var record = FileSystemStatusRecord()
    record.blocks = UInt64(layout.pageCount &- layout.firstPage)
    record.freeBlocks = UInt64(freePages)
    record.availableBlocks = UInt64(freePages)
    record.files = UInt64(layout.inodeCount)
    record.freeFiles = UInt64(min(freeInodes, freeNames))
    record.nameLimit = UInt64(Limits.nameBytes)
    return record
  }

  /// Changes mode, owner and times, as far as `user` may.
  /// - Throws: `notPermitted`.
  public mutating func setAttributes(
    _ inode: Int, _ attributes: FileAttributes, _ user: FileUser, now: UInt64, _ mark: RequestMark
  ) throws(SystemError) {
    let valid = attributes.valid
    let access = try access(of: inode).changed(by: attributes, user)
    try atomically { (volume) throws(SystemError) in
      volume.set(inode, Layout.Inode.mode, UInt64(access.mode))
      volume.set(inode, Layout.Inode.user, UInt64(access.user))
      volume.set(inode, Layout.Inode.group, UInt64(access.group))
      if valid & 8 != 0 { volume.set(inode, Layout.Inode.accessed, attributes.accessed) }
      if valid & 16 != 0 { volume.set(inode, Layout.Inode.modified, attributes.modified) }
      volume.set(inode, Layout.Inode.changed, now)
      volume.note(mark, 0)
    }
  }
}
