// SPDX-License-Identifier: MIT
import Core

/// The first 64 bytes of a 64-bit ELF file (System V ABI, chapter 4, "ELF Header").
public struct FileHeader: WireFormat, Equatable {
  public static var byteCount: Int { 64 }

  public var magic: UInt32 = FileHeader.magicNumber
  /// EI_CLASS: 2 means 64 bits.
  public var fileClass: UInt8 = 2
  /// EI_DATA: 1 means little-endian.
  public var dataEncoding: UInt8 = 1
  /// EI_VERSION.
  public var identificationVersion: UInt8 = 1
  /// EI_OSABI and what follows it; says nothing that a static program depends on.
  public var systemInterface: UInt8 = 0
  /// e_type: 2 is a program at a fixed address, 3 one that may lie anywhere.
  public var type: UInt16 = 3
  public var machine: UInt16 = 0
  public var version: UInt32 = 1
  public var entry: UInt64 = 0
  public var programHeaderOffset: UInt64 = 0
  public var sectionHeaderOffset: UInt64 = 0
  public var flags: UInt32 = 0
  public var headerBytes: UInt16 = 64
  public var programHeaderBytes: UInt16 = 56
  public var programHeaderCount: UInt16 = 0
  public var sectionHeaderBytes: UInt16 = 64
  public var sectionHeaderCount: UInt16 = 0
  public var sectionNamesIndex: UInt16 = 0

  /// 0x7F, "ELF".
  public static var magicNumber: UInt32 { 0x464C_457F }

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&magic)
    try coder.little(&fileClass)
    try coder.little(&dataEncoding)
    try coder.little(&identificationVersion)
    try coder.little(&systemInterface)
    try coder.reserved(8)
    try coder.little(&type)
    try coder.little(&machine)
    try coder.little(&version)
    try coder.little(&entry)
    try coder.little(&programHeaderOffset)
    try coder.little(&sectionHeaderOffset)
    try coder.little(&flags)
    try coder.little(&headerBytes)
    try coder.little(&programHeaderBytes)
    try coder.little(&programHeaderCount)
    try coder.little(&sectionHeaderBytes)
    try coder.little(&sectionHeaderCount)
    try coder.little(&sectionNamesIndex)
  }
}

extension FileHeader {
  /// Whether these are the first bytes of the magic number, or all of them.
  private static func isMagic(_ start: Span<UInt8>) -> Bool {
    let magic: [4 of UInt8] = [0x7F, 0x45, 0x4C, 0x46]
    for index in start.indices where start[index] != magic[index] { return false }
    return true
  }

  /// Reads the header and checks that it is one this module understands.
  init(checking bytes: Span<UInt8>) throws(ELFError) {
    do throws(WireError) { try self.init(decoding: bytes) } catch {
      // A short file that begins otherwise was not cut off.
      let start = bytes.extracting(first: min(bytes.count, 4))
      throw Self.isMagic(start) ? .tooShort : .notELF
    }
    guard magic == Self.magicNumber else { throw .notELF }
    guard fileClass == 2 else { throw .not64Bit }
    guard dataEncoding == 1 else { throw .notLittleEndian }
    guard identificationVersion == 1, version == 1 else { throw .unknownVersion }
    guard headerBytes == Self.byteCount else { throw .wrongHeaderSize }
  }
}
