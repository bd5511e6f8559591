// SPDX-License-Identifier: MIT
import Core

/// What the program headers say beyond the segments; each part may stand once.
struct OtherParts {
  private(set) var threadLocal: ThreadLocalTemplate?
  private(set) var readOnlyAfterRelocation: AddressRange?
  /// Where the relocations stand in the file; `nil` if there is no dynamic table.
  private(set) var relocationTable: AddressRange?

  init(
    reading table: borrowing ProgramHeaderTable, of file: Span<UInt8>,
    _ segments: borrowing LoadSegments, _ limits: LoadLimits
  ) throws(ELFError) {
    for index in 0..<table.count {
      let header = try table.header(at: index)
      switch header.type {
      case ProgramHeader.interpreter: throw .needsInterpreter
      case ProgramHeader.stack:
        guard header.flags & 1 == 0 else { throw .executableStack }
      case ProgramHeader.threadLocal:
        guard threadLocal == nil else { throw .repeatedHeader }
        threadLocal = try ThreadLocalTemplate(header, within: segments, limits)
      case ProgramHeader.readOnlyAfterRelocation:
        guard readOnlyAfterRelocation == nil else { throw .repeatedHeader }
        readOnlyAfterRelocation = try Self.readOnlyPart(header, within: segments)
      case ProgramHeader.dynamic:
        guard relocationTable == nil else { throw .repeatedHeader }
        relocationTable = try DynamicTable(reading: header, of: file, segments)
          .relocations(within: segments)
      default: continue  // Notes, unwind tables and what other systems add.
      }
    }
  }

  /// The linker may end the part within a page, but a protection cannot: that page stays writable.
  private static func readOnlyPart(
    _ header: ProgramHeader, within segments: borrowing LoadSegments
  ) throws(ELFError) -> AddressRange {
    guard
      let part = AddressRange(start: header.virtualAddress, byteCount: header.memoryBytes),
      segments.first(where: { $0.isWritable && $0.pages.contains(part) }) != nil
    else { throw .readOnlyPartOutsideSegment }
    let start = part.start.roundedDown(to: pageBytes)
    let end = max(start, part.end.roundedDown(to: pageBytes))
    return AddressRange(start: start, byteCount: end &- start) ?? AddressRange()
  }
}

extension ThreadLocalTemplate {
  fileprivate init(
    _ header: ProgramHeader, within segments: borrowing LoadSegments, _ limits: LoadLimits
  ) throws(ELFError) {
    let alignment = max(header.alignment, 1)
    guard alignment.isPowerOfTwo, alignment <= pageBytes,
      header.fileBytes <= header.memoryBytes, header.memoryBytes <= limits.threadLocalBytes
    else { throw .threadLocalPartMisaligned }
    if header.fileBytes > 0 {
      let place = segments.fileOffset(
        ofAddress: header.virtualAddress, byteCount: header.fileBytes)
      guard place != nil else { throw .threadLocalPartOutsideSegment }
    }
    self.init(
      address: header.virtualAddress, fileBytes: header.fileBytes,
      memoryBytes: header.memoryBytes, alignment: alignment)
  }
}

/// What the dynamic table says about relocations. Anything that only a dynamic linker could do
/// refuses the program; what the program's own start code uses is passed over.
struct DynamicTable {
  private var relocationAddress: UInt64 = 0
  private var relocationBytes: UInt64 = 0
  private var relocationEntryBytes = UInt64(RelocationEntry.byteCount)
  private var isComplete = false

  init(
    reading header: ProgramHeader, of file: Span<UInt8>, _ segments: borrowing LoadSegments
  ) throws(ELFError) {
    guard
      let start = segments.fileOffset(
        ofAddress: header.virtualAddress, byteCount: header.fileBytes)
    else { throw .dynamicTableOutsideSegment }
    var offset: UInt64 = 0
    while !isComplete {
      guard offset &+ UInt64(DynamicEntry.byteCount) <= header.fileBytes else {
        throw .dynamicTableUnterminated
      }
      var entry = DynamicEntry()
      do throws(WireError) {
        entry = try DynamicEntry(decoding: file, at: start &+ offset)
      } catch { throw .dynamicTableOutsideSegment }
      try add(entry)
      offset &+= UInt64(DynamicEntry.byteCount)
    }
  }

  private mutating func add(_ entry: DynamicEntry) throws(ELFError) {
    switch entry.tag {
    case 0: isComplete = true
    case 1: throw .needsSharedLibrary
    case 7: relocationAddress = entry.value  // DT_RELA
    case 8: relocationBytes = entry.value  // DT_RELASZ
    case 9: relocationEntryBytes = entry.value  // DT_RELAENT
    case 22: throw .relocationsInReadOnlyMemory  // DT_TEXTREL
    case 2, 18, 35:  // DT_PLTRELSZ, DT_RELSZ, DT_RELRSZ
      guard entry.value == 0 else { throw .unsupportedRelocationTable }
    default: break
    }
  }

  /// Where the relocations stand in the file.
  func relocations(within segments: borrowing LoadSegments) throws(ELFError) -> AddressRange {
    guard relocationBytes > 0 else { return AddressRange() }
    guard relocationEntryBytes == UInt64(RelocationEntry.byteCount),
      relocationBytes % UInt64(RelocationEntry.byteCount) == 0,
      let place = segments.fileOffset(ofAddress: relocationAddress, byteCount: relocationBytes),
      let range = AddressRange(start: place, byteCount: relocationBytes)
    else { throw .relocationTableOutsideSegment }
    return range
  }
}
