// SPDX-License-Identifier: MIT
public import ABI
import Archive
public import ArchiveTree
public import Base
import Core

/// What opening a path comes to.
public enum Opened: Equatable, Sendable {
  case node(Int)
  /// Not a file but the text of this path: where a path leads that leaves the scheme. Asked for with
  /// `symbolicLink` alone, after an open that said `crossDevice`.
  case place(Text)
}

extension FileTree {
  /// Opens `path` below the directory `start` for `user`, as nothing but reading allows.
  ///
  /// - Throws: `notFound`, `notDirectory`, `tooManySymbolicLinks`; `crossDevice` if a link leads out of
  ///   the scheme; `readOnlyFileSystem` for what would change it, `alreadyExists`, `isDirectory`;
  ///   `accessDenied` if the file's mode keeps others than root from it.
  @export(interface)
  public func open(
    _ path: Text, below start: Int, _ flags: OpenFlags, user: UInt32
  ) throws(SystemError) -> Opened {
    guard nodes.indices.contains(start) else { throw .gone }
    let opensLink = flags.contains(.symbolicLink | .noFollow)
    switch look(up: path, from: start, followsLast: !opensLink) {
    case .found(let node):
      try check(node, flags, user)
      return .node(node)
    case .elsewhere(let place):
      // With `noFollow` a link itself is wanted, and this one is on the way to it.
      guard flags.contains(.symbolicLink), !flags.contains(.noFollow) else { throw .crossDevice }
      return .place(place)
    case .notFound:
      throw flags.contains(.create) ? .readOnlyFileSystem : .notFound
    case .notDirectory: throw .notDirectory
    case .tooManyLinks: throw .tooManySymbolicLinks
    }
  }

  /// The node that is asked about; with `noFollow` a link at the end of the path, with `directory` only
  /// a directory.
  ///
  /// - Throws: what `open` does for reading.
  @export(interface)
  public func find(
    _ path: Text, below start: Int, toAsk flags: OpenFlags, user: UInt32
  ) throws(SystemError) -> Int {
    var asking: OpenFlags = flags | .statOnly
    if flags.contains(.noFollow) { asking.insert(.symbolicLink) }
    guard case .node(let node) = try open(path, below: start, asking, user: user) else {
      throw .crossDevice
    }
    return node
  }

  private func check(_ node: Int, _ flags: OpenFlags, _ user: UInt32) throws(SystemError) {
    let file = nodes[node]
    if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
    if flags.contains(.directory), file.kind != .directory { throw .notDirectory }
    if flags.contains(.write) || flags.contains(.truncate) {
      throw file.kind == .directory ? .isDirectory : .readOnlyFileSystem
    }
    if user != 0, !flags.contains(.statOnly), file.mode & 0o004 == 0 { throw .accessDenied }
  }

  /// The status of a node. Everything belongs to root.
  @export(interface)
  public func status(of node: Int) -> FileStatus {
    let file = nodes[node]
    var status = FileStatus()
    status.inode = UInt64(node) + 1
    switch file.kind {
    case .file: status.mode = FileMode.regular
    case .directory: status.mode = FileMode.directory
    case .symbolicLink: status.mode = FileMode.symbolicLink
    }
    status.mode |= file.mode
    status.links = 1
    status.size = file.byteCount
    status.blocks = (file.byteCount &+ 511) / 512
    let time = file.modified.multipliedReportingOverflow(by: 1_000_000_000)
    if !time.overflow {
      status.modified = time.partialValue
      status.changed = time.partialValue
      status.accessed = time.partialValue
      status.created = time.partialValue
    }
    return status
  }
}
