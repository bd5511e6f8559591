// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory

// The volume as a tree of files.
extension Volume: FileHierarchy {
  public typealias Node = Int
  public static var nameBytes: Int { Limits.nameBytes }

  public func access(of inode: Int) -> FileAccess {
    FileAccess(
      mode: mode(inode), user: UInt32(truncatingIfNeeded: self[inode, Layout.Inode.user]),
      group: UInt32(truncatingIfNeeded: self[inode, Layout.Inode.group]))
  }

  public func child(_ name: Span<UInt8>, of directory: Int) -> Int? {
    find(name, in: directory).map { inode(ofName: $0) }
  }

  public func parent(of directory: Int) -> Int {
    Int(truncatingIfNeeded: self[directory, Layout.Inode.parent])
  }

  public func hasName(_ inode: Int) -> Bool { links(inode) > 0 }

  public func target(ofLink inode: Int) -> Text { text(ofLink: inode) }
}

// Opening and making files.
extension Volume where Store: WordStore {
  /// Where a link leads, as it was written.
  public func text(ofLink inode: Int) -> Text {
    var text = Text()
    while text.count < HierarchyLimits.pathBytes {
      let (place, count) = find(inode, at: UInt64(text.count), limit: HierarchyLimits.pathBytes)
      guard count > 0, let place else { return text }
      for index in place..<place &+ count { text.put(store.byte(at: index)) }
    }
    return text
  }

  /// Opens `path` below the directory `start`, making it if `flags` say so.
  ///
  /// - Parameter mode: permission bits for what is made.
  /// - Throws: what `follow` does; `alreadyExists`, `isDirectory`, `crossDevice` for a path that
  ///   leaves the scheme, `noSpace`.
  public mutating func open(
    _ path: Text, below start: Int, _ flags: OpenFlags, mode: UInt32, _ user: FileUser,
    now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> OpenedFile<Int> {
    switch try find(path, from: start, toOpen: flags, user) {
    case .elsewhere(let place): return .place(place)
    case .found(let inode):
      if flags.contains(.truncate), isRegular(inode), size(inode) > 0 {
        try atomically { (volume) throws(SystemError) in
          volume.moveEnd(inode, to: 0, now)
          volume.note(mark, volume.word(for: inode), opens: true)
        }
        trim(inode)
      }
      return .file(inode)
    case .missing(let directory, let name):
      return .file(try make(name, in: directory, flags, mode, user, now, mark))
    }
  }

  private mutating func make(
    _ name: Text, in directory: Int, _ flags: OpenFlags, _ mode: UInt32, _ user: FileUser,
    _ now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> Int {
    let new = try access(of: directory).ofNew(flags, mode: mode, user)
    if new.isDirectory { try checkDepth(directory) }
    let (inode, slot) = try atomically { (volume) throws(SystemError) in
      let inode = try volume.makeInode(new.mode, user: new.user, group: new.group, now: now)
      volume.set(inode, Layout.Inode.links, new.isDirectory ? 2 : 1)
      let slot = try volume.addName(name.span, in: directory, for: inode, now)
      if new.isDirectory {
        volume.set(inode, Layout.Inode.parent, UInt64(directory))
        volume.set(directory, Layout.Inode.links, volume.links(directory) &+ 1)
      }
      volume.note(mark, volume.word(for: inode), opens: true)
      return (inode, slot)
    }
    index(slot)
    return inode
  }

  private func checkDepth(_ directory: Int) throws(SystemError) {
    var depth = 1
    var current = directory
    while current != 0 {
      depth += 1
      guard depth < Limits.depth else { throw .tooManyLinks }
      current = Int(truncatingIfNeeded: self[current, Layout.Inode.parent])
    }
  }
}
