// SPDX-License-Identifier: MIT
import ABI
import Core

// What a server answers to operations that it leaves out.
extension SchemeServer where Self: ~Copyable {
  public mutating func start(_ session: SchemeSession) {}
  public mutating func close(_ file: File, for request: inout Request) {}
  public mutating func read(
    _ file: File, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) { throw .notSupported }
  public mutating func write(
    _ file: File, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int { throw .notSupported }
  public mutating func size(
    _ file: File, for request: inout Request
  ) throws(SystemError) -> UInt64 { try status(file, for: &request).size }
  public mutating func status(
    _ file: File, for request: inout Request
  ) throws(SystemError) -> FileStatus { throw .notSupported }
  public mutating func status(
    _ path: consuming RequestPath, below directory: File, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) -> FileStatus { throw .notSupported }
  public mutating func fileSystemStatus(
    _ file: File, for request: inout Request
  ) throws(SystemError) -> FileSystemStatusRecord { throw .notSupported }
  public mutating func path(
    _ file: File, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) { throw .notSupported }
  public mutating func readDirectory(
    _ file: File, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError) { throw .notDirectory }
  public mutating func truncate(
    _ file: File, to length: UInt64, for request: inout Request
  ) throws(SystemError) { throw .notSupported }
  /// What a server writes at once needs no more.
  public mutating func synchronise(
    _ file: File, for request: inout Request
  ) throws(SystemError) {}
  public mutating func lock(
    _ file: File, _ operation: LockOperation, start: UInt64, length: UInt64,
    for request: inout Request
  ) throws(SystemError) -> FileLockRecord? { throw .notSupported }
  public mutating func allocate(
    _ file: File, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags,
    for request: inout Request
  ) throws(SystemError) { throw .notSupported }
  public mutating func setAttributes(
    _ file: File, _ attributes: FileAttributes, for request: inout Request
  ) throws(SystemError) { throw .notSupported }
  public mutating func unlink(
    _ path: consuming RequestPath, below directory: File, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) { throw .notSupported }
  public mutating func link(
    _ file: File, as path: consuming RequestPath, below directory: File,
    for request: inout Request
  ) throws(SystemError) { throw .notSupported }
  public mutating func rename(
    _ path: consuming RequestPath, below directory: File,
    to newPath: consuming RequestPath, below newDirectory: File, for request: inout Request
  ) throws(SystemError) { throw .notSupported }
  public mutating func call(
    _ file: File, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt { throw .noSystemCall }
  public mutating func receive(
    _ handle: Handle, on file: File, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt { throw .notSupported }
  public mutating func handle(
    for file: File, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> Handle { throw .notSupported }
  public mutating func map(
    _ file: File, offset: UInt64, length: UInt64, _ flags: MapFlags, for request: inout Request
  ) throws(SystemError) -> Handle { throw .noDevice }
  public mutating func supply(
    _ word: UInt64, offset: UInt64, length: UInt64, for request: inout Request
  ) {}
  public mutating func cancel(_ tag: RequestTag, on file: File, for request: inout Request) {}
  public mutating func watch(_ file: File, _ events: EventSet, for request: inout Request) {}
  public mutating func handle(_ event: EventRecord) {}
  public mutating func wake() {}
  public mutating func signalled() {}
  public mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? { nil }
}
