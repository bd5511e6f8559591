// SPDX-License-Identifier: MIT
import ABI
import Core

/// A server's own name for an open file: one word, which the kernel keeps with the open description
/// and hands back with each request on it. It survives the server, so it must mean the same to the
/// server's successor.
public protocol SchemeFile: BitwiseCopyable {
  /// - Returns: `nil` for a word that names no file: the client hears `gone`.
  init?(word: UInt64)
  /// Below 2^63.
  var word: UInt64 { get }
}

extension SchemeFile where Self: RawRepresentable, RawValue == UInt64 {
  @inline(__always) public init?(word: UInt64) { self.init(rawValue: word) }
  @inline(__always) public var word: UInt64 { rawValue }
}

extension UInt64: SchemeFile {
  @inline(__always) public init?(word: UInt64) { self = word }
  @inline(__always) public var word: UInt64 { self }
}

/// A tree of files served by a process.
///
/// Implement the operations that make sense; the rest answer `notSupported`. An operation returns
/// its answer, throws the error to answer, or calls `request.postpone()` and sees to the answer
/// later. Errors thrown arrive at the client as they are.
public protocol SchemeServer: ~Copyable {
  associatedtype File: SchemeFile

  /// Called once, before the first request. A successor finds what its predecessor left.
  mutating func start(_ session: SchemeSession)

  /// Opens `path` below `directory`; the root that clients begin at has the word zero. Flags and
  /// mode are in the request.
  mutating func open(
    _ path: consuming RequestPath, below directory: File, for request: inout Request
  ) throws(SystemError) -> File
  /// Nobody has the file open any more.
  mutating func close(_ file: File, for request: inout Request)
  /// Reads from `offset` on (`UInt64.max` on a stream). Writing nothing is the end of the file.
  mutating func read(
    _ file: File, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError)
  /// Writes `bytes` from `offset` on (`UInt64.max` on a stream).
  /// - Returns: how many bytes were written; the client offers the rest again.
  mutating func write(
    _ file: File, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int
  /// The file's size, for seeking from its end. Without it, the status is asked.
  mutating func size(_ file: File, for request: inout Request) throws(SystemError) -> UInt64
  mutating func status(_ file: File, for request: inout Request) throws(SystemError) -> FileStatus
  /// The status of what `path` leads to below `directory`, as opening it to ask would find it, but
  /// without a file that has to be closed. With `noFollow` among the flags a link at its end is asked
  /// about itself; `directory` refuses all else. Servers that leave it out are asked by opening.
  mutating func status(
    _ path: consuming RequestPath, below directory: File, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError) -> FileStatus
  mutating func fileSystemStatus(
    _ file: File, for request: inout Request
  ) throws(SystemError) -> FileSystemStatusRecord
  /// Writes the file's path within the scheme, without a slash before it.
  mutating func path(
    _ file: File, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError)
  /// Adds entries after the one whose cookie is `cookie` (zero: from the first), until the list is
  /// full. An entry that is there all the time is listed once.
  mutating func readDirectory(
    _ file: File, after cookie: UInt64, into list: inout DirectoryList,
    for request: inout Request
  ) throws(SystemError)
  mutating func truncate(
    _ file: File, to length: UInt64, for request: inout Request
  ) throws(SystemError)
  /// Returns when what was written is on the medium.
  mutating func synchronise(_ file: File, for request: inout Request) throws(SystemError)
  /// Locks a range for the request's description, gives it up, or asks who has it; see `LockFile`. A
  /// request that has to wait is postponed. `LockService` does all of it.
  /// - Returns: the lock in the way, for the two operations that ask.
  mutating func lock(
    _ file: File, _ operation: LockOperation, start: UInt64, length: UInt64,
    for request: inout Request
  ) throws(SystemError) -> FileLockRecord?
  /// Sees to space for a range, or gives it back; see `AllocateFile`.
  mutating func allocate(
    _ file: File, from offset: UInt64, byteCount: UInt64, _ flags: AllocationFlags,
    for request: inout Request
  ) throws(SystemError)
  mutating func setAttributes(
    _ file: File, _ attributes: FileAttributes, for request: inout Request
  ) throws(SystemError)
  /// Removes the name `path`; with `directory` among the flags an empty directory and nothing else.
  mutating func unlink(
    _ path: consuming RequestPath, below directory: File, _ flags: OpenFlags,
    for request: inout Request
  ) throws(SystemError)
  /// Gives `file` another name.
  mutating func link(
    _ file: File, as path: consuming RequestPath, below directory: File,
    for request: inout Request
  ) throws(SystemError)
  /// Moves a name, replacing what is there.
  mutating func rename(
    _ path: consuming RequestPath, below directory: File,
    to newPath: consuming RequestPath, below newDirectory: File, for request: inout Request
  ) throws(SystemError)
  /// An operation of the scheme's own.
  /// - Returns: the result word; what is written to `output` goes with it.
  mutating func call(
    _ file: File, _ code: UInt32, _ input: Span<UInt8>, into output: inout OutputSpan<UInt8>,
    for request: inout Request
  ) throws(SystemError) -> UInt
  /// A client passes `handle`, which is the server's to keep or close.
  mutating func receive(
    _ handle: Handle, on file: File, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> UInt
  /// A client asks for a handle.
  /// - Returns: a handle of the server's, which it has no longer after this.
  mutating func handle(
    for file: File, _ code: UInt32, _ word: UInt64, for request: inout Request
  ) throws(SystemError) -> Handle
  /// A client maps the file.
  /// - Returns: a memory object's handle, which the server has no longer after this: a duplicate.
  mutating func map(
    _ file: File, offset: UInt64, length: UInt64, _ flags: MapFlags, for request: inout Request
  ) throws(SystemError) -> Handle
  /// Pages of a provided memory object are wanted; `word` is the object's. Supply them, or fail
  /// them.
  mutating func supply(
    _ word: UInt64, offset: UInt64, length: UInt64, for request: inout Request)
  /// The client of a postponed request was interrupted: answer it soon, partly is fine.
  mutating func cancel(_ tag: RequestTag, on file: File, for request: inout Request)
  /// Somebody waits for these events on the file, or nobody any more: tell the session when they
  /// happen, and now if they have.
  mutating func watch(_ file: File, _ events: EventSet, for request: inout Request)
  /// An event that the session was asked to watch.
  mutating func handle(_ event: EventRecord)
  /// The moment that the session was asked to wake at has come.
  mutating func wake()
  /// A signal was handled while the server waited for requests. One that comes between two waits is
  /// not told.
  mutating func signalled()
  /// The result of a request that came before, if that is known: then it is answered again, with no
  /// data, and its operation does not run.
  mutating func resultOfRepeated(_ request: borrowing Request) -> UInt?
}
