// SPDX-License-Identifier: MIT
import Archive
import ArchiveTree
import InitialFiles
import Schemes
import System

/// The scheme `initfs` over the tree of files.
///
/// The word of an open file is its node's number, which means the same to a successor. The words of
/// texts that tell where a path leads count on from the nodes; a successor does not know them, and the
/// runtime, which reads such a text at once, asks again.
struct InitialFileServer: SchemeServer, ~Copyable {
  typealias File = UInt64

  private let tree: FileTree
  private let initrd: MemoryObject
  private let bytes: SharedBytes
  /// Where the last paths lead that left the scheme, the newest replacing the oldest.
  private var places: [Text] = []
  private var placesMade = 0

  private static var placeLimit: Int { 64 }

  init(_ initrd: consuming MemoryObject, _ mapping: consuming Mapping) throws(SystemError) {
    do throws(ArchiveError) {
      tree = try FileTree(initrd: mapping.bytes)
    } catch {
      let cause = error.cause.explanation
      Log.error { line in
        line.put("initfs: ")
        line.put(cause)
      }
      throw SystemError.badExecutable
    }
    self.initrd = initrd
    bytes = mapping.shared()
  }

  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 {
    let opened = try tree.open(
      Text(path.bytes), below: try node(directory), request.openFlags, user: request.caller.user)
    switch opened {
    case .node(let node): return UInt64(node)
    case .place(let place): return keep(place)
    }
  }

  private mutating func keep(_ place: Text) -> UInt64 {
    let slot = placesMade % Self.placeLimit
    placesMade += 1
    if slot < places.count { places[slot] = place } else { places.append(place) }
    return UInt64(tree.nodes.count + slot)
  }

  /// The node that a word names.
  private func node(_ word: UInt64) throws(SystemError) -> Int {
    guard word < UInt64(tree.nodes.count) else { throw .gone }
    return Int(word)
  }

  /// The bytes of what is no file: a link's target, or a place.
  private func text(_ word: UInt64) throws(SystemError) -> Text? {
    if word < UInt64(tree.nodes.count) {
      let node = tree.nodes[Int(word)]
      return node.kind == .symbolicLink ? node.target : nil
    }
    let slot = word &- UInt64(tree.nodes.count)
    guard slot < UInt64(places.count) else { throw .gone }
    return places[Int(slot)]
  }

  mutating func read(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    if let text = try text(file) {
      guard offset < UInt64(text.count) else { return }
      output.put(text.span.extracting(Int(offset)..<text.count))
      return
    }
    let node = tree.nodes[try node(file)]
    guard node.kind == .file else { throw .isDirectory }
    guard offset < node.byteCount else { return }
    let start = Int(truncatingIfNeeded: node.start &+ offset)
    let left = Int(truncatingIfNeeded: node.byteCount &- offset)
    if start & 7 == 0 {
      request.answer(with: bytes.extracting(start..<(start + left)))
      return
    }
    for index in 0..<min(left, output.freeCapacity) {
      output.append(bytes.load(at: start + index, as: UInt8.self))
    }
  }

  mutating func status(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    guard file < UInt64(tree.nodes.count) else {
      var status = FileStatus()
      status.mode = FileMode.symbolicLink | 0o777
      status.size = UInt64(try text(file)?.count ?? 0)
      return status
    }
    return tree.status(of: Int(file))
  }

  mutating func status(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) -> FileStatus {
    tree.status(
      of: try tree.find(
        Text(path.bytes), below: try node(directory), toAsk: flags, user: request.caller.user))
  }

  mutating func fileSystemStatus(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileSystemStatusRecord {
    var record = FileSystemStatusRecord()
    record.blocks = UInt64(bytes.count) / 4096
    record.files = UInt64(tree.nodes.count)
    return record
  }

  mutating func path(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    let path = tree.nodes[try node(file)].path
    output.put(path.span)
  }

  mutating func readDirectory(
    _ file: UInt64, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    let directory = try node(file)
    guard tree.nodes[directory].kind == .directory else { throw .notDirectory }
    guard cookie < UInt64(tree.nodes.count) else { return }
    var last = Int(cookie)
    while let next = tree.nextChild(of: directory, after: last) {
      let name = tree.name(of: next)
      guard
        list.add(
          name.span, tree.nodes[next].kind.entryKind, inode: UInt64(next) + 1,
          cookie: UInt64(next))
      else { return }
      last = next
    }
  }

  mutating func map(
    _ file: UInt64, offset: UInt64, length: UInt64, _ flags: MapFlags, for request: inout Request
  ) throws(SystemError) -> Handle {
    let node = tree.nodes[try node(file)]
    guard node.kind == .file else { throw .noDevice }
    guard !flags.contains(.shared) || !flags.contains(.write) else { throw .accessDenied }
    let pages = (node.byteCount &+ 4095) & ~4095
    guard pages > 0 else { throw .invalidArgument }
    request.mapsPart(from: node.start, byteCount: pages)
    return try initrd.handle.duplicate(rights: .read | .execute | .map | .transfer)
  }
}

// What would change the tree.
extension InitialFileServer {
  mutating func write(
    _ file: UInt64, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int { throw .readOnlyFileSystem }

  mutating func truncate(
    _ file: UInt64, to length: UInt64, for request: inout Request
  ) throws(SystemError) { throw .readOnlyFileSystem }

  mutating func setAttributes(
    _ file: UInt64, _ attributes: FileAttributes, for request: inout Request
  ) throws(SystemError) { throw .readOnlyFileSystem }

  mutating func unlink(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) { throw .readOnlyFileSystem }

  mutating func link(
    _ file: UInt64, as path: consuming RequestPath, below directory: UInt64,
    for request: inout Request
  ) throws(SystemError) { throw .readOnlyFileSystem }

  mutating func rename(
    _ path: consuming RequestPath, below directory: UInt64, to newPath: consuming RequestPath,
    below newDirectory: UInt64, for request: inout Request
  ) throws(SystemError) { throw .readOnlyFileSystem }
}

extension ArchiveEntry.Kind {
  var entryKind: EntryKind {
    switch self {
    case .file: .regular
    case .directory: .directory
    case .symbolicLink: .symbolicLink
    }
  }
}
