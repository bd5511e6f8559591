// SPDX-License-Identifier: MIT
public import ABI
import Base
public import Core

/// Collects what is printed and sends it in pieces of 16 KiB.
///
/// Writing into it never fails; the first error is kept, and nothing is sent after it.
public struct UtilityOutput: ByteSink {
  public let handle: Handle
  /// Why output was lost.
  public private(set) var failure: SystemError?
  private let system: UtilitySystem
  private var buffer: [UInt8] = []

  private static var pieceBytes: Int { 16 << 10 }

  public init(_ handle: Handle, _ system: UtilitySystem) {
    self.handle = handle
    self.system = system
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
      buffer.append(copyOf: bytes)
    }
  }

  /// Sends what has been collected.
  @export(interface)
  public mutating func send() {
    guard !buffer.isEmpty else { return }
    if failure == nil {
      do throws(SystemError) { try system.writeAll(handle, buffer.span) } catch { failure = error }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func sendDirectly(_ bytes: Span<UInt8>) {
    guard failure == nil else { return }
    do throws(SystemError) { try system.writeAll(handle, bytes) } catch { failure = error }
  }
}
