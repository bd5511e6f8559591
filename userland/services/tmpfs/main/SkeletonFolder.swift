// SPDX-License-Identifier: MIT
import System
import TemporaryFiles

/// The folder that a new volume is filled from, read whole: it holds small files only.
struct SkeletonFolder {
  private(set) var items: [SkeletonItem] = []
  private var byteCount = 0

  /// All files together.
  private static var limit: Int { 4 << 20 }
  /// Folders in one another.
  private static var depth: Int { 32 }

  /// - Throws: `fileTooLarge` beyond 4 MiB or 32 folders in one another, and what reading throws.
  init(_ path: Text) throws(SystemError) {
    let mode = try FileSystem.status(path).mode
    guard mode & FileMode.typeMask == FileMode.directory else { throw .notDirectory }
    items.append(SkeletonItem(Text(), mode: mode))
    try add(path, as: Text(), depth: 0)
  }

  private mutating func add(
    _ folder: Text, as prefix: Text, depth: Int
  ) throws(SystemError) {
    guard depth < Self.depth else { throw .fileTooLarge }
    for entry in try Directory(folder).entries() {
      let source = folder + "/" + entry.name
      let path = prefix + entry.name
      let mode = try FileSystem.status(source, ofLink: true).mode
      switch mode & FileMode.typeMask {
      case FileMode.directory:
        items.append(SkeletonItem(path, mode: mode))
        try add(source, as: path + "/", depth: depth + 1)
      case FileMode.symbolicLink:
        try add(SkeletonItem(path, mode: mode, try FileSystem.target(ofLink: source).bytes))
      default:
        try add(SkeletonItem(path, mode: mode, try FileSystem.read(source, limit: Self.limit)))
      }
    }
  }

  private mutating func add(_ item: SkeletonItem) throws(SystemError) {
    byteCount += item.contents.count
    guard byteCount <= Self.limit else { throw .fileTooLarge }
    items.append(item)
  }
}
