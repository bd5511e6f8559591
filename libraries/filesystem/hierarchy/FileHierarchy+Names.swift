// SPDX-License-Identifier: MIT
import Core
import ABI
import Base

// Names that are to be removed, made and moved.
extension FileHierarchy where Self: ~Copyable {
  /// The directory that the last component of `path` lies in, and where in the path that component is.
  /// - Throws: `busy` for the root, `invalidArgument` for `.` and `..`, `crossDevice` if the way to it
  ///   leaves the scheme.
  public func lastName(
    of path: Span<UInt8>, from directory: Node, _ user: FileUser
  ) throws(SystemError) -> (directory: Node, name: Range<Int>) {
    var end = path.count
    while end > 0, path[end &- 1] == 0x2F { end &-= 1 }
    guard end > 0 else { throw .busy }
    var start = end
    while start > 0, path[start &- 1] != 0x2F { start &-= 1 }
    let name = path.extracting(start..<end)
    guard !name.equals("."), !name.equals("..") else { throw .invalidArgument }
    guard name.count <= Self.nameBytes else { throw .nameTooLong }
    guard name.firstIndex(of: 0) == nil else { throw .invalidArgument }
    var parent = directory
    if start > 0 {
      let above = path.extracting(0..<start &- 1)
      switch try follow(above, from: directory, followsLast: true, user) {
      case .found(let found): parent = found
      case .missing: throw .notFound
      case .elsewhere: throw .crossDevice
      }
    }
    let access = try access(of: parent)
    guard access.isDirectory else { throw .notDirectory }
    guard access.allows(1, to: user) else { throw .accessDenied }
    return (parent, start..<end)
  }

  /// A name that exists and that `user` may remove; a link is not followed.
  /// - Throws: `notFound`, `accessDenied`, `notPermitted` in a sticky directory.
  public func nameToRemove(
    _ path: Span<UInt8>, from directory: Node, _ user: FileUser
  ) throws(SystemError) -> NamedFile<Node> {
    let (parent, name) = try lastName(of: path, from: directory, user)
    guard let node = try child(path.extracting(name), of: parent) else { throw .notFound }
    let access = try access(of: parent)
    guard access.allows(3, to: user) else { throw .accessDenied }
    // In a directory with the sticky bit, names are their owners' to remove.
    if access.mode & 0o1000 != 0, !user.isRoot, access.user != user.user,
      try self.access(of: node).user != user.user
    {
      throw .notPermitted
    }
    return NamedFile(directory: parent, name: name, node: node)
  }

  /// A directory, and where in the path the name is that `user` may put there; whether it is there is
  /// another question.
  /// - Throws: `notFound` in a directory that was removed, `accessDenied`.
  public func nameToAdd(
    _ path: Span<UInt8>, from directory: Node, _ user: FileUser
  ) throws(SystemError) -> (directory: Node, name: Range<Int>) {
    let (parent, name) = try lastName(of: path, from: directory, user)
    guard try hasName(parent) else { throw .notFound }
    guard try access(of: parent).allows(3, to: user) else { throw .accessDenied }
    return (parent, name)
  }
}
