// SPDX-License-Identifier: MIT
import Core
import ABI
import Base

// Names that are to be removed, made and moved.
extension FileHierarchy where Self: ~Copyable {
  /// The directory that the last component of `path` lies in, and that component.
  /// - Throws: `busy` for the root, `invalidArgument` for `.` and `..`.
  public func lastName(
    of path: Text, from directory: Node, _ user: FileUser
  ) throws(SystemError) -> (directory: Node, name: Text) {
    var end = path.count
    while end > 0, path.bytes[end &- 1] == 0x2F { end &-= 1 }
    let trimmed = end == path.count ? path : Text(path.bytes[0..<end])
    guard !trimmed.isEmpty else { throw .busy }
    let middle = trimmed.lastIndex(of: 0x2F)
    let name = middle.map { Text(trimmed.bytes[($0 &+ 1)...]) } ?? trimmed
    guard !name.span.equals("."), !name.span.equals("..") else { throw .invalidArgument }
    guard name.count <= Self.nameBytes else { throw .nameTooLong }
    guard !name.contains(0) else { throw .invalidArgument }
    let above = middle.map { Text(trimmed.bytes[0..<$0]) } ?? Text()
    guard case .found(let parent) = try follow(above, from: directory, followsLast: true, user)
    else { throw .notFound }
    let access = try access(of: parent)
    guard access.isDirectory else { throw .notDirectory }
    guard access.allows(1, to: user) else { throw .accessDenied }
    return (parent, name)
  }

  /// A name that exists and that `user` may remove; a link is not followed.
  /// - Throws: `notFound`, `accessDenied`, `notPermitted` in a sticky directory.
  public func nameToRemove(
    _ path: Text, from directory: Node, _ user: FileUser
  ) throws(SystemError) -> NamedFile<Node> {
    let (parent, name) = try lastName(of: path, from: directory, user)
    guard let node = try child(name, of: parent) else { throw .notFound }
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

  /// A directory and a name that `user` may put there; whether it is there is another question.
  /// - Throws: `notFound` in a directory that was removed, `accessDenied`.
  public func nameToAdd(
    _ path: Text, from directory: Node, _ user: FileUser
  ) throws(SystemError) -> (directory: Node, name: Text) {
    let (parent, name) = try lastName(of: path, from: directory, user)
    guard try hasName(parent) else { throw .notFound }
    guard try access(of: parent).allows(3, to: user) else { throw .accessDenied }
    return (parent, name)
  }
}
