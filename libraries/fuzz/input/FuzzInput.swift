// SPDX-License-Identifier: MIT

/// The bytes that libFuzzer hands to a target, for the length of one call.
public enum FuzzInput {
  /// - Safety: `start` points to `count` bytes that nobody changes during the call.
  @unsafe public static func lend(
    _ start: UnsafePointer<UInt8>, _ count: Int, to body: (Span<UInt8>) -> Void
  ) {
    // SAFETY: by this function's contract.
    body(unsafe Span(_unsafeStart: start, count: count))
  }
}
