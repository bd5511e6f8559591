// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

/// Changes of names: what is done to paths and not to open files.
public enum FileSystem {
  /// A directory, open for changes of its names, and a name in it.
  private struct Place: ~Copyable {
    let directory: OwnedHandle
    let name: Text
  }

  private static func parent(of path: Text) throws(SystemError) -> Place {
    let (parent, name) = try split(path)
    return Place(directory: try openParent(parent), name: name)
  }

  /// The directory that a path's last component lies in, and that component.
  /// - Throws: `busy` for what is no name in a scheme.
  private static func split(_ path: Text) throws(SystemError) -> (parent: Text, name: Text) {
    let absolute = WorkingDirectory.resolve(path)
    let isInScheme = absolute.span.equals("/scheme") || absolute.hasPrefix("/scheme/")
    guard let last = absolute.lastIndex(of: 0x2F), last &+ 1 < absolute.count,
      !isInScheme || last >= 8
    else { throw .busy }
    return (last == 0 ? "/" : absolute[0..<last], absolute[(last &+ 1)...])
  }

  /// Whether what `path` names without following links is a directory.
  /// - Throws: `notFound`, and what asking throws.
  private static func isDirectory(_ path: Text) throws(SystemError) -> Bool {
    let name = Path.normalised(path)
    return try status(name, ofLink: true).mode & FileMode.typeMask == FileMode.directory
  }

  private static func openParent(_ path: Text) throws(SystemError) -> OwnedHandle {
    try openAbsolute(path, .statOnly | .directory | .runtimeHandle, mode: 0)
  }

  /// Removes the name `path` of a file or link.
  /// - Throws: `notFound`, `isDirectory`, `notDirectory` if the path says that there is a directory and
  ///   there is none, `busy` for the root of a scheme.
  @export(interface)
  public static func remove(_ path: Text) throws(SystemError) {
    if Path.namesDirectory(path) { throw try isDirectory(path) ? .isDirectory : .notDirectory }
    try unlink(path, OpenFlags())
  }

  /// Removes the empty directory `path`.
  /// - Throws: `notFound`, `notDirectory`, `directoryNotEmpty`, `busy` for the root of a scheme.
  @export(interface)
  public static func removeDirectory(_ path: Text) throws(SystemError) {
    try unlink(path, .directory)
  }

  private static func unlink(_ path: Text, _ flags: OpenFlags) throws(SystemError) {
    let absolute = WorkingDirectory.resolve(path)
    let isDone: Void? = try NamedPath.ask(absolute) { (path) throws(SystemError) in
      try unlink(path, below: .none, flags)
    }
    if isDone == nil { try unlinkStepwise(path, flags) }
  }

  private static func unlinkStepwise(_ path: Text, _ flags: OpenFlags) throws(SystemError) {
    let place = try parent(of: path)
    try unlink(place.name.span, below: place.directory.handle, flags)
  }

  private static func unlink(
    _ path: Span<UInt8>, below parent: Handle, _ flags: OpenFlags
  ) throws(SystemError) {
    _ = try path.withClaim { (claim) throws(SystemError) in
      try perform(
        Unlink {
          $0.parent = parent
          $0.path = claim
          $0.flags = flags
        })
    }
  }

  /// Moves `path` to `newPath` of the same scheme, replacing what is there.
  /// - Throws: `crossDevice`, `notFound`, `directoryNotEmpty`, `notDirectory` for a file if one of the
  ///   paths says that it leads to a directory.
  @export(interface)
  public static func rename(_ path: Text, to newPath: Text) throws(SystemError) {
    if Path.namesDirectory(path) || Path.namesDirectory(newPath) {
      guard try isDirectory(path) else { throw .notDirectory }
    }
    let (absolute, newAbsolute) = (
      WorkingDirectory.resolve(path), WorkingDirectory.resolve(newPath)
    )
    let isDone: Void?? = try NamedPath.ask(absolute) { (path) throws(SystemError) in
      try NamedPath.ask(newAbsolute) { (newPath) throws(SystemError) in
        try rename(path, in: .none, to: newPath, in: .none)
      }
    }
    if case .some(.some) = isDone { return }
    try renameStepwise(path, to: newPath)
  }

  private static func renameStepwise(_ path: Text, to newPath: Text) throws(SystemError) {
    let (directory, name) = try split(path)
    let (newDirectory, newName) = try split(newPath)
    let parent = try openParent(directory)
    if directory == newDirectory {
      return try rename(name.span, in: parent.handle, to: newName.span, in: parent.handle)
    }
    let newParent = try openParent(newDirectory)
    try rename(name.span, in: parent.handle, to: newName.span, in: newParent.handle)
  }

  private static func rename(
    _ name: Span<UInt8>, in parent: Handle, to newName: Span<UInt8>, in newParent: Handle
  ) throws(SystemError) {
    _ = try name.withClaim { (claim) throws(SystemError) in
      try newName.withClaim { (newClaim) throws(SystemError) in
        try perform(
          Rename {
            $0.parent = parent
            $0.path = claim
            $0.newParent = newParent
            $0.newPath = newClaim
          })
      }
    }
  }

  /// Gives the file `path` the further name `newPath` of the same scheme.
  /// - Throws: `crossDevice`, `alreadyExists`, `tooManyLinks`, `notFound` if `newPath` says that it leads
  ///   to a directory.
  @export(interface)
  public static func link(_ path: Text, as newPath: Text) throws(SystemError) {
    if Path.namesDirectory(newPath) {
      _ = try isDirectory(newPath)
      throw .alreadyExists
    }
    let file = try openPath(path, .statOnly | .runtimeHandle)
    let place = try parent(of: newPath)
    _ = try place.name.span.withClaim { (claim) throws(SystemError) in
      try perform(
        LinkFile {
          $0.file = file.handle
          $0.parent = place.directory.handle
          $0.path = claim
        })
    }
  }

  /// Makes the directory `path`.
  /// - Throws: `alreadyExists`, `notFound` without a parent.
  @export(interface)
  public static func makeDirectory(_ path: Text, mode: UInt32 = 0o777) throws(SystemError) {
    _ = try openPath(
      path, .create | .exclusive | .directory | .read | .runtimeHandle, mode: mode)
  }

  /// Makes the link `path` that leads to `target`, which need not exist.
  /// - Throws: `alreadyExists`.
  @export(interface)
  public static func makeLink(_ path: Text, to target: Text) throws(SystemError) {
    let link = try openPath(
      path, .create | .exclusive | .symbolicLink | .noFollow | .write | .runtimeHandle,
      mode: 0o777)
    try link.handle.writeAll(target)
  }

  /// Where the link `path` leads, as it was written.
  /// - Throws: `invalidArgument` if it is no link.
  @export(interface)
  public static func target(ofLink path: Text) throws(SystemError) -> Text {
    let link = try openPath(path, .read | .symbolicLink | .noFollow | .runtimeHandle)
    guard try link.handle.status().mode & FileMode.typeMask == FileMode.symbolicLink else {
      throw .invalidArgument
    }
    return Text(try link.handle.readAll(limit: pathLimit))
  }

  /// The status of what `path` names, following links unless `ofLink`.
  @export(interface)
  public static func status(
    _ path: Text, ofLink: Bool = false
  ) throws(SystemError) -> FileStatus {
    guard !path.isEmpty else { throw .notFound }
    guard !path.contains(0) else { throw .invalidArgument }
    let absolute = WorkingDirectory.resolve(path)
    guard absolute.count <= pathLimit else { throw .nameTooLong }
    var flags: OpenFlags = ofLink ? .noFollow : OpenFlags()
    if absolute.count != path.count, Path.namesDirectory(path) { flags = .directory }
    var record = FileStatus()
    let isDone: Void? = try NamedPath.ask(absolute) { (path) throws(SystemError) in
      _ = try path.withClaim { (path) throws(SystemError) in
        try fill(&record) { (claim) throws(SystemError) in
          try perform(
            StatusAt {
              $0.path = path
              $0.flags = flags
              $0.buffer = claim
            })
        }
      }
    }
    return isDone == nil ? try statusByOpening(absolute, flags) : record
  }

  /// The same where one request does not do: links that leave their scheme, schemes that know of
  /// open files alone.
  @inline(never)
  private static func statusByOpening(
    _ path: Text, _ flags: OpenFlags
  ) throws(SystemError) -> FileStatus {
    var opening: OpenFlags = flags | .statOnly | .runtimeHandle
    if flags.contains(.noFollow) { opening.insert(.symbolicLink) }
    let file = try openAbsolute(path, opening, mode: 0)
    return try file.handle.status()
  }

  /// All bytes of the file `path`.
  /// - Throws: `fileTooLarge` beyond `limit` bytes.
  @export(interface)
  public static func read(_ path: Text, limit: Int = 1 << 30) throws(SystemError) -> [UInt8] {
    let file = try openPath(path, .read | .runtimeHandle)
    return try file.handle.readAll(limit: limit)
  }

  /// Makes `bytes` the whole content of the file `path`, creating it if need be.
  @export(interface)
  public static func write(
    _ path: Text, _ bytes: Span<UInt8>, mode: UInt32 = 0o666
  ) throws(SystemError) {
    let file = try openPath(path, .write | .create | .truncate | .runtimeHandle, mode: mode)
    try file.handle.writeAll(bytes)
  }
}

extension Handle {
  /// Writes all of `text`.
  @_disfavoredOverload
  @export(interface)
  public func writeAll(_ text: Text) throws(SystemError) { try writeAll(text.span) }
}
