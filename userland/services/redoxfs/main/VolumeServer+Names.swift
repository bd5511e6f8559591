// SPDX-License-Identifier: MIT
import Base
import Core
import FileLocking
import Hierarchy
import RedoxFS
import System
import VolumeService

// Opening files, and changing names.
extension VolumeServer {
  mutating func open(
    _ path: consuming RequestPath, below directory: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt64 {
    if request.isRepeated, let node = volume.result(of: mark(request), opens: true) {
      return word(UInt32(truncatingIfNeeded: node))
    }
    let text = Text(path.bytes)
    if let opened = try openSnapshot(text, below: directory, request) { return opened }
    let (volume, start, mark) = (volume, try node(directory), mark(request))
    let (flags, mode) = (request.openFlags, request.mode)
    let opened = try asCaller(request) { (user) throws(SystemError) in
      try volume.open(
        text, below: start, flags, mode: mode, user, now: Clock.wallClock(), mark)
    }
    planCommit()
    switch opened {
    case .file(let node):
      if request.openFlags.contains(.truncate), mapped.isInUse(node) {
        try mapped.wasTruncated(node, to: 0, oldSize: UInt64.max)
      }
      return word(node)
    case .place(let place): return links.keep(place)
    }
  }

  /// Opens a file of a snapshot; `nil` if the path leads elsewhere.
  private mutating func openSnapshot(
    _ path: Text, below directory: UInt64, _ request: borrowing Request
  ) throws(SystemError) -> UInt64? {
    let place: (SnapshotNode, Text)
    if let start = SnapshotNode(word: directory) {
      place = (start, path)
    } else if directory == 0, let rest = snapshots.path(below: path) {
      place = (SnapshotNode.all, rest)
    } else {
      return nil
    }
    let (snapshots, flags) = (snapshots, request.openFlags)
    let opened = try asCaller(request) { (user) throws(SystemError) in
      try snapshots.open(place.1, below: place.0, flags, user)
    }
    switch opened {
    case .file(let node): return node.word
    case .place(let text): return links.keep(text)
    }
  }

  mutating func close(_ file: UInt64, for request: inout Request) {
    locks.closed(request.description)
    guard file <= UInt64(UInt32.max), volume.files.isReleased(UInt32(file)),
      !mapped.isInUse(UInt32(file)),
      let open = openNodes(except: request.description), !open.contains(UInt32(file))
    else { return }
    // It stays until the next mount if it cannot be removed; what is wrong was said.
    do throws(SystemError) { try volume.release(UInt32(file)) } catch { return }
    planCommit()
  }

  mutating func unlink(
    _ path: consuming RequestPath, below directory: UInt64, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) {
    let (start, text, mark) = (try node(directory), Text(path.bytes), mark(request))
    try asCaller(request) { (user) throws(SystemError) in
      try volume.unlink(
        text, below: start, ofDirectory: flags.contains(.directory), user,
        isOpen: { isOpen($0) }, now: Clock.wallClock(), mark)
    }
    planCommit()
  }

  func isOpen(_ node: UInt32) -> Bool {
    mapped.isInUse(node) || openNodes(except: nil)?.contains(node) ?? true
  }

  mutating func link(
    _ file: UInt64, as path: consuming RequestPath, below directory: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    let (volume, node, start) = (volume, try node(file), try node(directory))
    let (text, mark) = (Text(path.bytes), mark(request))
    try asCaller(request) { (user) throws(SystemError) in
      try volume.link(node, as: text, below: start, user, now: Clock.wallClock(), mark)
    }
    planCommit()
  }

  mutating func rename(
    _ path: consuming RequestPath, below directory: UInt64, to newPath: consuming RequestPath,
    below newDirectory: UInt64, for request: inout Request
  ) throws(SystemError) {
    let (start, text, mark) = (try node(directory), Text(path.bytes), mark(request))
    let (newStart, newText) = (try node(newDirectory), Text(newPath.bytes))
    try asCaller(request) { (user) throws(SystemError) in
      try volume.rename(
        text, below: start, to: newText, below: newStart, user, isOpen: { isOpen($0) },
        now: Clock.wallClock(), mark)
    }
    planCommit()
  }
}
