// SPDX-License-Identifier: MIT
import Base
import Core
import Host
import Partitions
import Project
import RedoxFS
import Volumes

/// The root file system of an image.
struct RootVolume {
  /// All times are the first there are: an image does not depend on when it was made.
  private static let time = Timestamp()

  /// Makes a volume with `items` on `store`.
  /// - Returns: blocks in use, and all.
  static func write(
    _ items: [ArchiveItem], to store: ImageStore, identifier: GUID
  ) throws(FileSystemError) -> (used: UInt64, all: UInt64) {
    var bytes = InlineBytes<16>()
    bytes.bytes = identifier.bytes
    let volume = try FileSystem.format(
      store, identifier: bytes,
      root: NewNode(.directory, permissions: 0o755, user: 0, group: 0), now: time)
    var writer = Writer(volume: volume)
    for item in items { try writer.add(item) }
    try volume.commit()
    return (volume.blockCount - volume.freeBlocks, volume.blockCount)
  }

  private struct Writer {
    let volume: FileSystem<ImageStore>
    /// By path; the root's is empty.
    var folders: [String: UInt32] = ["": FileSystem<ImageStore>.rootIdentifier]

    mutating func add(_ item: ArchiveItem) throws(FileSystemError) {
      let parent = try folder(Files.parent(of: item.path))
      switch item.content {
      case .folder:
        if let known = folders[item.path] {
          try volume.setAttributes(of: known) { $0.mode = $0.mode & 0xF000 | UInt16(item.mode) }
        } else {
          folders[item.path] = try make(.directory, item, in: parent)
        }
      case .link(let target):
        try write(Array(target.utf8), to: make(.symbolicLink, item, in: parent))
      case .file(let bytes): try write(bytes, to: make(.file, item, in: parent))
      }
    }

    private func make(
      _ kind: NodeKind, _ item: ArchiveItem, in parent: UInt32
    ) throws(FileSystemError) -> UInt32 {
      try volume.make(
        NewNode(
          kind, permissions: UInt16(item.mode), user: item.user, group: item.group),
        Text(Array(Files.name(of: item.path).utf8)), in: parent, now: RootVolume.time)
    }

    private func write(_ bytes: [UInt8], to node: UInt32) throws(FileSystemError) {
      try volume.write(bytes.span, to: node, at: 0, now: RootVolume.time)
    }

    /// A folder that no row names belongs to root.
    private mutating func folder(_ path: String) throws(FileSystemError) -> UInt32 {
      if let known = folders[path] { return known }
      let parent = try folder(Files.parent(of: path))
      let made = try make(.directory, ArchiveItem(path, mode: 0o755, .folder), in: parent)
      folders[path] = made
      return made
    }
  }
}
