// SPDX-License-Identifier: MIT
import Base
import Core

// What programs ask of a file system, by the identifiers of nodes and names in directories.

/// What a new file begins with.
public struct NewNode: Sendable {
  public var kind: NodeKind
  /// POSIX permission bits.
  public var permissions: UInt16
  public var user: UInt32
  public var group: UInt32

  public init(_ kind: NodeKind, permissions: UInt16, user: UInt32, group: UInt32) {
    self.kind = kind
    self.permissions = permissions
    self.user = user
    self.group = group
  }
}

extension FileSystem {
  public static var rootIdentifier: UInt32 { 1 }

  /// What there is to know of a node.
  public func record(of identifier: UInt32) throws(FileSystemError) -> NodeRecord {
    try checkedRecord(of: try node(identifier))
  }

  /// What a node's record says of who may do what, for those who need no more of it.
  public func access(
    of identifier: UInt32
  ) throws(FileSystemError) -> (mode: UInt16, user: UInt32, group: UInt32) {
    let node = try node(identifier)
    try checkRecord(of: node)
    return (node.record.mode, node.record.user, node.record.group)
  }

  /// Changes owner, permissions and times; what else the record has is kept.
  public func setAttributes(
    of identifier: UInt32, _ change: (inout NodeRecord) -> Void
  ) throws(FileSystemError) {
    try begin(cost: Self.nodeCost, keepsReserve: false)
    let node = try node(identifier)
    let old = try checkedRecord(of: node)
    var new = old
    change(&new)
    new.mode = old.mode & 0xF000 | new.mode & 0xFFF
    new.links = old.links
    new.byteCount = old.byteCount
    new.blockCount = old.blockCount
    new.recordLevel = old.recordLevel
    new.flags = old.flags
    setRecord(new, of: node)
  }

  /// Makes an empty node and gives it a name.
  /// - Returns: its identifier.
  public func make(
    _ new: NewNode, _ name: Span<UInt8>, in directory: UInt32, now: Timestamp
  ) throws(FileSystemError) -> UInt32 {
    try check(name)
    try begin(cost: 2 &* Self.nodeCost &+ Self.nameCost)
    let parent = try directoryNode(directory)
    guard try find(name, in: directory) == nil else { throw .exists }
    try prepareAdding(name, to: parent)
    let (identifier, node) = try makeNode(Self.record(of: new, now))
    node.isClearBehindEnd = true
    try change { () throws(FileSystemError) in
      try add(name, for: identifier, to: parent)
    }
    touch(parent, now)
    trimCache()
    return identifier
  }

  static func record(of new: NewNode, _ now: Timestamp) -> NodeRecord {
    var record = NodeRecord()
    record.mode = new.kind.rawValue | new.permissions & 0xFFF
    record.user = new.user
    record.group = new.group
    record.links = 1
    record.blockCount = 1
    record.changed = now
    record.modified = now
    record.accessed = now
    record.recordLevel = new.kind == .file ? UInt32(Layout.highestLevel) : 0
    record.setInline(new.kind != .directory)
    return record
  }

  /// Gives a node, which is no directory, another name.
  public func link(
    _ identifier: UInt32, as name: Span<UInt8>, in directory: UInt32, now: Timestamp
  ) throws(FileSystemError) {
    try check(name)
    try begin(cost: 2 &* Self.nodeCost &+ Self.nameCost)
    let node = try node(identifier)
    var record = try checkedRecord(of: node)
    guard record.kind != .directory else { throw .isDirectory }
    guard record.links < UInt32.max else { throw .tooManyLinks }
    let parent = try directoryNode(directory)
    guard try find(name, in: directory) == nil else { throw .exists }
    try prepareAdding(name, to: parent)
    try change { () throws(FileSystemError) in
      try add(name, for: identifier, to: parent)
    }
    record.links &+= 1
    record.changed = now
    setRecord(record, of: node)
    touch(parent, now)
  }

  /// Removes the name of a node that is no directory.
  /// - Parameter isOpen: somebody has the node open: without a name it stays until `release`.
  /// - Returns: the node's identifier, and whether it has no name any more.
  @discardableResult
  public func unlink(
    _ name: Span<UInt8>, from directory: UInt32, isOpen: (UInt32) -> Bool = { _ in false },
    now: Timestamp
  ) throws(FileSystemError) -> (node: UInt32, isUnnamed: Bool) {
    try begin(cost: 3 &* Self.nodeCost, keepsReserve: false)
    let parent = try directoryNode(directory)
    guard let identifier = try find(name, in: directory) else { throw .notFound }
    let record = try checkedRecord(of: try node(identifier))
    guard record.kind != .directory else { throw .isDirectory }
    let isOpen = record.links <= 1 && isOpen(identifier)
    let isUnnamed = try change { () throws(FileSystemError) in
      _ = try removeName(name, from: parent)
      touch(parent, now)
      return try dropLink(identifier, isOpen: isOpen, now)
    }
    trimCache()
    return (identifier, isUnnamed)
  }

  /// Removes an empty directory.
  /// - Returns: its identifier.
  @discardableResult
  public func removeDirectory(
    _ name: Span<UInt8>, from directory: UInt32, isOpen: (UInt32) -> Bool = { _ in false },
    now: Timestamp
  ) throws(FileSystemError) -> UInt32 {
    try begin(cost: 3 &* Self.nodeCost, keepsReserve: false)
    guard let identifier = try find(name, in: directory) else { throw .notFound }
    _ = try directoryNode(identifier)
    guard identifier != directory, try isEmpty(identifier) else { throw .notEmpty }
    let isOpen = isOpen(identifier)
    let parent = try directoryNode(directory)
    try change { () throws(FileSystemError) in
      _ = try removeName(name, from: parent)
      touch(parent, now)
      _ = try dropLink(identifier, isOpen: isOpen, now)
    }
    return identifier
  }

  private func isEmpty(_ directory: UInt32) throws(FileSystemError) -> Bool {
    try record(of: directory).byteCount == 0
  }

  /// Moves a name. What has the new name already is removed, if it is of the same sort: a file, or an
  /// empty directory.
  /// - Returns: the node that was removed, if there was one, and has no name any more.
  @discardableResult
  public func rename(
    _ name: Span<UInt8>, from directory: UInt32, to newName: Span<UInt8>, in newDirectory: UInt32,
    isOpen: (UInt32) -> Bool = { _ in false }, now: Timestamp
  ) throws(FileSystemError) -> UInt32? {
    try check(newName)
    try begin(cost: 4 &* Self.nodeCost &+ Self.nameCost)
    _ = try directoryNode(newDirectory)
    guard let moved = try find(name, in: directory) else { throw .notFound }
    let replaced = try find(newName, in: newDirectory)
    // Two names of one file stay as they are, says POSIX.
    if replaced == moved { return nil }
    let isDirectory = try record(of: moved).kind == .directory
    if isDirectory, try lies(newDirectory, in: moved) { throw .loop }
    if let replaced {
      let isReplacedDirectory = try record(of: replaced).kind == .directory
      if isReplacedDirectory, !isDirectory { throw .isDirectory }
      if !isReplacedDirectory, isDirectory { throw .notDirectory }
      if isReplacedDirectory, try !isEmpty(replaced) { throw .notEmpty }
    }
    // Looking at all that lies below a directory may have dropped these from memory.
    let source = try directoryNode(directory)
    let target = try directoryNode(newDirectory)
    try prepareAdding(newName, to: target)
    var isReplacedOpen = false
    if let replaced, try record(of: replaced).links <= 1 { isReplacedOpen = isOpen(replaced) }
    return try change { () throws(FileSystemError) in
      if replaced != nil { _ = try removeName(newName, from: target) }
      _ = try removeName(name, from: source)
      try add(newName, for: moved, to: target)
      touch(source, now)
      touch(target, now)
      let node = try node(moved)
      var record = try checkedRecord(of: node)
      record.changed = now
      setRecord(record, of: node)
      guard let replaced else { return nil }
      return try dropLink(replaced, isOpen: isReplacedOpen, now) ? replaced : nil
    }
  }

  /// Whether `directory` is `other`, or somewhere below it. Directories do not know their parents, so
  /// all below `other` is looked at.
  private func lies(_ directory: UInt32, in other: UInt32) throws(FileSystemError) -> Bool {
    var waiting = [other]
    var seen: UInt64 = 0
    while let next = waiting.popLast() {
      if next == directory { return true }
      seen &+= 1
      // More directories than blocks: they lie in one another.
      guard seen <= blockCount else { return true }
      var cookie: UInt64 = 0
      while true {
        let entries = try entries(of: next, after: cookie, limit: 256)
        guard let last = entries.last else { break }
        cookie = last.cookie
        for (entry, _) in entries where try record(of: entry.node).kind == .directory {
          waiting.append(entry.node)
        }
      }
    }
    return false
  }

  /// A name is gone. Without any the node goes too, unless it is open.
  /// - Returns: whether it has no name any more.
  private func dropLink(
    _ identifier: UInt32, isOpen: Bool, _ now: Timestamp
  ) throws(FileSystemError) -> Bool {
    let node = try node(identifier)
    var record = try checkedRecord(of: node)
    if record.links > 1 {
      record.links &-= 1
      record.changed = now
      setRecord(record, of: node)
      return false
    }
    if isOpen {
      released.append(identifier)
      dirty.mark(header)
    } else {
      try removeContents(of: node)
      try removeNode(identifier)
    }
    return true
  }

  private func touch(_ directory: CachedBlock, _ now: Timestamp) {
    var record = record(of: directory)
    record.modified = now
    record.changed = now
    setRecord(record, of: directory)
  }

  private func check(_ name: Span<UInt8>) throws(FileSystemError) {
    guard name.isAllowedName else { throw .invalidName }
  }
}
