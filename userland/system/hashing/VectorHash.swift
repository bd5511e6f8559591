// SPDX-License-Identifier: MIT
import CSystem

/// SeaHash's inner loop with registers of 256 bits.
public enum VectorHash {
  /// Whether the processor has them. Asking takes a while: once is enough.
  @export(interface)
  public static func isThere() -> Bool { system_has_vectors() != 0 }

  /// Takes the bytes into the lanes, as far as they are whole runs of 32.
  /// - Returns: how many those were.
  @export(interface)
  public static func absorb(
    _ bytes: Span<UInt8>, into lanes: inout InlineArray<4, UInt64>
  ) -> Int {
    let count = bytes.count & ~31
    var span = lanes.mutableSpan
    // SAFETY: four lanes, and `count` bytes that are only read, while both are borrowed.
    unsafe span.withUnsafeMutableBufferPointer { lanes in
      unsafe bytes.withUnsafeBytes { bytes in
        if count > 0, let lanes = lanes.baseAddress, let bytes = bytes.baseAddress {
          unsafe system_hash_lanes(lanes, bytes, UInt(count))
        }
      }
    }
    return count
  }
}
