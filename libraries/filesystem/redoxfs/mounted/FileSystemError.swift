// SPDX-License-Identifier: MIT
import Core
public import Base

/// Why an operation on a mounted volume was not done.
public enum FileSystemError: Error, Equatable, Sendable {
  /// The volume is damaged, or its medium does not read.
  case volume(VolumeError)
  /// The medium refused to write; nothing can be changed until the volume is mounted anew.
  case medium
  /// The volume is mounted for reading alone.
  case readOnly
  case noSpace
  case notFound
  case exists
  case notDirectory
  case isDirectory
  case notEmpty
  /// Empty, too long, or with a byte that names may not have.
  case invalidName
  /// A directory would come to lie in itself.
  case loop
  case tooLarge
  case tooManyLinks
  /// The node's kind does not have such contents.
  case invalidArgument
}

extension FileSystemError {
  @export(interface)
  public var explanation: Text {
    switch self {
    case .volume(let error): error.explanation
    case .medium: "the medium cannot be written"
    case .readOnly: "the volume is mounted read-only"
    case .noSpace: "no space left"
    case .notFound: "no such file or directory"
    case .exists: "file exists"
    case .notDirectory: "not a directory"
    case .isDirectory: "is a directory"
    case .notEmpty: "directory not empty"
    case .invalidName: "RedoxFS does not allow this name"
    case .loop: "a directory would lie in itself"
    case .tooLarge: "too large"
    case .tooManyLinks: "too many links"
    case .invalidArgument: "this kind of file has no such contents"
    }
  }
}
