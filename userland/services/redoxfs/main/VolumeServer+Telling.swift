// SPDX-License-Identifier: MIT
import Base
import Core
import Hierarchy
import RedoxFS
import System
import VolumeService

// What is known of the volume and its files.
extension VolumeServer {
  mutating func call(
    _ file: UInt64, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt {
    let name = Text(input)
    switch code {
    case VolumeOperation.openFiles:
      // The root that the scheme's name leads to is open always.
      guard let open = openNodes(except: request.description) else { throw .busy }
      return UInt(
        max(open.count - 1, 0) + mapped.count + openSnapshotFiles(except: request.description))
    case VolumeOperation.listSnapshots:
      let list = volume.snapshotList
      output.put(list.span)
      return UInt(list.count)
    case VolumeOperation.makeSnapshot, VolumeOperation.removeSnapshot, VolumeOperation.rollBack:
      guard request.caller.user == 0 else { throw .notPermitted }
      try mapped.takeOverAll()
    default: throw .noSystemCall
    }
    switch code {
    case VolumeOperation.makeSnapshot:
      try volume.makeSnapshot(name, now: Clock.wallClock(), isRepeated: request.isRepeated)
    case VolumeOperation.removeSnapshot:
      try volume.removeSnapshot(name, isRepeated: request.isRepeated)
    default:
      try mapped.sweep(idleFor: 0)
      // Only the root may be open, which is the same in all states.
      guard mapped.isEmpty, let open = openNodes(except: nil), open.allSatisfy({ $0 == 0 }) else {
        throw .busy
      }
      try volume.rollBack(to: name)
    }
    return 0
  }

  private func openSnapshotFiles(except description: UInt64) -> Int {
    guard let session else { return 0 }
    do throws(SystemError) {
      return try session.descriptions().count {
        $0.description != description && SnapshotNode(word: $0.word) != nil
      }
    } catch { return 0 }
  }

  mutating func status(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    if let text = try links.text(file) { return LinkPlaces.status(of: text) }
    if let node = SnapshotNode(word: file) { return try snapshots.status(node) }
    return try volume.status(try node(file))
  }

  mutating func status(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) -> FileStatus {
    let path = path.bytes
    let place = snapshotPlace(path, below: directory)
    let start = place == nil ? try node(directory) : 0
    var user = user(request)
    while true {
      do throws(SystemError) {
        guard let place else {
          return try volume.status(try volume.find(path, from: start, toAsk: flags, user))
        }
        return try snapshots.status(
          try snapshots.find(path.extracting(place.path), from: place.start, toAsk: flags, user))
      } catch { try learnGroups(of: &user, after: error, request) }
    }
  }

  mutating func fileSystemStatus(
    _ file: UInt64, for request: inout Request
  ) throws(SystemError) -> FileSystemStatusRecord { volume.fileSystemStatus() }

  mutating func path(
    _ file: UInt64, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {
    if let node = SnapshotNode(word: file) {
      let path = try snapshots.path(of: node)
      output.put(path.span)
      return
    }
    let path = try volume.path(of: try node(file))
    output.put(path.span)
  }

  mutating func readDirectory(
    _ file: UInt64, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) {
    if let node = SnapshotNode(word: file) {
      return try snapshots.list(node, after: cookie) { name, type, node, cookie in
        list.add(name, EntryKind(rawValue: type) ?? .unknown, inode: node, cookie: cookie)
      }
    }
    try volume.list(try node(file), after: cookie) { name, type, node, cookie in
      list.add(name, EntryKind(rawValue: type) ?? .unknown, inode: UInt64(node), cookie: cookie)
    }
  }
}
