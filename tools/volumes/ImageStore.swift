// SPDX-License-Identifier: MIT
public import Host
public import RedoxFS

/// A disk image, or a disk of the host, as the blocks of a volume.
public final class ImageStore: WritableBlockStore {
  private let file: RandomAccessFile
  /// Where the volume lies in the file, in bytes.
  private let start: UInt64
  private let byteCount: UInt64

  public init(_ file: RandomAccessFile) {
    self.file = file
    start = 0
    byteCount = file.byteCount
  }

  /// The blocks of a partition.
  /// - Precondition: it lies within the file.
  public init(_ file: RandomAccessFile, from start: UInt64, byteCount: UInt64) {
    precondition(start <= file.byteCount && byteCount <= file.byteCount - start)
    self.file = file
    self.start = start
    self.byteCount = byteCount
  }

  public convenience init(reading path: String) throws(HostError) {
    self.init(try RandomAccessFile(reading: path))
  }

  public var blockCount: UInt64 { byteCount / UInt64(Layout.blockBytes) }

  public func read(_ block: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool {
    guard block < blockCount, UInt64(count) <= blockCount - block else { return false }
    return file.read(
      at: start + block * UInt64(Layout.blockBytes), count: count * Layout.blockBytes, onto: &bytes)
  }

  public func write(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    let blocks = (UInt64(bytes.count) + UInt64(Layout.blockBytes) - 1) / UInt64(Layout.blockBytes)
    guard block < blockCount, blocks <= blockCount - block else { return false }
    return file.write(bytes, at: start + block * UInt64(Layout.blockBytes))
  }

  public func flush() -> Bool { file.flush() }
}
