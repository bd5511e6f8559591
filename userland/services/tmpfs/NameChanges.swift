// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory

// Removing, adding and moving names of files that exist.
extension Volume where Store: WordStore {
  /// A name that exists and that `user` may remove.
  private func existing(
    _ path: Text, below directory: Int, _ user: FileUser
  ) throws(SystemError) -> (slot: Int, directory: Int, inode: Int) {
    let named = try nameToRemove(path, from: directory, user)
    guard let slot = find(path.span.extracting(named.name), in: named.directory) else {
      throw .notFound
    }
    return (slot, named.directory, named.node)
  }

  /// Removes a name.
  ///
  /// - Parameter ofDirectory: an empty directory is to be removed, and nothing else.
  /// - Returns: the file, if this was its last name: to be deleted once nobody has it open.
  public mutating func unlink(
    _ path: Text, below directory: Int, ofDirectory: Bool, _ user: FileUser, now: UInt64,
    _ mark: RequestMark
  ) throws(SystemError) -> Int? {
    let (slot, parent, inode) = try existing(path, below: directory, user)
    if ofDirectory {
      guard isDirectory(inode) else { throw .notDirectory }
      guard size(inode) == 0 else { throw .directoryNotEmpty }
    } else if isDirectory(inode) {
      throw .isDirectory
    }
    try atomically { (volume) throws(SystemError) in
      volume.removeName(slot, now)
      volume.dropLink(inode, from: parent, now)
      volume.note(mark, 0)
    }
    unindex(slot)
    return links(inode) == 0 ? inode : nil
  }

  /// Counts one name less; an empty directory has none after that.
  private mutating func dropLink(_ inode: Int, from parent: Int, _ now: UInt64) {
    if isDirectory(inode) {
      set(inode, Layout.Inode.links, 0)
      set(parent, Layout.Inode.links, links(parent) &- 1)
    } else {
      set(inode, Layout.Inode.links, links(inode) &- 1)
    }
    set(inode, Layout.Inode.changed, now)
  }

  /// Gives `inode` a further name.
  ///
  /// - Throws: `notPermitted` for a directory, `notFound` for a file without a name,
  ///   `alreadyExists`, `tooManyLinks`, `noSpace`.
  public mutating func link(
    _ inode: Int, as path: Text, below directory: Int, _ user: FileUser, now: UInt64,
    _ mark: RequestMark
  ) throws(SystemError) {
    guard !isDirectory(inode) else { throw .notPermitted }
    guard links(inode) > 0 else { throw .notFound }
    guard links(inode) < UInt64(Limits.links) else { throw .tooManyLinks }
    let (parent, name) = try nameToAdd(path, from: directory, user)
    guard find(path.span.extracting(name), in: parent) == nil else { throw .alreadyExists }
    let slot = try atomically { (volume) throws(SystemError) in
      let slot = try volume.addName(path.span.extracting(name), in: parent, for: inode, now)
      volume.set(inode, Layout.Inode.links, volume.links(inode) &+ 1)
      volume.set(inode, Layout.Inode.changed, now)
      volume.note(mark, 0)
      return slot
    }
    index(slot)
  }

  /// Moves a name, replacing what is there.
  ///
  /// - Returns: the file that was replaced, if it has no name left.
  /// - Throws: `notFound`, `directoryNotEmpty`, `isDirectory`, `notDirectory`, `invalidArgument`
  ///   for a directory moved into itself.
  public mutating func rename(
    _ path: Text, below directory: Int, to newPath: Text, below newDirectory: Int,
    _ user: FileUser, now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> Int? {
    let (slot, parent, inode) = try existing(path, below: directory, user)
    let (newParent, name) = try nameToAdd(newPath, from: newDirectory, user)
    let moved = isDirectory(inode)
    if moved { try checkMove(inode, to: newParent) }
    let oldSlot = find(newPath.span.extracting(name), in: newParent)
    var replaced: Int?
    if oldSlot != nil {
      let old = try existing(newPath, below: newDirectory, user).inode
      // Two names of one file: nothing is to be done.
      if old == inode {
        try atomically { (volume) throws(SystemError) in volume.note(mark, 0) }
        return nil
      }
      if isDirectory(old), !moved { throw .isDirectory }
      if !isDirectory(old), moved { throw .notDirectory }
      if isDirectory(old), size(old) > 0 { throw .directoryNotEmpty }
      replaced = old
    }
    let newSlot = try atomically { (volume) throws(SystemError) in
      let newSlot = try volume.addName(
        newPath.span.extracting(name), in: newParent, for: inode, now)
      volume.removeName(slot, now)
      if let oldSlot, let replaced {
        volume.removeName(oldSlot, now)
        volume.dropLink(replaced, from: newParent, now)
      }
      if moved, parent != newParent {
        volume.set(inode, Layout.Inode.parent, UInt64(newParent))
        volume.set(parent, Layout.Inode.links, volume.links(parent) &- 1)
        volume.set(newParent, Layout.Inode.links, volume.links(newParent) &+ 1)
      }
      volume.set(inode, Layout.Inode.changed, now)
      volume.note(mark, 0)
      return newSlot
    }
    unindex(slot)
    if let oldSlot { unindex(oldSlot) }
    index(newSlot)
    guard let replaced, links(replaced) == 0 else { return nil }
    return replaced
  }

  /// A directory must not come to lie below itself, nor so deep that its depth has no bound.
  private func checkMove(_ inode: Int, to directory: Int) throws(SystemError) {
    var current = directory
    for _ in 0..<Limits.depth {
      if current == inode { throw .invalidArgument }
      if current == 0 { return }
      current = Int(truncatingIfNeeded: self[current, Layout.Inode.parent])
    }
    throw .tooManyLinks
  }
}
