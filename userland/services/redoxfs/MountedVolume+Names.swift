// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Memory
import RedoxFS

// Opening and making files, and changing names.
extension MountedVolume {
  /// Opens `path` below the directory `start`, making it if `flags` say so.
  ///
  /// - Parameters:
  ///   - mode: permission bits for what is made.
  ///   - now: nanoseconds since 1970, as everywhere.
  /// - Throws: what following throws; `alreadyExists`, `isDirectory`, `crossDevice` for a path that
  ///   leaves the scheme, `noSpace`.
  public func open(
    _ path: Span<UInt8>, below start: UInt32, _ flags: OpenFlags, mode: UInt32,
    _ user: FileUser,
    now: UInt64, _ mark: RequestMark
  ) throws(SystemError) -> OpenedFile<UInt32> {
    switch try find(path, from: start, toOpen: flags, user) {
    case .elsewhere(let place): return .place(place)
    case .found(let node):
      if files.isReadOnly, flags.contains(.write) || flags.contains(.truncate) {
        throw .readOnlyFileSystem
      }
      if flags.contains(.truncate) {
        let record = try record(of: node)
        if record.kind == .file, record.byteCount > 0 {
          try truncate(node, to: 0, opens: true, now, mark)
        }
      }
      return .file(node)
    case .missing(let directory, let name):
      let new = try access(of: directory).ofNew(flags, mode: mode, user)
      return .file(try make(new, name.span, in: directory, now, mark))
    }
  }

  private func make(
    _ new: FileAccess, _ name: Span<UInt8>, in directory: UInt32, _ now: UInt64,
    _ mark: RequestMark
  ) throws(SystemError) -> UInt32 {
    try makeRoom(name.count)
    var record = OperationRecord(.make)
    record.numbers[0] = UInt64(directory)
    record.numbers[1] = UInt64(new.mode)
    record.numbers[2] = UInt64(new.user) | UInt64(new.group) << 32
    record.numbers[3] = now
    let made: UInt32
    do throws(FileSystemError) {
      made = try files.make(
        newNode(record.numbers[1], record.numbers[2]), name, in: directory, now: time(now))
    } catch { throw report(error, directory) }
    record.numbers[4] = UInt64(made)
    (record.mark, record.result, record.opens) = (mark, UInt64(made), true)
    note(record, name)
    places.replace(made, directory, name)
    return made
  }

  /// Removes a name.
  ///
  /// - Parameters:
  ///   - ofDirectory: an empty directory is to be removed, and nothing else.
  ///   - isOpen: whether somebody has the node open: it stays until `release`.
  public func unlink(
    _ path: Span<UInt8>, below start: UInt32, ofDirectory: Bool, _ user: FileUser,
    isOpen: (UInt32) -> Bool, now: UInt64, _ mark: RequestMark
  ) throws(SystemError) {
    let named = try nameToRemove(path, from: start, user)
    let name = path.extracting(named.name)
    let isDirectory = try access(of: named.node).isDirectory
    if ofDirectory, !isDirectory { throw .notDirectory }
    if !ofDirectory, isDirectory { throw .isDirectory }
    try makeRoom(name.count)
    var wasOpen = false
    do throws(FileSystemError) {
      if isDirectory {
        try files.removeDirectory(
          name, from: named.directory,
          isOpen: {
            wasOpen = isOpen($0)
            return wasOpen
          }, now: time(now))
      } else {
        try files.unlink(
          name, from: named.directory,
          isOpen: {
            wasOpen = isOpen($0)
            return wasOpen
          }, now: time(now))
      }
    } catch { throw report(error, named.directory) }
    var record = OperationRecord(isDirectory ? .removeDirectory : .unlink)
    record.numbers[0] = UInt64(named.directory)
    record.numbers[1] = now
    record.wasOpen = wasOpen
    record.mark = mark
    note(record, name)
  }

  /// Gives `node` a further name.
  ///
  /// - Throws: `notPermitted` for a directory, `notFound` for a file without a name,
  ///   `alreadyExists`, `tooManyLinks`, `noSpace`.
  public func link(
    _ node: UInt32, as path: Span<UInt8>, below start: UInt32, _ user: FileUser, now: UInt64,
    _ mark: RequestMark
  ) throws(SystemError) {
    guard try !access(of: node).isDirectory else { throw .notPermitted }
    guard try hasName(node) else { throw .notFound }
    let (directory, place) = try nameToAdd(path, from: start, user)
    let name = path.extracting(place)
    try makeRoom(name.count)
    do throws(FileSystemError) {
      try files.link(node, as: name, in: directory, now: time(now))
    } catch { throw report(error, directory) }
    var record = OperationRecord(.link)
    record.numbers[0] = UInt64(node)
    record.numbers[1] = UInt64(directory)
    record.numbers[2] = now
    record.mark = mark
    note(record, name)
  }

  /// Moves a name, replacing what is there.
  ///
  /// - Throws: `notFound`, `directoryNotEmpty`, `isDirectory`, `notDirectory`, `invalidArgument` for a
  ///   directory moved into itself.
  public func rename(
    _ path: Span<UInt8>, below start: UInt32, to newPath: Span<UInt8>, below newStart: UInt32,
    _ user: FileUser, isOpen: (UInt32) -> Bool, now: UInt64, _ mark: RequestMark
  ) throws(SystemError) {
    let old = try nameToRemove(path, from: start, user)
    let oldName = path.extracting(old.name)
    let (directory, place) = try nameToAdd(newPath, from: newStart, user)
    let name = newPath.extracting(place)
    if try child(name, of: directory) != nil {
      // What is replaced is removed, and that takes the right to.
      _ = try nameToRemove(newPath, from: newStart, user)
    }
    try makeRoom(oldName.count, name.count)
    var wasOpen = false
    do throws(FileSystemError) {
      try files.rename(
        oldName, from: old.directory, to: name, in: directory,
        isOpen: {
          wasOpen = isOpen($0)
          return wasOpen
        }, now: time(now))
    } catch { throw report(error, directory) }
    var record = OperationRecord(.rename)
    record.numbers[0] = UInt64(old.directory)
    record.numbers[1] = UInt64(directory)
    record.numbers[2] = now
    record.wasOpen = wasOpen
    record.mark = mark
    note(record, oldName, name)
    places.replace(old.node, directory, name)
  }

  /// Nobody has the node open any more: if it has no name, it is removed.
  public func release(_ node: UInt32) throws(SystemError) {
    guard files.isReleased(node) else { return }
    try makeRoom(isRequest: false)
    do throws(FileSystemError) { try files.release(node) } catch { throw report(error, node) }
    var record = OperationRecord(.release)
    record.numbers[0] = UInt64(node)
    note(record, isRequest: false)
  }

  /// Removes the files without a name that `isOpen` does not say are open: what a predecessor left.
  public func releaseAll(but isOpen: (UInt32) -> Bool) throws(SystemError) {
    for node in files.releasedNodes where !isOpen(node) { try release(node) }
  }
}
