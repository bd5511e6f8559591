// SPDX-License-Identifier: MIT
public import Core

/// The header of a GUID partition table (UEFI 2.10, §5.3.2).
public struct GPTHeader: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 92 }
  /// "EFI PART" as a little-endian number.
  public static var signature: UInt64 { 0x5452_4150_2049_4645 }
  public static var revision: UInt32 { 0x0001_0000 }

  public var signature = GPTHeader.signature
  public var revision = GPTHeader.revision
  public var headerBytes = UInt32(GPTHeader.byteCount)
  /// Of `headerBytes` bytes, with zero in this place.
  public var checksum: UInt32 = 0
  public var ownSector: UInt64 = 0
  public var otherSector: UInt64 = 0
  public var firstUsable: UInt64 = 0
  /// The last sector that a partition may have.
  public var lastUsable: UInt64 = 0
  public var disk = GUID.zero
  public var entriesSector: UInt64 = 0
  public var entryCount: UInt32 = 128
  public var entryBytes = UInt32(GPTEntry.byteCount)
  public var entriesChecksum: UInt32 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&signature)
    try coder.little(&revision)
    try coder.little(&headerBytes)
    try coder.little(&checksum)
    try coder.reserved(4)
    try coder.little(&ownSector)
    try coder.little(&otherSector)
    try coder.little(&firstUsable)
    try coder.little(&lastUsable)
    try disk.layout(&coder)
    try coder.little(&entriesSector)
    try coder.little(&entryCount)
    try coder.little(&entryBytes)
    try coder.little(&entriesChecksum)
  }

  /// Where `checksum` stands.
  static var checksumPlace: Range<Int> { 16..<20 }
}

/// One line of the table (UEFI 2.10, §5.3.3).
public struct GPTEntry: WireFormat, Sendable {
  public static var byteCount: Int { 128 }

  public var type = GUID.zero
  public var unique = GUID.zero
  public var firstSector: UInt64 = 0
  /// Belongs to the partition.
  public var lastSector: UInt64 = 0
  public var attributes: UInt64 = 0
  /// 36 units of UTF-16, least significant byte first, filled up with zeros.
  public var name = InlineArray<72, UInt8>(repeating: 0)

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try type.layout(&coder)
    try unique.layout(&coder)
    try coder.little(&firstSector)
    try coder.little(&lastSector)
    try coder.little(&attributes)
    try coder.bytes(&name)
  }
}
