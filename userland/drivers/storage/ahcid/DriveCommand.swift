// SPDX-License-Identifier: MIT
import Core
import Disks
import Memory

/// A command as it goes to a drive: the task file of a frame from host to device (Serial ATA 3.1, 10.5.5).
struct DriveCommand {
  var operation: UInt8
  var features: UInt16 = 0
  /// The first block, or what else the command has there; 48 bits.
  var block: UInt64 = 0
  var count: UInt16 = 0
  /// The device register.
  var device: UInt8 = 0x40
  /// A packet's bytes, for drives that take packets.
  var packet: [UInt8] = []
  /// Whether data goes to the drive.
  var writes = false

  init(_ operation: UInt8) { self.operation = operation }

  /// Bytes of the frame.
  static var frameBytes: Int { 20 }

  func store(in memory: SharedBytes, at place: Int) {
    memory.clear(place..<place + 128)
    // A frame from the host that brings a command.
    memory.store(
      0x27 | 0x80 << 8 | UInt32(operation) << 16 | UInt32(features & 0xFF) << 24, at: place)
    memory.store(UInt32(block & 0xFF_FFFF) | UInt32(device) << 24, at: place + 4)
    memory.store(UInt32(block >> 24 & 0xFF_FFFF) | UInt32(features >> 8) << 24, at: place + 8)
    memory.store(UInt32(count), at: place + 12)
    for (index, byte) in packet.enumerated() { memory.store(byte, at: place + 64 + index) }
  }

  // Commands (ATA/ATAPI Command Set 4).
  static var readLog: UInt8 { 0x2F }
  static var manageData: UInt8 { 0x06 }
  static var readExtended: UInt8 { 0x25 }
  static var writeExtended: UInt8 { 0x35 }
  static var writeForced: UInt8 { 0x3D }
  static var readQueued: UInt8 { 0x60 }
  static var writeQueued: UInt8 { 0x61 }
  static var packet: UInt8 { 0xA0 }
  static var identifyPacket: UInt8 { 0xA1 }
  static var read: UInt8 { 0xC8 }
  static var write: UInt8 { 0xCA }
  static var flush: UInt8 { 0xE7 }
  static var flushExtended: UInt8 { 0xEA }
  static var identify: UInt8 { 0xEC }
}

/// The memory of a port, and of the tables that commands are described by (4.2).
struct PortMemory {
  let bytes: SharedBytes
  /// Where the adapter sees it.
  let address: UInt64

  // Where things lie, in bytes.
  private static var received: Int { 1024 }
  static var sector: Int { 2048 }
  private static var fencePlace: Int { 1536 }
  private static var tables: Int { 4096 }
  private static var tableBytes: Int { 1024 }
  private static var ranges: Int { 36_864 }
  static var byteCount: Int { 57_344 }
  /// Pieces of data that a table has room for.
  static var pieceLimit: Int { (tableBytes - 128) / 16 }

  var commandList: UInt64 { address }
  var received: UInt64 { address + UInt64(Self.received) }
  var sector: UInt64 { address + UInt64(Self.sector) }

  /// 512 bytes for the ranges of a discard.
  func ranges(_ slot: Int) -> Int { Self.ranges + 512 * slot }

  func clear() { bytes.clear(0..<Self.tables) }

  /// What was stored is there before a register is written, and what the device brought is read after
  /// one was read.
  func fence() { bytes.storeAndFence32(0, at: Self.fencePlace) }

  /// Describes a command in a slot's table, with its data.
  func store(_ command: DriveCommand, slot: Int, _ pieces: [(address: UInt64, byteCount: Int)]) {
    let table = Self.tables + slot * Self.tableBytes
    command.store(in: bytes, at: table)
    for (index, piece) in pieces.enumerated() {
      let place = table + 128 + 16 * index
      bytes.store(piece.address, at: place)
      bytes.store(0 as UInt32, at: place + 8)
      bytes.store(UInt32(piece.byteCount - 1), at: place + 12)
    }
    var first = UInt32(DriveCommand.frameBytes / 4) | UInt32(pieces.count) << 16
    if !command.packet.isEmpty { first |= 1 << 5 }
    if command.writes { first |= 1 << 6 }
    bytes.store(first, at: 32 * slot)
    bytes.store(0 as UInt32, at: 32 * slot + 4)
    bytes.store(address + UInt64(table), at: 32 * slot + 8)
  }

  /// A sector that the drive brought, as words.
  func words() -> [UInt16] {
    (0..<256).map { bytes.load(at: Self.sector + 2 * $0, as: UInt16.self) }
  }
}
