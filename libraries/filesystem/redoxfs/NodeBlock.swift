// SPDX-License-Identifier: MIT
import Base
public import Core

/// What a node is, from the type bits of its mode.
public enum NodeKind: UInt16, Sendable {
  case directory = 0x4000
  case file = 0x8000
  case symbolicLink = 0xA000
  case socket = 0xC000
}

/// A moment, since 1970-01-01 00:00 UTC.
public struct Timestamp: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 12 }
  public var seconds: UInt64 = 0
  public var nanoseconds: UInt32 = 0
  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&seconds)
    try coder.little(&nanoseconds)
  }
}

/// The first 128 bytes of a node: what there is to know of a file without its contents.
public struct NodeRecord: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 128 }

  /// POSIX type and permission bits.
  public var mode: UInt16 = 0
  public var user: UInt32 = 0
  public var group: UInt32 = 0
  /// How many names it has; the root has one though it has none.
  public var links: UInt32 = 0
  /// In bytes; a directory's is 4096 for each block of its names.
  public var byteCount: UInt64 = 0
  /// Blocks of 4096 bytes that it takes, with this one.
  public var blockCount: UInt64 = 0
  public var changed = Timestamp()
  public var modified = Timestamp()
  public var accessed = Timestamp()
  /// Its records are 2 to this power blocks long.
  public var recordLevel: UInt32 = 0
  public var flags: UInt32 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&mode)
    try coder.little(&user)
    try coder.little(&group)
    try coder.little(&links)
    try coder.little(&byteCount)
    try coder.little(&blockCount)
    try changed.layout(&coder)
    try modified.layout(&coder)
    try accessed.layout(&coder)
    try coder.little(&recordLevel)
    try coder.little(&flags)
    try coder.reserved(54)
  }

  public var kind: NodeKind? { NodeKind(rawValue: mode & 0xF000) }
  /// Its contents stand behind this record instead of in records of their own.
  public var isInline: Bool { flags & 1 != 0 }
  public var recordBytes: UInt64 { UInt64(Layout.blockBytes) << UInt64(recordLevel) }
}

/// A node's whole block. Behind the record stand its contents, or the pointers to them: 128 to
/// records, 64 to index blocks of 256 such pointers, 32, 16 and 8 to deeper and deeper ones.
public struct NodeBlock: Sendable {
  public let identifier: UInt32
  public let record: NodeRecord
  /// The block's index, for messages.
  public let block: UInt64
  let bytes: [UInt8]

  /// How much of a file may stand inline.
  static var inlineBytes: Int { Layout.blockBytes &- NodeRecord.byteCount }

  /// - Throws: `damaged` if no writer makes such a node.
  init(_ identifier: UInt32, _ bytes: [UInt8], block: UInt64) throws(VolumeError) {
    self.identifier = identifier
    self.block = block
    self.bytes = bytes
    do throws(WireError) { record = try NodeRecord(decoding: bytes.span) } catch {
      throw .damaged(.node, block: block)
    }
    guard record.kind != nil, record.recordLevel <= UInt32(Layout.highestLevel) else {
      throw .damaged(.node, block: block)
    }
  }

  /// Where the way to record number `record` begins: a pointer's place here, how many levels of index
  /// blocks lie below it, and the record's number among those below it. `nil` past the largest file.
  static func way(to record: UInt64) -> (place: Int, levels: Int, rest: UInt64)? {
    var rest = record
    var place = 0
    var reach: UInt64 = 1
    for levels in 0..<5 {
      let count = 128 >> levels
      if rest < UInt64(count) &* reach {
        return (place &+ Int(rest / reach), levels, rest % reach)
      }
      rest &-= UInt64(count) &* reach
      place &+= count
      reach &*= Layout.indexPointers
    }
    return nil
  }

  /// How many records a file has at most.
  static var recordCount: UInt64 { (0..<5).reduce(0) { $0 &+ (128 >> $1) << UInt64(8 &* $1) } }

  /// How many pointers it has, and how many levels of index blocks lie below number `place`.
  static var pointerCount: Int { 248 }
  static func levels(below place: Int) -> Int {
    var end = 0
    for levels in 0..<4 {
      end &+= 128 >> levels
      if place < end { return levels }
    }
    return 4
  }

  func pointer(_ place: Int) -> BlockPointer {
    bytes.span.pointer(at: NodeRecord.byteCount &+ place &* BlockPointer.byteCount)
  }
}

extension Span where Element == UInt8 {
  /// The pointer that begins at `offset` of a whole block.
  func pointer(at offset: Int) -> BlockPointer {
    var pointer = BlockPointer()
    pointer.address = BlockAddress(rawValue: littleWord(at: offset))
    pointer.hash = littleWord(at: offset &+ 8)
    return pointer
  }
}
