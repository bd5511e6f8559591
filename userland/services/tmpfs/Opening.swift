// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory

/// Who asks.
public struct FileUser: Equatable, Sendable {
  public var user: UInt32
  public var group: UInt32

  public init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }
}

/// Where a path leads.
public enum Place: Equatable, Sendable {
  case found(Int)
  /// The directory exists and has no such name.
  case missing(directory: Int, name: Text)
  /// Out of the scheme: whoever asks goes on at this path.
  case elsewhere(Text)
}

/// What opening a path comes to.
public enum Opened: Equatable, Sendable {
  case file(Int)
  /// Not a file but the text of this path: where a path leads that leaves the scheme.
  case place(Text)
}

// Following paths, and opening and making files.
extension Volume where Store: WordStore {
  /// Follows `path` from the directory `start`.
  ///
  /// - Throws: `notFound`, `notDirectory`, `accessDenied`, `tooManySymbolicLinks`, `nameTooLong`,
  ///   `invalidArgument` for a zero byte.
  public func follow(
    _ path: Text, from start: Int, followsLast: Bool, _ user: FileUser
  ) throws(SystemError) -> Place {
    var left = try components(of: path)
    var inode = start
    var followed = 0
    while let name = left.popLast() {
      guard isDirectory(inode) else { throw .notDirectory }
      if name == "." { continue }
      guard mayAccess(inode, 1, user: user.user, group: user.group) else { throw .accessDenied }
      if name == ".." {
        inode = Int(truncatingIfNeeded: self[inode, Layout.Inode.parent])
        continue
      }
      guard let slot = find(name.span, in: inode) else {
        guard left.isEmpty || left == ["."], links(inode) > 0 else { throw .notFound }
        return .missing(directory: inode, name: name)
      }
      let found = self.inode(ofName: slot)
      guard isLink(found), followsLast || !left.isEmpty else {
        inode = found
        continue
      }
      followed += 1
      guard followed <= Limits.linksFollowed else { throw .tooManySymbolicLinks }
      let target = text(ofLink: found)
      if target.isEmpty { throw .notFound }
      if target.hasPrefix("/") || SchemePath(older: target) != nil {
        left.reverse()
        return .elsewhere(left.isEmpty ? target : target + "/" + left.joined(by: "/"))
      }
      left += try components(of: target)
    }
    return .found(inode)
  }

  /// The components, last one first; a path that ends in a slash means a directory.
  private func components(of path: Text) throws(SystemError) -> [Text] {
    guard path.count <= Limits.pathBytes else { throw .nameTooLong }
    guard !path.contains(0) else { throw .invalidArgument }
    var parts: [Text] = []
    for part in path.split(at: 0x2F) where !part.isEmpty {
      guard part.count <= Limits.nameBytes else { throw .nameTooLong }
      parts.append(part)
    }
    if path.hasSuffix("/"), !parts.isEmpty { parts.append(".") }
    parts.reverse()
    return parts
  }

  /// Where a link leads, as it was written.
  public func text(ofLink inode: Int) -> Text {
    var text = Text()
    while text.count < Limits.pathBytes {
      let (place, count) = find(inode, at: UInt64(text.count), limit: Limits.pathBytes)
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
  ) throws(SystemError) -> Opened {
    let isExclusive = flags.contains(.create | .exclusive)
    let opensLink = flags.contains(.symbolicLink | .noFollow)
    let followsLast = !isExclusive && !flags.contains(.noFollow)
    switch try follow(path, from: start, followsLast: followsLast, user) {
    case .elsewhere(let place):
      guard flags.contains(.symbolicLink), !flags.contains(.create) else { throw .crossDevice }
      return .place(place)
    case .found(let inode):
      if isExclusive { throw .alreadyExists }
      if isLink(inode), !opensLink { throw .tooManySymbolicLinks }
      try check(inode, flags, user)
      if flags.contains(.truncate), isRegular(inode), size(inode) > 0 {
        try atomically { (volume) throws(SystemError) in
          volume.moveEnd(inode, to: 0, now)
          volume.note(mark, volume.word(for: inode), opens: true)
        }
        trim(inode)
      }
      return .file(inode)
    case .missing(let directory, let name):
      guard flags.contains(.create) else { throw .notFound }
      let isPlainFile = !flags.contains(.directory) && !flags.contains(.symbolicLink)
      if path.hasSuffix("/"), isPlainFile { throw .isDirectory }
      return .file(try make(name, in: directory, flags, mode, user, now, mark))
    }
  }

  private func check(
    _ inode: Int, _ flags: OpenFlags, _ user: FileUser
  ) throws(SystemError) {
    if flags.contains(.directory), !isDirectory(inode) { throw .notDirectory }
    let writes = flags.contains(.write) || flags.contains(.truncate)
    if isDirectory(inode), writes || flags.contains(.create) && !flags.contains(.directory) {
      throw .isDirectory
    }
    if flags.contains(.statOnly) || isLink(inode) { return }
    let wanted: UInt32 = (flags.contains(.read) ? 4 : 0) | (writes ? 2 : 0)
    guard mayAccess(inode, wanted, user: user.user, group: user.group) else {
      throw .accessDenied
    }
  }

  private mutating func make(
    _ name: Text, in directory: Int, _ flags: OpenFlags, _ mode: UInt32, _ user: FileUser,
    _ now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> Int {
    guard mayAccess(directory, 3, user: user.user, group: user.group) else { throw .accessDenied }
    let isDirectory = flags.contains(.directory)
    if isDirectory { try checkDepth(directory) }
    let type: UInt32
    if isDirectory {
      type = FileMode.directory
    } else {
      type = flags.contains(.symbolicLink) ? FileMode.symbolicLink : FileMode.regular
    }
    let (inode, slot) = try atomically { (volume) throws(SystemError) in
      // A directory with the set-group-id bit gives its group to what is made in it.
      let inherits = volume.mode(directory) & 0o2000 != 0
      let group =
        inherits
        ? UInt32(truncatingIfNeeded: volume[directory, Layout.Inode.group]) : user.group
      let bits = mode & 0o7777 | (inherits && isDirectory ? 0o2000 : 0)
      let inode = try volume.makeInode(type | bits, user: user.user, group: group, now: now)
      volume.set(inode, Layout.Inode.links, isDirectory ? 2 : 1)
      let slot = try volume.addName(name.span, in: directory, for: inode, now)
      if isDirectory {
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
