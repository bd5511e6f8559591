// SPDX-License-Identifier: MIT
import Glibc

/// A file of the host that is read and written at any place: a disk image, or a disk.
public final class RandomAccessFile {
  private let descriptor: Descriptor
  /// In bytes, when it was opened.
  public let byteCount: UInt64

  /// Opens what is there.
  /// - Throws: `file` with the host's reason, or that it is a folder.
  public convenience init(reading path: String) throws(HostError) {
    try self.init(path, O_RDONLY, action: "read", byteCount: nil)
  }

  /// Opens what is there, to be changed.
  public convenience init(updating path: String) throws(HostError) {
    try self.init(path, O_RDWR, action: "write", byteCount: nil)
  }

  /// Makes a file of `byteCount` zeros, which takes no room yet; one that was there is emptied.
  public convenience init(creating path: String, byteCount: UInt64) throws(HostError) {
    try self.init(path, O_RDWR | O_CREAT | O_TRUNC, action: "write", byteCount: byteCount)
  }

  private init(
    _ path: String, _ flags: Int32, action: String, byteCount: UInt64?
  ) throws(HostError) {
    let number = unsafe open(path, flags | O_CLOEXEC, 0o644)
    guard number >= 0 else {
      throw .file(path: path, action: action, reason: HostError.reason(errno))
    }
    descriptor = Descriptor(adopting: number)
    if let byteCount, ftruncate(number, off_t(byteCount)) != 0 {
      throw .file(path: path, action: "lengthen", reason: HostError.reason(errno))
    }
    // A block device has no size of its own, but an end.
    let end = lseek(number, 0, SEEK_END)
    guard Files.facts(path)?.kind != .folder, end >= 0 else {
      throw .file(path: path, action: action, reason: "it is no file with an end")
    }
    self.byteCount = UInt64(end)
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

  /// Writes all of `bytes` from `offset` on, within the file's length.
  /// - Returns: false if the host refused.
  public func write(_ bytes: Span<UInt8>, at offset: UInt64) -> Bool {
    guard offset <= byteCount, UInt64(bytes.count) <= byteCount - offset else { return false }
    let number = descriptor.number
    return unsafe bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let source = unsafe buffer.baseAddress.map { unsafe $0 + written }
        let step = unsafe pwrite(
          number, source, buffer.count - written, off_t(offset) + off_t(written))
        if step < 0 && errno == EINTR { continue }
        guard step > 0 else { return false }
        written += step
      }
      return true
    }
  }

  /// Returns once all that was written is on the medium; false if it is not.
  public func flush() -> Bool { fdatasync(descriptor.number) == 0 }
}
