// SPDX-License-Identifier: MIT
import Core
import ELF

/// How one segment of a program comes into memory: pages of the file, zeros behind the file's bytes
/// in their last page, and further pages of zeros.
public struct SegmentPlan: Equatable, Sendable {
  /// Whole pages of the file, mapped privately; no bytes if the segment has none in the file.
  public var fileAddress: UInt64 = 0
  public var fileBytes: UInt64 = 0
  public var fileOffset: UInt64 = 0
  /// Bytes in the last of those pages that are not the segment's.
  public var zeroAddress: UInt64 = 0
  public var zeroBytes: UInt64 = 0
  /// Whole pages of zeros.
  public var blankAddress: UInt64 = 0
  public var blankBytes: UInt64 = 0
  public var isReadable = false
  public var isWritable = false
  public var isExecutable = false
}

/// Where a program is loaded and what its start record says of it.
public struct LoadPlan {
  public private(set) var segments: [SegmentPlan] = []
  /// The first instruction.
  public let entry: UInt64
  /// What was added to the program's addresses.
  public let base: UInt64
  /// Where the program headers lie in memory, or zero.
  public let programHeaders: UInt64
  public let programHeaderCount: Int

  /// - Parameter random: which of the possible load addresses is taken.
  public init(_ image: borrowing ELFImage, random: UInt64) {
    let base = image.isRelocatable ? Self.base(image.alignment, random) : 0
    self.base = base
    entry = base &+ image.entry
    programHeaders = image.programHeadersAddress.map { base &+ $0 } ?? 0
    programHeaderCount = image.programHeaderCount
    for index in image.segments.indices {
      segments.append(SegmentPlan(image.segments[index], base))
    }
  }

  /// Programs lie in the 16 TiB from 80 TiB on: far from the heap below, and from stacks and the
  /// kernel's own choices above. 2^28 places, each a multiple of the image's alignment.
  private static func base(_ alignment: UInt64, _ random: UInt64) -> UInt64 {
    let offset = (random & 0xFFF_FFFF) &<< 12
    return 0x5000_0000_0000 &+ offset.roundedDown(to: max(alignment, 4096))
  }
}

extension SegmentPlan {
  /// The image has been checked: none of the sums wraps around, and file pages end with the file's
  /// last page.
  init(_ segment: LoadSegment, _ base: UInt64) {
    isReadable = segment.isReadable
    isWritable = segment.isWritable
    isExecutable = segment.isExecutable
    let start = base &+ segment.memory.start
    let fileEnd = start &+ segment.fileBytes
    let memoryEnd = (base &+ segment.memory.end &+ 4095) & ~4095
    var filePagesEnd = start & ~4095
    if segment.fileBytes > 0 {
      fileAddress = start & ~4095
      filePagesEnd = (fileEnd &+ 4095) & ~4095
      fileBytes = filePagesEnd &- fileAddress
      fileOffset = segment.fileOffset & ~4095
      // Only where the program can see the difference: behind read-only bytes lies more of the
      // file.
      if segment.isWritable, filePagesEnd > fileEnd {
        zeroAddress = fileEnd
        zeroBytes = filePagesEnd &- fileEnd
      }
    }
    if memoryEnd > filePagesEnd {
      blankAddress = filePagesEnd
      blankBytes = memoryEnd &- filePagesEnd
    }
  }
}
