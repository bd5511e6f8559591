// SPDX-License-Identifier: MIT
import MbedTLS

/// A SHA-256 digest (FIPS 180-4) of bytes that come piece by piece.
public struct SHA256: Sendable {
  public typealias Digest = InlineArray<32, UInt8>

  private var state = sha256_state()

  @export(interface)
  public init() { unsafe sha256_begin(&state) }

  /// Goes on with `bytes`, as if they followed the earlier ones at once.
  @export(interface)
  public mutating func update(_ bytes: Span<UInt8>) {
    // SAFETY: the bytes are lent for the call.
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe sha256_update(&state, buffer.baseAddress, buffer.count)
    }
  }

  /// The digest of everything so far.
  @export(interface)
  public consuming func finish() -> Digest {
    var digest = Digest(repeating: 0)
    var span = digest.mutableSpan
    // SAFETY: 32 bytes are written.
    unsafe span.withUnsafeMutableBufferPointer { buffer in
      if let first = buffer.baseAddress { unsafe sha256_end(&state, first) }
    }
    return digest
  }
}
