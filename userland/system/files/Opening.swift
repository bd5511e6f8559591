// SPDX-License-Identifier: MIT
import ABI
import Base
import Core

// From a path to a handle. The kernel knows scheme names and hands the rest of a path to the
// scheme; everything else about paths is here: the working directory, `..`, the older form
// `NAME:rest`, links from one scheme to another (docs/decisions/0020-links-across-schemes.md).

/// The most links that leave their scheme on the way to one file.
let linkLimit = 40
/// The longest path, in bytes; the kernel's limit.
let pathLimit = 4096

extension File {
  /// Opens `path`, which may be relative to the working directory, and follows links.
  ///
  /// - Parameters:
  ///   - flags: what for; reading unless they say otherwise.
  ///   - mode: the permission bits of a file that is created, from which the creation mask is
  ///     taken.
  /// - Throws: `notFound`, `accessDenied`, `alreadyExists` (`create` with `exclusive`),
  ///   `isDirectory`, `notDirectory`, `nameTooLong`, `tooManySymbolicLinks`, `tooManyHandles`, and
  ///   what the scheme answers.
  /// - Blocking: until the scheme answers.
  @export(interface)
  public init(
    _ path: Text, _ flags: OpenFlags = .read, mode: UInt32 = 0o666
  ) throws(SystemError) {
    self.init(try openPath(path, flags, mode: mode))
  }
}

/// As `File.init`, for those who need the handle alone.
func openPath(
  _ path: Text, _ flags: OpenFlags, mode: UInt32 = 0o666
) throws(SystemError) -> OwnedHandle {
  guard !path.isEmpty else { throw .notFound }
  guard !path.contains(0) else { throw .invalidArgument }
  let absolute = WorkingDirectory.resolve(path)
  // Most paths are normalised, and then say nothing of the kind.
  if absolute.count != path.count, Path.namesDirectory(path) {
    return try openAbsolute(absolute, try flagsForDirectory(flags), mode: mode)
  }
  return try openAbsolute(absolute, flags, mode: mode)
}

/// What a path that says that it leads to a directory is opened for: no file is made there, and a link
/// is followed (POSIX.1-2024, XBD §4.16).
///
/// - Throws: `isDirectory` for files, and `notFound` for links that are to be made there.
func flagsForDirectory(_ flags: OpenFlags) throws(SystemError) -> OpenFlags {
  if flags.contains(.create), !flags.contains(.directory) {
    throw flags.contains(.symbolicLink) ? .notFound : .isDirectory
  }
  return flags.subtracting(.symbolicLink | .noFollow) | .directory
}

/// Opens an absolute, normalised path.
func openAbsolute(
  _ path: Text, _ flags: OpenFlags, mode: UInt32
) throws(SystemError) -> OwnedHandle {
  var path = path
  for _ in 0...linkLimit {
    guard path.count <= pathLimit else { throw .nameTooLong }
    do throws(SystemError) {
      return try openOnce(path, flags, mode: mode)
    } catch {
      guard error == .crossDevice else { throw error }
    }
    path = try followLink(SchemePath(absolute: path))
  }
  throw .tooManySymbolicLinks
}

/// The permissions that a new file gets. Those of a link say nothing, and are always the same.
func masked(_ mode: UInt32, _ flags: OpenFlags) -> UInt32 {
  flags.contains(.symbolicLink) ? mode : mode & ~CreationMask.current
}

/// As `openAbsolute`, but for links that leave their scheme.
private func openOnce(
  _ path: Text, _ flags: OpenFlags, mode: UInt32
) throws(SystemError) -> OwnedHandle {
  if let named = NamedPath(path) {
    do throws(SystemError) {
      return try open(named.span, flags, mode: masked(mode, flags))
    } catch {
      guard error == .notFound, named.isInRoot, !RootScheme.exists() else { throw error }
    }
  }
  let place = SchemePath(absolute: path)
  if place.scheme.span.equals("libc") { return try openStandard(place.rest, flags) }
  return try openIn(place, flags, mode: mode)
}

/// Asks a scheme where a path leads that crosses a link out of it.
///
/// - Returns: the absolute, normalised path that takes the link's place.
private func followLink(_ place: SchemePath) throws(SystemError) -> Text {
  for _ in 0..<linkLimit {
    do throws(SystemError) { return try readLink(place) } catch {
      // The answer is a text that its server keeps for a moment: it died between our two requests.
      guard error == .gone else { throw error }
    }
  }
  throw .gone
}

private func readLink(_ place: SchemePath) throws(SystemError) -> Text {
  let link = try openIn(place, .read | .symbolicLink | .runtimeHandle, mode: 0)
  let target = Text(try link.handle.readAll(limit: pathLimit))
  guard Path.isAbsolute(target) || SchemePath(older: target) != nil else { throw .protocolError }
  return Path.resolved(target, from: "/")
}

/// Opens what a scheme calls `place.rest`. The scheme `file` is the root of all other paths; until
/// there is one, `initfs` stands in for it.
private func openIn(
  _ place: SchemePath, _ flags: OpenFlags, mode: UInt32
) throws(SystemError) -> OwnedHandle {
  let mode = masked(mode, flags)
  do throws(SystemError) {
    return try open(join(place.scheme, place.rest), flags, mode: mode)
  } catch {
    guard error == .notFound, place.scheme.span.equals("file"), !RootScheme.exists() else {
      throw error
    }
  }
  return try open(join("initfs", place.rest), flags, mode: mode)
}

private func join(_ scheme: Text, _ rest: Text) -> Text {
  if rest.isEmpty { return scheme }
  var path = Text()
  path.bytes.reserveCapacity(scheme.count &+ 1 &+ rest.count)
  path.put(scheme.span)
  path.put(0x2F as UInt8)
  path.put(rest.span)
  return path
}

/// Opens `path`, whose first component is a scheme's name, below the namespace; or, with a parent,
/// below that.
func open(
  _ path: Text, _ flags: OpenFlags, mode: UInt32 = 0, below parent: Handle = .none
) throws(SystemError) -> OwnedHandle {
  try open(path.span, flags, mode: mode, below: parent)
}

/// As above, for bytes.
private func open(
  _ path: Span<UInt8>, _ flags: OpenFlags, mode: UInt32, below parent: Handle = .none
) throws(SystemError) -> OwnedHandle {
  OwnedHandle(
    try path.withClaim { (claim) throws(SystemError) in
      try perform(
        Open {
          $0.parent = parent
          $0.path = claim
          $0.flags = flags
          $0.mode = mode
        })
    })
}

/// `libc:stdin` and its like: the program's own standard handles, and its terminal.
private func openStandard(_ name: Text, _ flags: OpenFlags) throws(SystemError) -> OwnedHandle {
  let kept = flags & (.closeOnExec | .runtimeHandle)
  switch name {
  case "stdin": return OwnedHandle(try Handle.standardInput.duplicate(flags: kept))
  case "stdout": return OwnedHandle(try Handle.standardOutput.duplicate(flags: kept))
  case "stderr": return OwnedHandle(try Handle.standardError.duplicate(flags: kept))
  case "tty": return try Terminal.openControlling(flags)
  default: throw .notFound
  }
}
