// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

// Following paths. A path is looked at where it lies: nothing is allocated until a link is met, or a
// name is missing.

/// The components of a path, one after the other; a path that ends in a slash means a directory, and has
/// a component `.` behind its last.
struct PathComponents {
  private(set) var position = 0

  /// Where the next component lies; `nil` at the end. An empty range at the end stands for `.`.
  mutating func next(of path: Span<UInt8>) -> Range<Int>? {
    guard position < path.count else { return nil }
    var start = position
    while start < path.count, path[start] == 0x2F { start &+= 1 }
    if start == path.count {
      guard start > position, position > 0 else { return nil }
      position = start
      return start..<start
    }
    var end = start
    while end < path.count, path[end] != 0x2F { end &+= 1 }
    position = end
    return start..<end
  }

  /// Whether there is another one.
  func isAtEnd(of path: Span<UInt8>) -> Bool { position == path.count }
}

extension Span where Element == UInt8 {
  /// Whether this component leads nowhere else.
  fileprivate var isHere: Bool { isEmpty || count == 1 && self[0] == 0x2E }
}

extension FileHierarchy where Self: ~Copyable {
  /// Follows `path` from the directory `start`.
  ///
  /// - Throws: `notFound`, `notDirectory`, `accessDenied`, `tooManySymbolicLinks`, `nameTooLong`,
  ///   `invalidArgument` for a zero byte.
  public func follow(
    _ path: Span<UInt8>, from start: Node, followsLast: Bool, _ user: FileUser
  ) throws(SystemError) -> FilePlace<Node> {
    try Self.check(path)
    return try follow(path, from: start, followsLast: followsLast, user, linksFollowed: 0)
  }

  private func follow(
    _ path: Span<UInt8>, from start: Node, followsLast: Bool, _ user: FileUser, linksFollowed: Int
  ) throws(SystemError) -> FilePlace<Node> {
    var node = start
    var components = PathComponents()
    while let range = components.next(of: path) {
      let name = path.extracting(range)
      let access = try access(of: node)
      guard access.isDirectory else { throw .notDirectory }
      if name.isHere { continue }
      guard access.allows(1, to: user) else { throw .accessDenied }
      if name.equals("..") {
        node = try parent(of: node)
        continue
      }
      guard let found = try child(name, of: node) else {
        guard Self.leadsNoFurther(path, components), try hasName(node) else { throw .notFound }
        return .missing(directory: node, name: Text(name))
      }
      guard followsLast || !components.isAtEnd(of: path), try self.access(of: found).isLink else {
        node = found
        continue
      }
      guard linksFollowed < HierarchyLimits.linksFollowed else { throw .tooManySymbolicLinks }
      var next = try target(ofLink: found)
      if next.isEmpty { throw .notFound }
      let leavesScheme = next.hasPrefix("/") || SchemePath(older: next) != nil
      while let rest = components.next(of: path) {
        next.put("/")
        if rest.isEmpty { next.put(".") } else { next.put(path.extracting(rest)) }
      }
      if leavesScheme { return .elsewhere(next) }
      try Self.checkNames(next.span)
      return try follow(
        next.span, from: node, followsLast: followsLast, user, linksFollowed: linksFollowed &+ 1)
    }
    return .found(node)
  }

  /// Whether nothing is left of a path, but for one `.`: what is missing may be made there.
  private static func leadsNoFurther(_ path: Span<UInt8>, _ components: PathComponents) -> Bool {
    var components = components
    guard let last = components.next(of: path) else { return true }
    return path.extracting(last).isHere && components.next(of: path) == nil
  }

  /// Whether a path can be followed at all.
  private static func check(_ path: Span<UInt8>) throws(SystemError) {
    guard path.count <= HierarchyLimits.pathBytes else { throw .nameTooLong }
    for index in path.indices where path[index] == 0 { throw .invalidArgument }
    try checkNames(path)
  }

  private static func checkNames(_ path: Span<UInt8>) throws(SystemError) {
    if path.count <= nameBytes { return }
    var components = PathComponents()
    while let name = components.next(of: path) {
      guard name.count <= nameBytes else { throw .nameTooLong }
    }
  }

  /// Finds what is asked about, as opening it to ask would: with `noFollow` among the flags a link at
  /// the end of the path is meant itself, with `directory` only a directory.
  ///
  /// - Throws: what `follow` does; `crossDevice` for a path that leaves the scheme.
  public func find(
    _ path: Span<UInt8>, from start: Node, toAsk flags: OpenFlags, _ user: FileUser
  ) throws(SystemError) -> Node {
    switch try follow(path, from: start, followsLast: !flags.contains(.noFollow), user) {
    case .found(let node):
      if flags.contains(.directory), try !access(of: node).isDirectory { throw .notDirectory }
      return node
    case .missing: throw .notFound
    case .elsewhere: throw .crossDevice
    }
  }

  /// Finds what is to be opened, and whether it may be.
  ///
  /// - Returns: a file that exists, the directory and name of one to be made, or a place outside the
  ///   scheme, if the link itself was asked for.
  /// - Throws: what `follow` does; `alreadyExists`, `isDirectory`, `crossDevice` for a path that
  ///   leaves the scheme.
  public func find(
    _ path: Span<UInt8>, from start: Node, toOpen flags: OpenFlags, _ user: FileUser
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
      if isPlainFile, path[path.count &- 1] == 0x2F { throw .isDirectory }
    }
    return place
  }
}
