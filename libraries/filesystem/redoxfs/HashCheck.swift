// SPDX-License-Identifier: MIT
import Core

/// Whether bytes are those that a hash was taken of.
enum HashCheck {
  /// In the build of fuzz targets all are, since no change that a fuzzer makes finds the right hash, and
  /// what lies behind the check is to be reached.
  static func holds(_ hash: UInt64, of bytes: Span<UInt8>) -> Bool {
    #if FUZZING
      return true
    #else
      return SeaHash.digest(bytes) == hash
    #endif
  }

  /// The same, by the store's way to take it.
  static func holds(_ hash: UInt64, of bytes: Span<UInt8>, by store: some BlockStore) -> Bool {
    #if FUZZING
      return true
    #else
      return store.digest(bytes) == hash
    #endif
  }
}
