// SPDX-License-Identifier: MIT
import Core
import ABI
import Base

/// A tree of files, as far as paths and permissions are concerned. A node is a file, a directory or a
/// link, whatever its names are.
public protocol FileHierarchy: ~Copyable {
  associatedtype Node: Equatable

  /// Bytes in a name.
  static var nameBytes: Int { get }
  func access(of node: Node) throws(SystemError) -> FileAccess
  /// What `name` leads to in `directory`, which is one; `nil` if it has no such name.
  func child(_ name: Span<UInt8>, of directory: Node) throws(SystemError) -> Node?
  /// The directory that a directory lies in; the root lies in itself.
  func parent(of directory: Node) throws(SystemError) -> Node
  /// Whether the node can be reached by a name, or is the root.
  func hasName(_ node: Node) throws(SystemError) -> Bool
  /// Where a link leads, as it was written.
  func target(ofLink link: Node) throws(SystemError) -> Text
}

/// Where a path leads.
public enum FilePlace<Node> {
  case found(Node)
  /// The directory exists and has no such name.
  case missing(directory: Node, name: Text)
  /// Out of the scheme: whoever asks goes on at this path.
  case elsewhere(Text)
}

extension FilePlace: Equatable where Node: Equatable {}
extension FilePlace: Sendable where Node: Sendable {}

/// What opening a path comes to.
public enum OpenedFile<Node> {
  case file(Node)
  /// Not a file but the text of this path: where a path leads that leaves the scheme.
  case place(Text)
}

extension OpenedFile: Equatable where Node: Equatable {}
extension OpenedFile: Sendable where Node: Sendable {}

/// A name that exists.
public struct NamedFile<Node> {
  public var directory: Node
  /// Where it stands in the path that was followed.
  public var name: Range<Int>
  public var node: Node
}

// The same questions for paths that are texts.
extension FileHierarchy where Self: ~Copyable {
  public func follow(
    _ path: Text, from start: Node, followsLast: Bool, _ user: FileUser
  ) throws(SystemError) -> FilePlace<Node> {
    try follow(path.span, from: start, followsLast: followsLast, user)
  }

  public func find(
    _ path: Text, from start: Node, toOpen flags: OpenFlags, _ user: FileUser
  ) throws(SystemError) -> FilePlace<Node> {
    try find(path.span, from: start, toOpen: flags, user)
  }

  public func nameToRemove(
    _ path: Text, from directory: Node, _ user: FileUser
  ) throws(SystemError) -> NamedFile<Node> {
    try nameToRemove(path.span, from: directory, user)
  }

  public func nameToAdd(
    _ path: Text, from directory: Node, _ user: FileUser
  ) throws(SystemError) -> (directory: Node, name: Range<Int>) {
    try nameToAdd(path.span, from: directory, user)
  }
}

public enum HierarchyLimits {
  /// Bytes in a path, and in a link's target.
  public static var pathBytes: Int { 4096 }
  /// Links followed on one path.
  public static var linksFollowed: Int { 16 }
  /// Texts kept that say where a path leads which leaves the scheme.
  public static var places: Int { 64 }
}
