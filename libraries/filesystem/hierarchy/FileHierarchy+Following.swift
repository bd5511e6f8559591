// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

// Following paths.
extension FileHierarchy where Self: ~Copyable {
  /// Follows `path` from the directory `start`.
  ///
  /// - Throws: `notFound`, `notDirectory`, `accessDenied`, `tooManySymbolicLinks`, `nameTooLong`,
  ///   `invalidArgument` for a zero byte.
  public func follow(
    _ path: Text, from start: Node, followsLast: Bool, _ user: FileUser
  ) throws(SystemError) -> FilePlace<Node> {
    var left = try Self.components(of: path)
    var node = start
    var followed = 0
    while let name = left.popLast() {
      let access = try access(of: node)
      guard access.isDirectory else { throw .notDirectory }
      if name.span.equals(".") { continue }
      guard access.allows(1, to: user) else { throw .accessDenied }
      if name.span.equals("..") {
        node = try parent(of: node)
        continue
      }
      guard let found = try child(name, of: node) else {
        guard left.count <= 1, left.allSatisfy({ $0.span.equals(".") }), try hasName(node) else {
          throw .notFound
        }
        return .missing(directory: node, name: name)
      }
      guard followsLast || !left.isEmpty, try self.access(of: found).isLink else {
        node = found
        continue
      }
      followed += 1
      guard followed <= HierarchyLimits.linksFollowed else { throw .tooManySymbolicLinks }
      let target = try target(ofLink: found)
      if target.isEmpty { throw .notFound }
      if target.hasPrefix("/") || SchemePath(older: target) != nil {
        left.reverse()
        return .elsewhere(left.isEmpty ? target : target + "/" + left.joined(by: "/"))
      }
      left += try Self.components(of: target)
    }
    return .found(node)
  }

  /// The components, last one first; a path that ends in a slash means a directory.
  private static func components(of path: Text) throws(SystemError) -> [Text] {
    guard path.count <= HierarchyLimits.pathBytes else { throw .nameTooLong }
    guard !path.contains(0) else { throw .invalidArgument }
    if !path.contains(0x2F), !path.isEmpty {
      guard path.count <= nameBytes else { throw .nameTooLong }
      return [path]
    }
    var parts: [Text] = []
    for part in path.split(at: 0x2F) where !part.isEmpty {
      guard part.count <= nameBytes else { throw .nameTooLong }
      parts.append(part)
    }
    if path.hasSuffix("/"), !parts.isEmpty { parts.append(".") }
    parts.reverse()
    return parts
  }

  /// Finds what is to be opened, and whether it may be.
  ///
  /// - Returns: a file that exists, the directory and name of one to be made, or a place outside the
  ///   scheme, if the link itself was asked for.
  /// - Throws: what `follow` does; `alreadyExists`, `isDirectory`, `crossDevice` for a path that
  ///   leaves the scheme.
  public func find(
    _ path: Text, from start: Node, toOpen flags: OpenFlags, _ user: FileUser
  ) throws(SystemError) -> FilePlace<Node> {
    let isExclusive = flags.contains(.create | .exclusive)
    let opensLink = flags.contains(.symbolicLink | .noFollow)
    let followsLast = !isExclusive && !flags.contains(.noFollow)
    let place = try follow(path, from: start, followsLast: followsLast, user)
    switch place {
    case .elsewhere:
      // With `noFollow` a link itself is wanted, and this one is on the way to it.
      guard flags.contains(.symbolicLink), !flags.contains(.noFollow), !flags.contains(.create)
      else { throw .crossDevice }
    case .found(let node):
      if isExclusive { throw .alreadyExists }
      let access = try access(of: node)
      if access.isLink, !opensLink { throw .tooManySymbolicLinks }
      try access.check(flags, user)
    case .missing:
      guard flags.contains(.create) else { throw .notFound }
      let isPlainFile = !flags.contains(.directory) && !flags.contains(.symbolicLink)
      if path.hasSuffix("/"), isPlainFile { throw .isDirectory }
    }
    return place
  }
}
