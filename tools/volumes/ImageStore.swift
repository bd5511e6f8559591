// SPDX-License-Identifier: MIT
public import Host
public import RedoxFS

/// A disk image, or a disk of the host, as the blocks of a volume.
public final class ImageStore: WritableBlockStore {
  private let file: RandomAccessFile

  public init(_ file: RandomAccessFile) { self.file = file }

  public convenience init(reading path: String) throws(HostError) {
    self.init(try RandomAccessFile(reading: path))
  }

  public var blockCount: UInt64 { file.byteCount / UInt64(Layout.blockBytes) }

  public func read(_ block: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool {
    guard block < blockCount, UInt64(count) <= blockCount - block else { return false }
    return file.read(
      at: block * UInt64(Layout.blockBytes), count: count * Layout.blockBytes, onto: &bytes)
  }

  public func write(_ block: UInt64, _ bytes: Span<UInt8>) -> Bool {
    block < blockCount && file.write(bytes, at: block * UInt64(Layout.blockBytes))
  }

  public func flush() -> Bool { file.flush() }
}
