// SPDX-License-Identifier: MIT
import ABI
import Core

/// Bytes of a server's own that an answer lies in, instead of a copy of them.
///
/// They are kept until the next answer of this sort, so that they stay where they are while the kernel
/// copies them. Whoever changes the array meanwhile changes a copy, which costs as much as it is long:
/// `release` comes first.
public struct LentBytes {
  private var bytes: [UInt8] = []

  public init() {}

  /// Answers `request`, a `read`, with a part of `bytes`, as much of it as the client can take.
  public mutating func answer(
    _ request: inout Request, with bytes: [UInt8], _ range: Range<Int>
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "outside the bytes")
    self.bytes = bytes
    // SAFETY: nothing is read or written through the address here. The kernel reads from it before the
    // server takes its next request; until then this value holds the array, so its elements stay.
    let start = unsafe self.bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    request.lend(
      UserSpan(address: start &+ UInt(range.lowerBound), count: UInt(range.count)))
  }

  /// The bytes are about to be changed.
  public mutating func release() { if !bytes.isEmpty { bytes = [] } }
}
