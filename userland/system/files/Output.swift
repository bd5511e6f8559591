// SPDX-License-Identifier: MIT
import ABI
import Base

/// Collects what is written to a handle and sends it in pieces of 4 KiB: the way to print.
///
/// Writing into it never fails; the first error is kept and thrown by `flush`. What is left is sent
/// when the value ends.
public struct Output: ~Copyable, ByteSink {
  public let handle: Handle
  private var buffer: [UInt8] = []
  /// The first error of a write: nothing more is sent after it.
  public private(set) var failure: SystemError?

  private static var pieceBytes: Int { 4096 }

  /// Writes to `handle`, which stays the caller's and must stay open meanwhile.
  @export(interface)
  public init(_ handle: Handle = .standardOutput) {
    self.handle = handle
    buffer.reserveCapacity(Self.pieceBytes)
  }

  deinit {
    let rest = Text(failure == nil ? buffer : [])
    // Nobody is left who could be told of an error.
    if !rest.isEmpty { handle.writeIgnoringErrors(rest) }
  }

  @export(interface)
  public mutating func put(_ byte: UInt8) {
    if buffer.count == Self.pieceBytes { send() }
    buffer.append(byte)
  }

  @export(interface)
  public mutating func put(_ bytes: Span<UInt8>) {
    if buffer.count + bytes.count > Self.pieceBytes { send() }
    if bytes.count >= Self.pieceBytes {
      sendDirectly(bytes)
    } else {
      for index in bytes.indices { buffer.append(bytes[index]) }
    }
  }

  /// Sends what has been collected.
  /// - Throws: the first error since the value was made.
  @export(interface)
  public mutating func flush() throws(SystemError) {
    send()
    if let failure { throw failure }
  }

  private mutating func send() {
    if failure == nil, !buffer.isEmpty {
      do throws(SystemError) { try handle.writeAll(buffer.span) } catch { failure = error }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func sendDirectly(_ bytes: Span<UInt8>) {
    guard failure == nil else { return }
    do throws(SystemError) { try handle.writeAll(bytes) } catch { failure = error }
  }
}
