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
      let word = word(UInt32(truncatingIfNeeded: node))
      counts.opened(UInt32(word))
      return word
    }
    let path = path.bytes
    if let opened = try openSnapshot(path, below: directory, request) { return opened }
    let (start, mark, flags) = (try node(directory), mark(request), request.openFlags)
    // Nothing else changes anything, or has to say when.
    let mayChange = flags.contains(.create) || flags.contains(.truncate)
    let now = mayChange ? Clock.wallClock() : 0
    let mayTruncate = flags.contains(.truncate) && !mapped.isEmpty
    if mayTruncate { volume.beginChange(mark) }
    defer { if mayTruncate { volume.endChange() } }
    var user = user(request)
    while true {
      do throws(SystemError) {
        let opened = try volume.open(
          path, below: start, flags, mode: request.mode, user, now: now, mark)
        if mayChange { planCommit() }
        return try word(opened, request)
      } catch { try learnGroups(of: &user, after: error, request) }
    }
  }

  private mutating func word(
    _ opened: OpenedFile<UInt32>, _ request: borrowing Request
  ) throws(SystemError) -> UInt64 {
    switch opened {
    case .file(let node):
      if request.openFlags.contains(.truncate), mapped.isInUse(node) {
        try mapped.wasTruncated(node, to: 0, oldSize: UInt64.max)
      }
      let word = word(node)
      counts.opened(UInt32(word))
      return word
    case .place(let place): return links.keep(place)
    }
  }

  /// Opens a file of a snapshot; `nil` if the path leads elsewhere.
  private mutating func openSnapshot(
    _ path: Span<UInt8>, below directory: UInt64, _ request: borrowing Request
  ) throws(SystemError) -> UInt64? {
    guard let place = snapshotPlace(path, below: directory) else { return nil }
    let inside = path.extracting(place.path)
    var user = user(request)
    while true {
      do throws(SystemError) {
        switch try snapshots.open(inside, below: place.start, request.openFlags, user) {
        case .file(let node): return node.word
        case .place(let text): return links.keep(text)
        }
      } catch { try learnGroups(of: &user, after: error, request) }
    }
  }

  /// Where a path begins that leads to a snapshot's files, and which part of it leads there from then
  /// on.
  func snapshotPlace(
    _ path: Span<UInt8>, below directory: UInt64
  ) -> (start: SnapshotNode, path: Range<Int>)? {
    if directory == 0 { return snapshots.start(of: path).map { (.all, $0..<path.count) } }
    return SnapshotNode(word: directory).map { ($0, 0..<path.count) }
  }

  mutating func close(_ file: UInt64, for request: inout Request) {
    locks.closed(request.description)
    guard file <= UInt64(UInt32.max) else { return }
    counts.closed(UInt32(file))
    guard volume.files.isReleased(UInt32(file)),
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
    let path = path.bytes
    let (start, mark) = (try node(directory), mark(request))
    var user = user(request)
    while true {
      do throws(SystemError) {
        try volume.unlink(
          path, below: start, ofDirectory: flags.contains(.directory), user,
          isOpen: { isOpen($0) }, now: Clock.wallClock(), mark)
        return planCommit()
      } catch {
        if error == .notFound, isInSnapshot(path, below: directory, user) {
          throw .readOnlyFileSystem
        }
        try learnGroups(of: &user, after: error, request)
      }
    }
  }

  /// Whether a snapshot has the file at `path`, which is not among those of the volume.
  private func isInSnapshot(_ path: Span<UInt8>, below directory: UInt64, _ user: FileUser) -> Bool
  {
    guard let place = snapshotPlace(path, below: directory) else { return false }
    return
      (try? snapshots.find(
        path.extracting(place.path), from: place.start, toAsk: .noFollow, user)) != nil
  }

  /// Whether `path` is to be a new name in a snapshot.
  private func leadsToSnapshot(_ path: Span<UInt8>, below directory: UInt64) -> Bool {
    snapshotPlace(path, below: directory) != nil
  }

  /// Whether somebody has a file. Of most nobody has, which is known without asking the kernel.
  func isOpen(_ node: UInt32) -> Bool {
    if mapped.isInUse(node) { return true }
    return counts.mayBeOpen(node) && openNodes(except: nil)?.contains(node) ?? true
  }

  mutating func link(
    _ file: UInt64, as path: consuming RequestPath, below directory: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    let path = path.bytes
    let (node, start, mark) = (try node(file), try node(directory), mark(request))
    var user = user(request)
    while true {
      do throws(SystemError) {
        try volume.link(node, as: path, below: start, user, now: Clock.wallClock(), mark)
        return planCommit()
      } catch {
        if error == .notFound, leadsToSnapshot(path, below: directory) { throw .readOnlyFileSystem }
        try learnGroups(of: &user, after: error, request)
      }
    }
  }

  mutating func rename(
    _ path: consuming RequestPath, below directory: UInt64, to newPath: consuming RequestPath,
    below newDirectory: UInt64, for request: inout Request
  ) throws(SystemError) {
    let (start, newStart, mark) = (try node(directory), try node(newDirectory), mark(request))
    let path = path.bytes
    let newPath = newPath.bytes
    var user = user(request)
    while true {
      do throws(SystemError) {
        try volume.rename(
          path, below: start, to: newPath, below: newStart, user, isOpen: { isOpen($0) },
          now: Clock.wallClock(), mark)
        return planCommit()
      } catch {
        if error == .notFound,
          isInSnapshot(path, below: directory, user)
            || leadsToSnapshot(newPath, below: newDirectory)
        {
          throw .readOnlyFileSystem
        }
        try learnGroups(of: &user, after: error, request)
      }
    }
  }
}
