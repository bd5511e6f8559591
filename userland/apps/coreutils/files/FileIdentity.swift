// SPDX-License-Identifier: MIT
import ABI
import Base
import UtilityFrame

/// A file, whatever its name: for programs that meet files of several names.
struct FileIdentity: Comparable {
  private var device: UInt64
  private var inode: UInt64

  /// `nil` for a file that has one name, or whose system numbers no files.
  init?(ofSeveralNames status: FileStatus) {
    guard status.links > 1, !status.isDirectory, status.inode != 0 else { return nil }
    (device, inode) = (status.device, status.inode)
  }

  static func < (a: Self, b: Self) -> Bool {
    a.device != b.device ? a.device < b.device : a.inode < b.inode
  }
}

/// The copies of files of several names, so that the copies become names of one file too.
final class CopiedNames {
  private var places = SortedMap<FileIdentity, Text>()

  /// Where a file was copied to already.
  func place(of status: FileStatus) -> Text? {
    FileIdentity(ofSeveralNames: status).flatMap { places[$0] }
  }

  func note(_ status: FileStatus, at place: Text) {
    if let file = FileIdentity(ofSeveralNames: status) { places[file] = place }
  }
}
