// SPDX-License-Identifier: MIT

/// Stands at the last multiple of 64 KiB before a block that has a mapping of its own.
struct LargeHeader: BitwiseCopyable {
  /// The header's address, complemented, exclusive-or the heap's secret.
  var mark: UInt
  /// The whole mapping.
  var mapping: UInt
  var mappedBytes: UInt
  /// Where the block begins.
  var block: UInt

  /// From the block to the end of the mapping.
  var usableBytes: Int { Int(mapping &+ mappedBytes &- block) }
}

/// How a large block is laid out in its mapping.
struct LargeLayout: Equatable {
  /// What to map, in whole pages.
  var mappedBytes: Int
  /// Where header and block lie, from the start of the mapping.
  var header: UInt
  var block: UInt

  /// - Returns: `nil` if the numbers do not fit.
  init?(byteCount: Int, alignment: Int, mapping: UInt = 0) {
    guard byteCount >= 0, byteCount <= 1 << 40, alignment <= 1 << 40 else { return nil }
    let size = UInt(byteCount)
    let alignment = UInt(alignment)
    if alignment <= 32_768 {
      // Mappings begin at multiples of 64 KiB, so the distance is the alignment.
      header = 0
      block = max(4096, alignment)
      mappedBytes = Int((block &+ size &+ 4095) & ~4095)
    } else {
      // The block lies at a multiple of 64 KiB, its header one such step before it; the mapping is
      // large enough wherever it begins.
      mappedBytes = Int((alignment &+ Slab.byteCount &+ size &+ 4095) & ~4095)
      let first = mapping &+ Slab.byteCount
      block = ((first &+ alignment &- 1) & ~(alignment &- 1)) &- mapping
      header = block &- Slab.byteCount
    }
  }
}
