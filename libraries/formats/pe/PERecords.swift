// SPDX-License-Identifier: MIT
import Core

/// What a UEFI application begins with: a stub of MS-DOS, the COFF header and the optional header of
/// PE32+ (Microsoft, "PE Format"). Fields that never vary are written as they are.
struct PEHeaders: WireFormat {
  static var byteCount: Int { 64 + 24 + 240 }

  var sectionCount: UInt16 = 0
  var codeBytes: UInt32 = 0
  var dataBytes: UInt32 = 0
  var entry: UInt32 = 0
  var codeStart: UInt32 = 0
  var imageBytes: UInt32 = 0
  var headerBytes: UInt32 = 0
  var relocationStart: UInt32 = 0
  var relocationBytes: UInt32 = 0

  mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try Self.constant(UInt16(0x5A4D), &coder)  // "MZ"
    try coder.reserved(58)
    try Self.constant(UInt32(64), &coder)  // Where the next header is.
    try Self.constant(UInt32(0x4550), &coder)  // "PE"
    try Self.constant(UInt16(0x8664), &coder)  // x86-64
    try coder.little(&sectionCount)
    try coder.reserved(12)  // No time, no symbols.
    try Self.constant(UInt16(240), &coder)  // Bytes of the optional header.
    try Self.constant(UInt16(0x0222), &coder)  // Executable, any address, no debugging information.
    try layoutOptionalHeader(&coder)
    try coder.reserved(5 * 8)
    try coder.little(&relocationStart)
    try coder.little(&relocationBytes)
    try coder.reserved(10 * 8)
  }

  private mutating func layoutOptionalHeader(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try Self.constant(UInt16(0x20B), &coder)  // PE32+
    try coder.reserved(2)
    try coder.little(&codeBytes)
    try coder.little(&dataBytes)
    try coder.reserved(4)
    try coder.little(&entry)
    try coder.little(&codeStart)
    try coder.reserved(8)  // Linked for address zero, where nothing is ever loaded.
    try Self.constant(PEImage.sectionAlignment, &coder)
    try Self.constant(PEImage.fileAlignment, &coder)
    try coder.reserved(16)  // Versions of systems and of the program.
    try coder.little(&imageBytes)
    try coder.little(&headerBytes)
    try coder.reserved(4)  // The checksum is for drivers of another system.
    try Self.constant(UInt16(10), &coder)  // An application of EFI.
    try Self.constant(UInt16(0x160), &coder)  // Any address; data is not executed.
    try coder.reserved(4 * 8 + 4)  // Stack and heap are the firmware's affair.
    try Self.constant(UInt32(16), &coder)  // Data directories; the sixth is that of relocations.
  }

  /// A field that always has this value, whatever stands there when it is read.
  private static func constant<Value: FixedWidthInteger>(
    _ value: Value, _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    var field = value
    try coder.little(&field)
  }
}

/// A line of the section table.
struct PESection: WireFormat {
  static var byteCount: Int { 40 }

  static var code: UInt32 { 0x6000_0020 }
  static var constants: UInt32 { 0x4000_0040 }
  static var variables: UInt32 { 0xC000_0040 }
  /// Read once, then dropped.
  static var relocations: UInt32 { 0x4200_0040 }

  var name = InlineArray<8, UInt8>(repeating: 0)
  var memoryBytes: UInt32 = 0
  var address: UInt32 = 0
  var fileBytes: UInt32 = 0
  var fileOffset: UInt32 = 0
  var rights: UInt32 = 0

  mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.bytes(&name)
    try coder.little(&memoryBytes)
    try coder.little(&address)
    try coder.little(&fileBytes)
    try coder.little(&fileOffset)
    try coder.reserved(12)
    try coder.little(&rights)
  }
}
