// SPDX-License-Identifier: MIT

/// Why an operation on a mounted volume was not done.
public enum FileSystemError: Error, Equatable, Sendable {
  /// The volume is damaged, or its medium does not read.
  case volume(VolumeError)
  /// The medium refused to write; nothing can be changed until the volume is mounted anew.
  case medium
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
