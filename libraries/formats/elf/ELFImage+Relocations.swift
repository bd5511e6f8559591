// SPDX-License-Identifier: MIT
import Core

extension ELFImage {
  /// How many relocations there are.
  public var relocationCount: Int {
    Int(truncatingIfNeeded: relocationTable.byteCount) / RelocationEntry.byteCount
  }

  /// The relocation number `index`, below `relocationCount`.
  ///
  /// - Throws: `unsupportedRelocation` if it asks for more than base plus addend;
  ///   `relocationOutsideWritableSegment` if it would write where the program may not.
  @export(interface)
  public func relocation(at index: Int) throws(ELFError) -> RelativeRelocation {
    precondition(index >= 0 && index < relocationCount, "relocation beyond the table")
    let place = relocationTable.start &+ UInt64(index &* RelocationEntry.byteCount)
    let entry = try record(RelocationEntry.self, at: place, or: .relocationTableOutsideSegment)
    guard entry.type == machine.relativeRelocation, entry.symbol == 0 else {
      throw .unsupportedRelocation
    }
    guard let target = AddressRange(start: entry.offset, byteCount: 8), isWritable(target) else {
      throw .relocationOutsideWritableSegment
    }
    return RelativeRelocation(
      address: entry.offset, addend: UInt64(bitPattern: entry.addend))
  }

  /// Checks all relocations without applying any.
  @export(interface)
  public func checkRelocations() throws(ELFError) {
    for index in 0..<relocationCount { _ = try relocation(at: index) }
  }

  private func isWritable(_ range: AddressRange) -> Bool {
    for index in segments.indices where segments[index].isWritable {
      if segments[index].memory.contains(range) { return true }
    }
    return false
  }

  /// Where the relocations stand in the file, from the dynamic table that `header` describes.
  func relocationTable(_ header: ProgramHeader) throws(ELFError) -> AddressRange {
    guard
      let start = fileOffset(ofAddress: header.virtualAddress, byteCount: header.fileBytes)
    else { throw .dynamicTableOutsideSegment }
    var table = DynamicTable()
    var offset: UInt64 = 0
    while !table.isComplete {
      guard offset &+ UInt64(DynamicEntry.byteCount) <= header.fileBytes else {
        throw .dynamicTableUnterminated
      }
      try table.add(record(DynamicEntry.self, at: start &+ offset, or: .dynamicTableUnterminated))
      offset &+= UInt64(DynamicEntry.byteCount)
    }
    guard table.relocationBytes > 0 else { return AddressRange() }
    guard table.relocationEntryBytes == UInt64(RelocationEntry.byteCount),
      table.relocationBytes % UInt64(RelocationEntry.byteCount) == 0,
      let place = fileOffset(
        ofAddress: table.relocationAddress, byteCount: table.relocationBytes),
      let range = AddressRange(start: place, byteCount: table.relocationBytes)
    else { throw .relocationTableOutsideSegment }
    return range
  }
}

/// What the dynamic table says about relocations. Anything that only a dynamic linker could do
/// refuses the program; what the program's own start code uses is passed over.
struct DynamicTable {
  private(set) var relocationAddress: UInt64 = 0
  private(set) var relocationBytes: UInt64 = 0
  private(set) var relocationEntryBytes: UInt64 = 24
  private(set) var isComplete = false

  mutating func add(_ entry: DynamicEntry) throws(ELFError) {
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
}
