// SPDX-License-Identifier: MIT
import Cryptography
import Schemes
import System

/// The scheme `rand`: one character device of random bytes.
struct RandomServer: SchemeServer, ~Copyable {
  enum File: UInt64, SchemeFile {
    case root = 0
    case device = 1
  }

  private var source: RandomSource
  private var session: SchemeSession?

  init(_ source: consuming RandomSource) { self.source = source }

  mutating func start(_ session: SchemeSession) { self.session = session }

  mutating func open(
    _ path: consuming RequestPath, below directory: File, for request: inout Request
  ) throws(SystemError) -> File {
    guard directory == .root else { throw .notDirectory }
    guard try path.next() == nil else { throw .notFound }
    let flags = request.openFlags
    if flags.contains(.directory) { throw .notDirectory }
    if flags.contains(.create), flags.contains(.exclusive) { throw .alreadyExists }
    request.opensStream()
    return .device
  }

  mutating func read(
    _ file: File, into output: inout OutputSpan<UInt8>, at offset: UInt64,
    for request: inout Request
  ) throws(SystemError) {
    do throws(GeneratorError) { try source.fill(&output) } catch { throw .inputOutput }
  }

  mutating func write(
    _ file: File, from bytes: Span<UInt8>, at offset: UInt64, for request: inout Request
  ) throws(SystemError) -> Int {
    do throws(GeneratorError) { try source.mix(bytes) } catch { throw .inputOutput }
    return bytes.count
  }

  mutating func size(_ file: File, for request: inout Request) throws(SystemError) -> UInt64 { 0 }

  mutating func status(
    _ file: File, for request: inout Request
  ) throws(SystemError) -> FileStatus {
    var status = FileStatus()
    status.inode = 1
    status.mode = FileMode.characterDevice | 0o666
    status.links = 1
    return status
  }

  mutating func path(
    _ file: File, into output: inout OutputSpan<UInt8>, for request: inout Request
  ) throws(SystemError) {}

  mutating func truncate(
    _ file: File, to length: UInt64, for request: inout Request
  ) throws(SystemError) {}

  /// Nobody ever waits here.
  mutating func watch(_ file: File, _ events: EventSet, for request: inout Request) {
    session?.signal(file.word, .readable | .writable)
  }
}
