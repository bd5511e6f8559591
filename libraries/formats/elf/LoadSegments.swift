// SPDX-License-Identifier: MIT
import Core

/// The segments to be mapped: at most 8, in rising order of address; no two share a page.
public struct LoadSegments: ~Copyable {
  private let list: FixedArray<8, LoadSegment>
  /// What the load address must be a multiple of, in bytes: at least a page.
  let alignment: UInt64

  init(
    reading table: borrowing ProgramHeaderTable, of fileBytes: Int, _ limits: LoadLimits
  ) throws(ELFError) {
    var list = FixedArray<8, LoadSegment>()
    var alignment = pageBytes
    var end: UInt64 = 0
    for index in 0..<table.count {
      let header = try table.header(at: index)
      guard header.type == ProgramHeader.load, header.memoryBytes > 0 else { continue }
      let segment = try LoadSegment(header, fileBytes: fileBytes, limits)
      guard segment.pages.start >= end else { throw .segmentsOverlap }
      end = segment.pages.end
      guard list.append(segment) == nil else { throw .tooManySegments }
      alignment = max(alignment, header.alignment)
    }
    self.list = list
    self.alignment = alignment
  }

  public var count: Int { list.count }
  public var isEmpty: Bool { list.isEmpty }
  public var indices: Range<Int> { list.indices }
  public subscript(index: Int) -> LoadSegment { list[index] }

  /// From the first page of the first segment to the last page of the last.
  @export(interface)
  public var pages: AddressRange {
    guard !isEmpty else { return AddressRange() }
    let start = list[0].pages.start
    return AddressRange(start: start, byteCount: list[count &- 1].pages.end &- start)
      ?? AddressRange()
  }

  /// Where in the file the bytes at `address` stand; `nil` unless all come from one segment's file
  /// part.
  func fileOffset(ofAddress address: UInt64, byteCount: UInt64) -> UInt64? {
    guard let range = AddressRange(start: address, byteCount: byteCount) else { return nil }
    for index in indices {
      guard let part = list[index].filePart, part.contains(range) else { continue }
      return list[index].fileOffset &+ (address &- part.start)
    }
    return nil
  }

  /// The address of the byte at `offset` of the file; `nil` if no segment has it.
  func address(ofFileOffset offset: UInt64) -> UInt64? {
    for index in indices {
      let segment = list[index]
      guard offset >= segment.fileOffset, offset &- segment.fileOffset < segment.fileBytes else {
        continue
      }
      return segment.memory.start &+ (offset &- segment.fileOffset)
    }
    return nil
  }

  /// The first segment for which `condition` holds.
  func first(where condition: (LoadSegment) -> Bool) -> LoadSegment? {
    for index in indices where condition(list[index]) { return list[index] }
    return nil
  }
}
