// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Objects

/// The last 64 KiB of what the kernel reported and of what was written to `/scheme/debug`.
///
/// Its 16 pages are the kernel's own, taken one by one as the log first grows into them, so a
/// machine that says little spends little. What is written before there are frames to take, or when
/// none is left, is on the console and nowhere else.
struct LogRing: BitwiseCopyable {
  static let capacity: UInt64 = 65_536

  private var pages = InlineArray<16, PhysicalAddress>(repeating: PhysicalAddress(0))
  /// Bytes ever kept; the newest is the one before.
  private(set) var end: UInt64 = 0

  init() {}

  /// The position of the oldest byte that is still there.
  var start: UInt64 { end > Self.capacity ? end &- Self.capacity : 0 }

  mutating func append(_ byte: UInt8) {
    guard let page = page(holding: end) else { return }
    page[Int(truncatingIfNeeded: end & 4095)] = byte
    end &+= 1
  }

  /// The byte at `position`, which lies in `start ..< end`. `mutating` so that nothing is copied.
  mutating func byte(at position: UInt64) -> UInt8 {
    let address = pages[Self.pageIndex(position)]
    guard position >= start, position < end, address.rawValue != 0 else { return 0 }
    return PageOf<UInt8>(address)[Int(truncatingIfNeeded: position & 4095)]
  }

  private mutating func page(holding position: UInt64) -> PageOf<UInt8>? {
    let index = Self.pageIndex(position)
    if pages[index].rawValue == 0 {
      guard let address = frameForLog() else { return nil }
      pages[index] = address
    }
    return PageOf(pages[index])
  }

  private static func pageIndex(_ position: UInt64) -> Int {
    Int(truncatingIfNeeded: position >> 12 & 15)
  }
}

/// A frame of the kernel's own, or nil: then the log goes without.
private func frameForLog() -> PhysicalAddress? {
  do throws(SystemError) { return try kernel.frames.take(for: nil) } catch { return nil }
}
