// SPDX-License-Identifier: MIT
public import Host
public import RedoxFS

/// A disk image, or a disk of the host, as the blocks of a volume.
public final class ImageStore: BlockStore {
  private let file: RandomAccessFile

  public init(reading path: String) throws(HostError) {
    file = try RandomAccessFile(reading: path)
  }

  public var blockCount: UInt64 { file.byteCount / UInt64(Layout.blockBytes) }

  public func read(_ block: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool {
    guard block < blockCount, UInt64(count) <= blockCount - block else { return false }
    return file.read(
      at: block * UInt64(Layout.blockBytes), count: count * Layout.blockBytes, onto: &bytes)
  }
}
