// SPDX-License-Identifier: MIT
public import ABI
import Core
public import ShellEvaluator

extension FileAccess {
  /// Its bit in permissions.
  public var permission: UInt32 {
    switch self {
    case .read: 4
    case .write: 2
    case .execute: 1
    }
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
