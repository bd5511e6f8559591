// SPDX-License-Identifier: MIT
public import Core

/// One of the four lines at the end of a master boot record, or of the record that a logical partition
/// is entered by (UEFI 2.10, §5.2.1).
public struct MBREntry: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 16 }

  /// 0x80 for the partition to boot from, else 0.
  public var status: UInt8 = 0
  /// Cylinder, head and sector, which nobody uses any more.
  public var firstAddress = PackedAddress()
  public var type: UInt8 = 0
  public var lastAddress = PackedAddress()
  public var firstSector: UInt32 = 0
  public var sectorCount: UInt32 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&status)
    try firstAddress.layout(&coder)
    try coder.little(&type)
    try lastAddress.layout(&coder)
    try coder.little(&firstSector)
    try coder.little(&sectorCount)
  }

  /// The whole disk belongs to a GPT.
  static var protective: UInt8 { 0xEE }

  var isEmpty: Bool { type == 0 || sectorCount == 0 }
  /// It holds a chain of logical partitions.
  var isExtended: Bool { type == 0x05 || type == 0x0F || type == 0x85 }
}

/// Three bytes of cylinder, head and sector.
public struct PackedAddress: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 3 }

  public var head: UInt8 = 0
  public var sector: UInt8 = 0
  public var cylinder: UInt8 = 0

  public init() {}

  init(_ head: UInt8, _ sector: UInt8, _ cylinder: UInt8) {
    self.head = head
    self.sector = sector
    self.cylinder = cylinder
  }

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&head)
    try coder.little(&sector)
    try coder.little(&cylinder)
  }
}

/// The first sector of a disk, or of a logical partition's record.
struct BootRecord: WireFormat {
  static var byteCount: Int { 512 }
  /// What the sector ends with.
  static var signature: UInt16 { 0xAA55 }
  /// Bytes for a boot loader.
  static var codeBytes: Int { 440 }

  var diskSignature: UInt32 = 0
  var entries = InlineArray<4, MBREntry>(repeating: MBREntry())
  var signature: UInt16 = 0

  mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.reserved(Self.codeBytes)
    try coder.little(&diskSignature)
    try coder.reserved(2)
    for index in 0..<4 { try entries[index].layout(&coder) }
    try coder.little(&signature)
  }

  /// The record in `sector`; nil if there is none. A file system's first sector ends as a record does,
  /// but has code where the lines should be, which no status allows.
  init?(reading sector: Span<UInt8>) {
    self.init()
    do throws(WireError) { try self.init(decoding: sector) } catch { return nil }
    guard signature == Self.signature else { return nil }
    for index in 0..<4 where entries[index].status & 0x7F != 0 { return nil }
  }

  init() {}
}
