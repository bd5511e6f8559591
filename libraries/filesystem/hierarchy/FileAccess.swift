// SPDX-License-Identifier: MIT
import Base
import Core
import ABI

/// Who asks.
public struct FileUser: Equatable, Sendable {
  public var user: UInt32
  public var group: UInt32
  /// The groups that the user is in beside that; `nil` if they are not known yet. Then whatever they
  /// might decide is refused, with `accessDenied` or `notPermitted`: see `deciding`.
  public var groups: [UInt32]?

  public init(user: UInt32, group: UInt32, groups: [UInt32]? = []) {
    self.user = user
    self.group = group
    self.groups = user == 0 ? [] : groups
  }

  public var isRoot: Bool { user == 0 }

  /// Whether the user is in the group, as far as is known.
  public func isMember(of group: UInt32) -> Bool {
    self.group == group || groups?.contains(group) ?? false
  }

  /// Whether a refusal may become another answer once the user's further groups are known.
  public func isUndecided(by error: SystemError) -> Bool {
    groups == nil && (error == .accessDenied || error == .notPermitted)
  }

  /// Carries out `operation`, which asks for permission before it changes anything, and a second time
  /// with the user's further groups if without them it was refused: most users are decided about
  /// without anybody having to ask for those.
  public func deciding<Result>(
    groups: () throws(SystemError) -> [UInt32],
    _ operation: (FileUser) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    do throws(SystemError) { return try operation(self) } catch {
      guard isUndecided(by: error) else { throw error }
    }
    var known = self
    known.groups = try groups()
    return try operation(known)
  }
}

/// What a file is, whose it is, and who may do what with it.
public struct FileAccess: Equatable, Sendable {
  /// POSIX type and permission bits.
  public var mode: UInt32
  public var user: UInt32
  public var group: UInt32

  public init(mode: UInt32, user: UInt32, group: UInt32) {
    self.mode = mode
    self.user = user
    self.group = group
  }

  public var type: UInt32 { mode & FileMode.typeMask }
  public var isDirectory: Bool { type == FileMode.directory }
  public var isLink: Bool { type == FileMode.symbolicLink }
  public var isRegular: Bool { type == FileMode.regular }

  /// Whether the mode gives `caller` what `bits` ask: 4 read, 2 write, 1 execute or search.
  public func allows(_ bits: UInt32, to caller: FileUser) -> Bool {
    if caller.isRoot { return true }
    if user == caller.user { return mode >> 6 & bits == bits }
    if group == caller.group { return mode >> 3 & bits == bits }
    let (toGroup, toOthers) = (mode >> 3 & bits == bits, mode & bits == bits)
    if toGroup == toOthers { return toOthers }
    guard caller.groups != nil else { return false }
    return caller.isMember(of: group) ? toGroup : toOthers
  }

  /// What `attributes` makes of mode and owners, if `caller` may ask for it. Times are not looked at.
  /// - Throws: `notPermitted`, `invalidArgument` for bits that mean nothing.
  @export(interface)
  public func changed(
    by attributes: FileAttributes, _ caller: FileUser
  ) throws(SystemError) -> FileAccess {
    let valid = attributes.valid
    guard valid & ~31 == 0 else { throw .invalidArgument }
    guard caller.isRoot || caller.user == user else { throw .notPermitted }
    if !caller.isRoot {
      // The owner may give the file to a group that he is in, and to nobody else.
      guard valid & 2 == 0 || attributes.user == user,
        valid & 4 == 0 || attributes.group == group || caller.isMember(of: attributes.group)
      else { throw .notPermitted }
    }
    var new = self
    if valid & 1 != 0 { new.mode = type | attributes.mode & 0o7777 }
    // A change of owner takes the set-id bits away.
    if valid & 6 != 0, !caller.isRoot { new.mode &= ~0o6000 }
    if valid & 2 != 0 { new.user = attributes.user }
    if valid & 4 != 0 { new.group = attributes.group }
    return new
  }

  /// Whether what is opened so may be, if it exists.
  /// - Throws: `notDirectory`, `isDirectory`, `accessDenied`.
  @export(interface)
  public func check(_ flags: OpenFlags, _ caller: FileUser) throws(SystemError) {
    if flags.contains(.directory), !isDirectory { throw .notDirectory }
    let writes = flags.contains(.write) || flags.contains(.truncate)
    if isDirectory, writes || flags.contains(.create) && !flags.contains(.directory) {
      throw .isDirectory
    }
    if flags.contains(.statOnly) || isLink { return }
    let wanted: UInt32 = (flags.contains(.read) ? 4 : 0) | (writes ? 2 : 0)
    guard allows(wanted, to: caller) else { throw .accessDenied }
  }

  /// What a file begins with that `caller` makes in this directory, with permissions `mode`.
  /// - Throws: `accessDenied`.
  @export(interface)
  public func ofNew(
    _ flags: OpenFlags, mode: UInt32, _ caller: FileUser
  ) throws(SystemError) -> FileAccess {
    guard allows(3, to: caller) else { throw .accessDenied }
    let makesDirectory = flags.contains(.directory)
    let type: UInt32
    if makesDirectory {
      type = FileMode.directory
    } else {
      type = flags.contains(.symbolicLink) ? FileMode.symbolicLink : FileMode.regular
    }
    // A directory with the set-group-id bit gives its group to what is made in it.
    let inherits = self.mode & 0o2000 != 0
    let bits = mode & 0o7777 | (inherits && makesDirectory ? 0o2000 : 0)
    return FileAccess(
      mode: type | bits, user: caller.user, group: inherits ? group : caller.group)
  }
}
