// SPDX-License-Identifier: MIT
import Core
import ABI
import Base
import Hierarchy
import Memory
import RedoxFS

// The volume as a tree of files, and where its nodes are.
extension MountedVolume: FileHierarchy {
  public static var nameBytes: Int { Layout.nameBytes }
  public static var root: UInt32 { 1 }

  /// What the volume knows of a node.
  /// - Throws: `gone` if there is none.
  func record(of node: UInt32) throws(SystemError) -> NodeRecord {
    do throws(FileSystemError) { return try files.record(of: node) } catch {
      throw report(error, node)
    }
  }

  /// Whoever changes a program that runs with its owner's rights takes them away, but root.
  /// - Returns: the mode that it has then, or 0 if that is the old one.
  func newMode(of file: NodeRecord, changedBy user: UInt32) -> UInt16 {
    user != 0 && file.mode & 0o6000 != 0 ? file.mode & ~0o6000 : 0
  }

  public func access(of node: UInt32) throws(SystemError) -> FileAccess {
    do throws(FileSystemError) {
      let (mode, user, group) = try files.access(of: node)
      return FileAccess(mode: UInt32(mode), user: user, group: group)
    } catch { throw report(error, node) }
  }

  public func child(
    _ name: Span<UInt8>, of directory: UInt32
  ) throws(SystemError) -> UInt32? {
    do throws(FileSystemError) {
      guard let found = try files.find(name, in: directory) else { return nil }
      places.note(found, directory, name)
      return found
    } catch { throw report(error, directory) }
  }

  public func hasName(_ node: UInt32) throws(SystemError) -> Bool { !files.isReleased(node) }

  public func target(ofLink link: UInt32) throws(SystemError) -> Text {
    do throws(FileSystemError) {
      return Text(try files.read(link, from: 0, count: HierarchyLimits.pathBytes))
    } catch { throw report(error, link) }
  }

  public func parent(of directory: UInt32) throws(SystemError) -> UInt32 {
    directory == Self.root ? directory : try place(of: directory).directory
  }

  /// A path of the file, without a slash before it.
  /// - Throws: `notFound` if it has no name any more.
  public func path(of node: UInt32) throws(SystemError) -> Text {
    var path = Text()
    var current = node
    for _ in 0..<Limits.depth {
      if current == Self.root { return path }
      let place = try place(of: current)
      path = path.isEmpty ? place.name : place.name + "/" + path
      current = place.directory
    }
    throw .tooManySymbolicLinks
  }

  /// The same, as far as it is known without asking the medium.
  func pathForMessage(of node: UInt32) -> Text {
    var path = Text()
    var current = node
    for _ in 0..<Limits.depth where current != Self.root {
      guard let place = places.place(of: current) else {
        var start: Text = "file "
        start.put(decimal: UInt64(current))
        return path.isEmpty ? start : start + "/" + path
      }
      path = path.isEmpty ? place.name : place.name + "/" + path
      current = place.directory
    }
    return "/" + path
  }

  /// A directory and a name in it that lead to the node: where it was last found, or else wherever a
  /// search through the whole volume finds it.
  private func place(of node: UInt32) throws(SystemError) -> (directory: UInt32, name: Text) {
    if files.isReleased(node) { throw .notFound }
    do throws(FileSystemError) {
      if let place = places.place(of: node), try isDirectory(place.directory),
        try files.find(place.name, in: place.directory) == node
      {
        return place
      }
      var waiting = [Self.root]
      var seen: UInt64 = 0
      while let directory = waiting.popLast() {
        seen &+= 1
        // More directories than blocks: they lie in one another.
        guard seen <= files.blockCount else { break }
        if let name = try search(directory, for: node, &waiting) { return (directory, name) }
      }
    } catch { throw report(error, node) }
    throw .notFound
  }

  /// Directories may have been removed since they were noted.
  private func isDirectory(_ node: UInt32) throws(FileSystemError) -> Bool {
    do throws(FileSystemError) { return try files.record(of: node).kind == .directory } catch {
      guard case .volume(.noNode) = error else { throw error }
      return false
    }
  }

  private func search(
    _ directory: UInt32, for node: UInt32, _ waiting: inout [UInt32]
  ) throws(FileSystemError) -> Text? {
    var cookie: UInt64 = 0
    while true {
      let entries = try files.entries(of: directory, after: cookie, limit: Limits.listedNames)
      guard let last = entries.last else { return nil }
      cookie = last.cookie
      for (entry, _) in entries {
        places.replace(entry.node, directory, entry.name.span)
        if entry.node == node { return entry.name }
        if try files.record(of: entry.node).kind == .directory { waiting.append(entry.node) }
      }
    }
  }
}
