// SPDX-License-Identifier: MIT
import Glibc

/// A file of the host that is read at any place: a disk image.
public final class RandomAccessFile {
  private let descriptor: Descriptor
  /// In bytes, when it was opened.
  public let byteCount: UInt64

  /// - Throws: `file` with the host's reason, or that it is a folder.
  public init(reading path: String) throws(HostError) {
    do throws(HostError) { descriptor = try .opening(path, O_RDONLY) } catch {
      throw .file(path: path, action: "read", reason: HostError.reason(errno))
    }
    // A block device has no size of its own, but an end.
    let end = lseek(descriptor.number, 0, SEEK_END)
    guard Files.facts(path)?.kind != .folder, end >= 0 else {
      throw .file(path: path, action: "read", reason: "it is no file with an end")
    }
    byteCount = UInt64(end)
  }

  /// Appends `count` bytes from `offset` on to `bytes`.
  /// - Returns: false if they are not all there.
  public func read(at offset: UInt64, count: Int, onto bytes: inout [UInt8]) -> Bool {
    guard offset <= byteCount, UInt64(count) <= byteCount - offset else { return false }
    let number = descriptor.number
    var isWhole = true
    bytes += unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let target = unsafe buffer.baseAddress.map { unsafe UnsafeMutableRawPointer($0 + filled) }
        let step = unsafe pread(number, target, count - filled, off_t(offset) + off_t(filled))
        if step < 0 && errno == EINTR { continue }
        guard step > 0 else {
          isWhole = false
          return
        }
        filled += step
      }
    }
    return isWhole
  }
}
