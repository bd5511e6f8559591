// SPDX-License-Identifier: MIT
import ABI
public import Base

/// A file, directory or link.
public struct ModelNode {
  public var mode: UInt32
  public var user: UInt32 = 0
  public var group: UInt32 = 0
  public var accessed: UInt64 = 0
  public var modified: UInt64 = 0
  /// Bytes, or a link's target.
  public var content: [UInt8] = []
  public var names: [Text: Int] = [:]
  public var device: Int = 0

  public init(mode: UInt32) { self.mode = mode }

  public var isDirectory: Bool { mode & FileMode.typeMask == FileMode.directory }
}

/// Files of all schemes, by number. Paths are absolute and normalised.
public struct ModelFiles {
  public internal(set) var nodes = [ModelNode(mode: FileMode.directory | 0o755)]
  /// Bytes that fit.
  public var capacity = 1 << 30
  public private(set) var used = 0

  public init() {}

  static func device(_ path: Text) -> Text {
    let place = SchemePath(absolute: path)
    return place.scheme
  }

  func exists(_ path: Text) -> Bool {
    (try? find(path, following: false)) != nil
  }

  /// Follows links on the way, and the last one if `following`.
  func find(_ path: Text, following: Bool, links: Int = 0) throws(SystemError) -> Int {
    guard links < 40 else { throw .tooManySymbolicLinks }
    var node = 0
    var place: Text = "/"
    let components = Path.components(of: path)
    for (index, name) in components.enumerated() {
      guard nodes[node].isDirectory else { throw .notDirectory }
      guard let next = nodes[node].names[name] else { throw .notFound }
      let isLast = index == components.count - 1
      if nodes[next].mode & FileMode.typeMask == FileMode.symbolicLink, !isLast || following {
        let target = Path.resolved(Text(nodes[next].content), from: place)
        let rest = Array(components[(index + 1)...]).joined(by: "/")
        return try find(
          Path.normalised(Path.join(target, rest)), following: following, links: links + 1)
      }
      node = next
      place = Path.join(place, name)
    }
    return node
  }

  private func parent(_ path: Text) throws(SystemError) -> Int {
    let node = try find(Path.parent(of: path), following: true)
    guard nodes[node].isDirectory else { throw .notDirectory }
    return node
  }

  mutating func add(_ path: Text, _ node: ModelNode, now: UInt64) throws(SystemError) -> Int {
    let directory = try parent(path)
    guard used + node.content.count <= capacity else { throw .noSpace }
    used += node.content.count
    var node = node
    node.modified = now
    node.accessed = now
    nodes.append(node)
    nodes[directory].names[Path.name(of: path)] = nodes.count - 1
    return nodes.count - 1
  }

  mutating func attach(_ path: Text, _ node: Int) throws(SystemError) {
    nodes[try parent(path)].names[Path.name(of: path)] = node
  }

  mutating func detach(_ path: Text) throws(SystemError) {
    let directory = try parent(path)
    guard let node = nodes[directory].names.removeValue(forKey: Path.name(of: path)) else {
      throw .notFound
    }
    // The bytes are free with the last name.
    if links(node) == 0 { used -= nodes[node].content.count }
  }

  mutating func rename(_ path: Text, _ newPath: Text) throws(SystemError) {
    let node = try find(path, following: false)
    if newPath.hasPrefix(path + "/") { throw .invalidArgument }
    if exists(newPath) {
      let old = try find(newPath, following: false)
      if old == node { return }
      if nodes[old].isDirectory {
        guard nodes[node].isDirectory else { throw .isDirectory }
        guard nodes[old].names.isEmpty else { throw .directoryNotEmpty }
      } else if nodes[node].isDirectory {
        throw .notDirectory
      }
      try detach(newPath)
    }
    nodes[try parent(path)].names[Path.name(of: path)] = nil
    try attach(newPath, node)
  }

  /// Takes as many bytes as fit; none fitting is `noSpace`.
  mutating func write(
    _ node: Int, at offset: Int, _ bytes: Span<UInt8>, now: UInt64
  ) throws(SystemError) -> Int {
    let room = capacity - used + max(0, nodes[node].content.count - offset)
    let count = min(bytes.count, room)
    guard count > 0 || bytes.isEmpty else { throw .noSpace }
    try resize(node, to: max(nodes[node].content.count, offset + count), now: now)
    for index in 0..<count { nodes[node].content[offset + index] = bytes[index] }
    return count
  }

  mutating func resize(_ node: Int, to length: Int, now: UInt64) throws(SystemError) {
    let growth = length - nodes[node].content.count
    guard used + growth <= capacity else { throw .noSpace }
    used += growth
    if growth < 0 {
      nodes[node].content.removeLast(-growth)
    } else {
      nodes[node].content += [UInt8](repeating: 0, count: growth)
    }
    nodes[node].modified = now
  }

  mutating func set(_ node: Int, _ attributes: FileAttributes, now: UInt64) {
    if attributes.valid & 1 != 0 {
      nodes[node].mode = nodes[node].mode & FileMode.typeMask | attributes.mode & 0o7777
    }
    if attributes.valid & 2 != 0 { nodes[node].user = attributes.user }
    if attributes.valid & 4 != 0 { nodes[node].group = attributes.group }
    if attributes.valid & 8 != 0 { nodes[node].accessed = attributes.accessed }
    if attributes.valid & 16 != 0 { nodes[node].modified = attributes.modified }
  }

  private func links(_ node: Int) -> Int {
    nodes.reduce(0) { $0 + $1.names.values.count { $0 == node } }
  }

  func status(_ node: Int) -> FileStatus {
    var status = FileStatus()
    status.inode = UInt64(node + 1)
    status.mode = nodes[node].mode
    status.links = UInt32(links(node))
    status.user = nodes[node].user
    status.group = nodes[node].group
    status.size = UInt64(nodes[node].content.count)
    status.blocks = (status.size + 511) / 512
    status.accessed = nodes[node].accessed
    status.modified = nodes[node].modified
    status.changed = nodes[node].modified
    return status
  }
}
