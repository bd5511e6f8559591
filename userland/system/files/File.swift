// SPDX-License-Identifier: MIT
import ABI
import Base

/// An open file of any scheme, closed when the value ends.
///
/// Every operation blocks until the scheme has answered, and may throw what the scheme answers as
/// well as `interrupted` (a signal came), `gone` (revoked) and `inputOutput` (the scheme was given
/// up).
public struct File: ~Copyable, Sendable {
  private let owned: OwnedHandle

  /// Takes over a handle.
  public init(_ owned: consuming OwnedHandle) { self.owned = owned }

  /// The number, for calls that have no wrapper; it stays this value's to close.
  public var handle: Handle { owned.handle }

  /// Gives the file up without closing it.
  public consuming func release() -> Handle { owned.release() }

  /// Reads at the file's own offset, which advances.
  /// - Returns: the bytes read, zero at the end of the file; perhaps fewer than asked for.
  @export(interface)
  public func read(into buffer: consuming MutableSpan<UInt8>) throws(SystemError) -> Int {
    try handle.read(into: buffer)
  }

  /// Reads at `offset`; the file's own stays where it is.
  @export(interface)
  public func read(
    into buffer: consuming MutableSpan<UInt8>, at offset: UInt64
  ) throws(SystemError) -> Int {
    try handle.read(into: buffer, at: offset)
  }

  /// Writes at the file's own offset, which advances.
  /// - Returns: the bytes written, perhaps fewer than given.
  @export(interface)
  public func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int { try handle.write(bytes) }

  /// Writes at `offset`; the file's own stays where it is.
  @export(interface)
  public func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
    try handle.write(bytes, at: offset)
  }

  /// Writes all of `bytes` at the file's own offset, in as many calls as it takes.
  @export(interface)
  public func writeAll(_ bytes: Span<UInt8>) throws(SystemError) { try handle.writeAll(bytes) }

  /// Writes all of `text`.
  @export(interface)
  public func writeAll(_ text: Text) throws(SystemError) { try handle.writeAll(text.span) }

  /// Moves the file's own offset.
  /// - Returns: the new offset, in bytes from the start.
  /// - Throws: `notSeekable` for streams, `invalidArgument` if it would become negative.
  @export(interface)
  public func seek(_ target: SeekTarget) throws(SystemError) -> UInt64 {
    switch target {
    case .start(let offset): return try seek(Int(truncatingIfNeeded: offset), 0)
    case .here(let distance): return try seek(distance, 1)
    case .end(let distance):
      // The kernel answers the size, since it does not know the end itself.
      let size = try seek(0, 2)
      let (place, overflow) = Int(truncatingIfNeeded: size).addingReportingOverflow(distance)
      guard !overflow, place >= 0 else { throw .invalidArgument }
      return try seek(place, 0)
    }
  }

  private func seek(_ offset: Int, _ whence: UInt32) throws(SystemError) -> UInt64 {
    try perform(
      Seek {
        $0.handle = handle
        $0.offset = offset
        $0.whence = whence
      })
  }

  /// Mode, size, owner and times.
  @export(interface)
  public func status() throws(SystemError) -> FileStatus { try handle.status() }

  /// Space and limits of the volume that the file is on.
  @export(interface)
  public func volumeStatus() throws(SystemError) -> FileSystemStatusRecord {
    var record = FileSystemStatusRecord()
    _ = try fill(&record) { (claim) throws(SystemError) in
      try perform(
        FileSystemStatus {
          $0.handle = handle
          $0.buffer = claim
        })
    }
    return record
  }

  /// Makes the file `length` bytes long; what is new reads as zeros.
  @export(interface)
  public func truncate(to length: UInt64) throws(SystemError) {
    _ = try perform(
      Truncate {
        $0.handle = handle
        $0.length = length
      })
  }

  /// Returns when all that was written is on the medium.
  @export(interface)
  public func synchronise() throws(SystemError) {
    _ = try perform(Synchronise { $0.handle = handle })
  }

  /// Changes those of mode, owner and times whose bits `valid` has.
  @export(interface)
  public func setAttributes(_ attributes: FileAttributes) throws(SystemError) {
    _ = try show(attributes) { (claim) throws(SystemError) in
      try perform(
        SetAttributes {
          $0.handle = handle
          $0.record = claim
        })
    }
  }
}

/// Where `File.seek` moves the offset, in bytes.
public enum SeekTarget: Sendable {
  case start(UInt64)
  case here(Int)
  case end(Int)
}
