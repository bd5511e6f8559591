// SPDX-License-Identifier: MIT
import Core

/// The first sector of a FAT16 volume (Microsoft, "FAT: General Overview of On-Disk Format", 1.03).
struct FATBootSector: WireFormat {
  static var byteCount: Int { 512 }
  static var sectorBytes: Int { 512 }
  static var rootEntries: Int { 512 }

  /// Jumps over the parameters, to where nothing is.
  private var jump: InlineArray<3, UInt8> = [0xEB, 0x3C, 0x90]
  /// The name of the system that made it, as every old reader expects it.
  private var maker: InlineArray<8, UInt8> = [0x4D, 0x53, 0x57, 0x49, 0x4E, 0x34, 0x2E, 0x31]
  var clusterSectors: UInt8 = 1
  var tableSectors: UInt16 = 0
  /// Sectors of the disk before the volume.
  var hiddenSectors: UInt32 = 0
  var totalSectors: UInt32 = 0
  var serial: UInt32 = 0
  var label: InlineArray<11, UInt8> = FATName.padding
  private var kind: InlineArray<8, UInt8> = [0x46, 0x41, 0x54, 0x31, 0x36, 0x20, 0x20, 0x20]

  init() {}

  mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.bytes(&jump)
    try coder.bytes(&maker)
    try Self.constant(UInt16(Self.sectorBytes), &coder)
    try coder.little(&clusterSectors)
    try Self.constant(UInt16(1), &coder)  // This sector alone comes before the tables.
    try Self.constant(UInt8(2), &coder)  // Two tables.
    try Self.constant(UInt16(Self.rootEntries), &coder)
    var small = totalSectors > 0xFFFF ? 0 : UInt16(totalSectors)
    try coder.little(&small)
    try Self.constant(UInt8(0xF8), &coder)  // A disk that stays where it is.
    try coder.little(&tableSectors)
    try Self.constant(UInt16(63), &coder)
    try Self.constant(UInt16(255), &coder)
    try coder.little(&hiddenSectors)
    var large = totalSectors > 0xFFFF ? totalSectors : 0
    try coder.little(&large)
    try Self.constant(UInt16(0x80), &coder)
    try Self.constant(UInt8(0x29), &coder)  // The three fields below are there.
    try coder.little(&serial)
    try coder.bytes(&label)
    try coder.bytes(&kind)
    try coder.reserved(448)
    try Self.constant(UInt16(0xAA55), &coder)
  }

  private static func constant<Value: FixedWidthInteger>(
    _ value: Value, _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    var field = value
    try coder.little(&field)
  }
}

/// A line of a folder.
struct FATEntry: WireFormat {
  static var byteCount: Int { 32 }
  static var folder: UInt8 { 0x10 }
  static var file: UInt8 { 0x20 }
  static var label: UInt8 { 0x08 }
  /// 1980-01-01.
  private static var firstDay: UInt16 { 0x0021 }

  var name: InlineArray<11, UInt8> = FATName.padding
  var attributes: UInt8 = 0
  var cluster: UInt16 = 0
  var byteSize: UInt32 = 0
  private var created = FATEntry.firstDay
  private var accessed = FATEntry.firstDay
  private var changed = FATEntry.firstDay

  init() {}

  mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.bytes(&name)
    try coder.little(&attributes)
    try coder.reserved(4)
    try coder.little(&created)
    try coder.little(&accessed)
    try coder.reserved(4)
    try coder.little(&changed)
    try coder.little(&cluster)
    try coder.little(&byteSize)
  }
}
