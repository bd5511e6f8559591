// SPDX-License-Identifier: MIT
public import Archive
public import Base
import Core

/// The files of all archives of the initrd as one read-only tree.
///
/// The nodes are numbered in rising order of path, the root first; the same archives give the same
/// numbers, so a number still means the same file to a server that was started again.
public struct FileTree: Sendable {
  /// A file, directory or symbolic link.
  public struct Node: Equatable, Sendable {
    public var path: Text
    public var kind: ArchiveEntry.Kind
    /// The POSIX permission bits.
    public var mode: UInt32
    /// Where its contents stand, from the initrd's start, in bytes.
    public var start: UInt64
    public var byteCount: UInt64
    /// Seconds since 1970, or zero.
    public var modified: UInt64
    /// The directory that it lies in.
    public var parent: Int
    /// The number after those of all that lies in it.
    public var end: Int
    /// Where a symbolic link points.
    public var target = Text()
  }

  public private(set) var nodes: [Node]

  public static var root: Int { 0 }

  /// No files but an empty root.
  public init() {
    nodes = [
      Node(
        path: Text(), kind: .directory, mode: 0o755, start: 0, byteCount: 0, modified: 0,
        parent: 0, end: 1)
    ]
  }

  /// Reads the archives that stand one after another in `initrd`.
  ///
  /// A path that stands in several archives is that of the last one, but for directories: what is one
  /// in any archive is one here.
  /// - Throws: what is wrong with an archive.
  @export(interface)
  public init(initrd: Span<UInt8>) throws(ArchiveError) {
    self.init()
    var archives = ArchiveSequence(initrd)
    var start: UInt64 = 0
    var found: [Node] = []
    while let archive = try archives.next() {
      for index in 0..<archive.count {
        found.append(Self.node(archive.entry(at: index), archive, start))
      }
      start &+= UInt64(archive.byteCount)
    }
    // Within one archive the order is bytewise, where "a-b" comes between "a" and "a/b"; here what
    // lies in a directory follows it at once.
    Self.sort(&found)
    for node in found {
      if let last = nodes.last, last.path == node.path, nodes.count > 1 {
        if last.kind != .directory || node.kind == .directory { nodes[nodes.count - 1] = node }
      } else {
        nodes.append(node)
      }
    }
    connect()
  }

  private static func node(
    _ entry: ArchiveEntry, _ archive: borrowing ArchiveReader, _ start: UInt64
  ) -> Node {
    var node = Node(
      path: Text(archive.name(of: entry)), kind: entry.kind, mode: entry.mode,
      start: start &+ entry.contents.start, byteCount: entry.contents.byteCount,
      modified: entry.modified, parent: 0, end: 0)
    if entry.kind == .symbolicLink { node.target = Text(archive.contents(of: entry)) }
    return node
  }

  /// Sorts stably by path, with a slash before every other byte.
  private static func sort(_ nodes: inout [Node]) {
    var width = 1
    while width < nodes.count {
      var sorted: [Node] = []
      sorted.reserveCapacity(nodes.count)
      var start = 0
      while start < nodes.count {
        let middle = min(start + width, nodes.count)
        let end = min(middle + width, nodes.count)
        var left = start
        var right = middle
        while left < middle || right < end {
          if right == end || left < middle && !precedes(nodes[right].path, nodes[left].path) {
            sorted.append(nodes[left])
            left += 1
          } else {
            sorted.append(nodes[right])
            right += 1
          }
        }
        start = end
      }
      nodes = sorted
      width *= 2
    }
  }

  /// Whether `left` comes before `right` when a directory's contents follow it at once.
  private static func precedes(_ left: Text, _ right: Text) -> Bool {
    var index = 0
    while index < left.count, index < right.count, left[index] == right[index] { index += 1 }
    guard index < right.count else { return false }
    guard index < left.count else { return true }
    return rank(left[index]) < rank(right[index])
  }

  private static func rank(_ byte: UInt8) -> Int { byte == 0x2F ? -1 : Int(byte) }

  /// Finds parents and ends. An archive has an entry for each directory before what lies in it.
  private mutating func connect() {
    var open = [0]
    for index in 1..<max(nodes.count, 1) {
      while open.count > 1, let last = open.last, !isInside(nodes[index].path, nodes[last].path) {
        nodes[last].end = index
        open.removeLast()
      }
      nodes[index].parent = open[open.count - 1]
      if nodes[index].kind == .directory {
        open.append(index)
      } else {
        nodes[index].end = index + 1
      }
    }
    for directory in open { nodes[directory].end = nodes.count }
  }

  private func isInside(_ path: Text, _ directory: Text) -> Bool {
    path.count > directory.count && path[directory.count] == 0x2F && path.hasPrefix(directory)
  }
}

// MARK: Looking around

extension FileTree {
  /// The name of a node in its directory.
  @export(interface)
  public func name(of node: Int) -> Text {
    let path = nodes[node].path
    guard let slash = path.lastIndex(of: 0x2F) else { return path }
    return path[(slash + 1)...]
  }

  /// What `name` is in `directory`, or `nil`.
  @export(interface)
  public func child(_ name: Span<UInt8>, of directory: Int) -> Int? {
    var index = directory + 1
    while index < nodes[directory].end {
      if nodes[index].parent == directory, hasName(index, name) { return index }
      index = max(nodes[index].end, index + 1)
    }
    return nil
  }

  /// The first entry of `directory` whose number is above `node`, or `nil`.
  @export(interface)
  public func nextChild(of directory: Int, after node: Int) -> Int? {
    var index = node <= directory ? directory + 1 : max(nodes[node].end, node + 1)
    while index < nodes[directory].end {
      if nodes[index].parent == directory { return index }
      index = max(nodes[index].end, index + 1)
    }
    return nil
  }

  private func hasName(_ node: Int, _ name: Span<UInt8>) -> Bool {
    let path = nodes[node].path
    let start = path.count - name.count
    guard start == 0 || start > 0 && path[start - 1] == 0x2F else { return false }
    return path.span.extracting(start..<path.count).equals(name)
  }
}
