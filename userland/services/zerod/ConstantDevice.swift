// SPDX-License-Identifier: MIT
public import ABI
import Core
public import Memory
public import Schemes

/// What a device without state gives to its readers.
public enum ConstantKind: Sendable {
  /// Nothing: every read is at the end.
  case null
  /// Zeros without end.
  case zero
}

/// A scheme that is one character device without state. It forgets what is written and always gives
/// the same, so that nothing is lost with its server, and a request that comes again is carried out
/// again.
public struct ConstantDevice: SchemeServer {
  /// The root and what is opened through it are the same device; the words tell them apart.
  public enum File: UInt64, SchemeFile {
    case root = 0
    case device = 1
  }

  private let kind: ConstantKind
  /// Zeros that are never written: answers lie here, and are copied once, into the client's memory.
  private let zeros: SharedBytes
  private var session: SchemeSession?

  /// - Parameter zeros: as much as one read is to give; may be empty for `null`.
  public init(_ kind: ConstantKind, zeros: SharedBytes) {
    self.kind = kind
    self.zeros = zeros
  }

  public mutating func start(_ session: SchemeSession) { self.session = session }

  /// - Throws: `notFound` for any path, since there is one file; `notDirectory`; `alreadyExists`.
  public mutating func open(
    _ path: consuming RequestPath, below directory: File, for request: inout Request
  ) throws(SystemError) -> File {
    guard directory == .root else { throw .notDirectory }
    guard try path.next() == nil else { throw .notFound }
    let flags = request.openFlags
    if flags.contains(.directory) { throw .notDirectory }
    if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
    return .device
  }

  public mutating func read(
    _ file: File, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    if kind == .zero { request.answer(with: zeros) }
  }

  /// Takes everything that the client offers, without looking at it.
  public mutating func write(
    _ file: File, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int { request.inputCount }

  public mutating func size(
    _ file: File, for request: inout Request
  ) throws(SystemError) -> UInt64 { 0 }

  public mutating func status(
    _ file: File, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.inode = 1
    status.mode = FileMode.characterDevice | 0o666
    status.links = 1
    return status
  }

  public mutating func path(
    _ file: File, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {}

  public mutating func truncate(
    _ file: File, to length: UInt64, for request: inout Request
  ) throws(SystemError) {}

  /// Both is always possible.
  public mutating func watch(_ file: File, _ events: EventSet, for request: inout Request) {
    session?.signal(file.word, .readable | .writable)
  }
}
