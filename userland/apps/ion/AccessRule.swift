// SPDX-License-Identifier: MIT
public import ABI
import Core
public import ShellEvaluator

/// Who asks whether a file can be used.
public struct Accessor: Equatable, Sendable {
  public var user: UInt32
  public var group: UInt32

  public init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }

  /// Whether permission bits let this user do it. Root may do all but execute what nobody may.
  @export(interface)
  public func may(_ access: FileAccess, _ status: FileStatus) -> Bool {
    let bit: UInt32 =
      switch access {
      case .read: 4
      case .write: 2
      case .execute: 1
      }
    if user == 0 {
      let isDirectory = status.mode & FileMode.typeMask == FileMode.directory
      return access != .execute || isDirectory || status.mode & 0o111 != 0
    }
    if user == status.user { return status.mode >> 6 & bit != 0 }
    if group == status.group { return status.mode >> 3 & bit != 0 }
    return status.mode & bit != 0
  }
}

extension PathFacts {
  /// What the shell wants to know of a file's status.
  @export(interface)
  public init(_ status: FileStatus) {
    let kind: Kind =
      switch status.mode & FileMode.typeMask {
      case FileMode.directory: .directory
      case FileMode.fifo: .pipe
      case FileMode.socket: .socket
      case FileMode.blockDevice: .blockDevice
      case FileMode.characterDevice: .characterDevice
      default: .file
      }
    self.init(
      kind: kind, size: Int(clamping: status.size), mode: Int(status.mode & 0o7777),
      modified: Int(clamping: status.modified),
      identity: Identity(device: status.device, number: status.inode))
  }
}
