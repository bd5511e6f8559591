// SPDX-License-Identifier: MIT
import Archive
import ArchiveTree
import Memory
import System

/// The initial files, read where the loader put them: init must not wait for a server that it is
/// itself to bring back.
final class Initrd {
  let memory: MemoryObject
  let tree: FileTree
  private let bytes: SharedBytes

  /// - Throws: `badExecutable` if an archive is damaged.
  init() throws(SystemError) {
    memory = MemoryObject(OwnedHandle(try File("/scheme/sys/initrd", .read).release()))
    let mapping = try memory.map(
      byteCount: Int(clamping: try memory.status().length), .read | .shared)
    tree = try Self.tree(mapping)
    bytes = mapping.shared()
  }

  private static func tree(_ mapping: borrowing Mapping) throws(SystemError) -> FileTree {
    do throws(ArchiveError) {
      return try FileTree(initrd: mapping.bytes)
    } catch {
      say("the initrd is damaged: ", Text(error.cause.explanation))
      throw .badExecutable
    }
  }

  /// The file at `path`, links followed; `nil` if there is none.
  func file(_ path: Text) -> FileTree.Node? {
    guard case .found(let node) = tree.look(up: path, from: FileTree.root, followsLast: true),
      tree.nodes[node].kind == .file
    else { return nil }
    return tree.nodes[node]
  }

  /// The contents of a file, or as much of its beginning as `limit` says.
  func contents(of file: FileTree.Node, upTo limit: Int = .max) -> [UInt8] {
    let start = Int(truncatingIfNeeded: file.start)
    let count = min(Int(truncatingIfNeeded: file.byteCount), limit)
    var contents: [UInt8] = []
    contents.reserveCapacity(count)
    for index in 0..<count {
      contents.append(bytes.load(at: start + index, as: UInt8.self))
    }
    return contents
  }

  /// The names of the files in a directory.
  func names(in directory: Text) -> [Text] {
    guard case .found(let node) = tree.look(up: directory, from: FileTree.root, followsLast: true)
    else { return [] }
    var names: [Text] = []
    var last = node
    while let next = tree.nextChild(of: node, after: last) {
      if tree.nodes[next].kind == .file { names.append(tree.name(of: next)) }
      last = next
    }
    return names
  }

  /// The program that a script calls `name`, if it is one of the initial files.
  func program(_ name: Text) -> FileTree.Node? {
    if !name.contains(0x2F) { return file("bin/" + name) }
    let place = SchemePath(absolute: name)
    guard place.scheme == "initfs" || place.scheme == "file" else { return nil }
    return file(place.rest)
  }
}
