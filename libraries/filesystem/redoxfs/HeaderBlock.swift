// SPDX-License-Identifier: MIT
import Base
public import Core

/// The block that a volume is entered by. A ring of 256 of them stands at its beginning; that of
/// generation `g` at place `g` modulo 256. The newest one that is whole is the volume's state.
public struct HeaderBlock: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 4096 }
  /// "RedoxFS" and a zero, as a little-endian number.
  public static var signature: UInt64 { 0x0053_4678_6f64_6552 }
  public static var version: UInt64 { 8 }
  /// How many headers the ring has.
  public static var ringCount: UInt64 { 256 }

  public var signature = HeaderBlock.signature
  public var version = HeaderBlock.version
  public var identifier = InlineBytes<16>()
  /// The volume's bytes, from the ring's first header on.
  public var byteCount: UInt64 = 0
  public var generation: UInt64 = 0
  public var tree = BlockPointer()
  /// The newest block of the allocation log.
  public var allocation = BlockPointer()
  /// 64 slots of a salt and two encrypted keys.
  public var keySlots = InlineBytes<3072>()
  /// The newest block of the list of nodes that are to be released.
  public var release = BlockPointer()
  /// What stands in place of `hash` and eight zeros in an encrypted volume.
  public var encryptedHash = InlineBytes<16>()
  /// Of all bytes before `encryptedHash`.
  public var hash: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&signature)
    try coder.little(&version)
    try coder.bytes(&identifier.bytes)
    try coder.little(&byteCount)
    try coder.little(&generation)
    try tree.layout(&coder)
    try allocation.layout(&coder)
    try coder.bytes(&keySlots.bytes)
    try release.layout(&coder)
    try coder.reserved(904)
    try coder.bytes(&encryptedHash.bytes)
    try coder.little(&hash)
  }

  /// Where the bytes end that `hash` is made of.
  static var hashedBytes: Int { 4072 }

  /// Which place in the ring it belongs to.
  public var place: UInt64 { generation % Self.ringCount }
}

/// What a block says of being a header.
enum HeaderReading {
  case header(HeaderBlock)
  /// The signature is there, but of another version.
  case version(UInt64)
  case none

  init(_ block: Span<UInt8>) {
    self = .none
    do throws(WireError) {
      guard try block.little(at: 0, as: UInt64.self) == HeaderBlock.signature else { return }
      let version = try block.little(at: 8, as: UInt64.self)
      guard version == HeaderBlock.version else {
        self = .version(version)
        return
      }
      let header = try HeaderBlock(decoding: block)
      let hashed = block.extracting(first: HeaderBlock.hashedBytes)
      if HashCheck.holds(header.hash, of: hashed) { self = .header(header) }
    } catch {}
  }
}

extension HeaderBlock {
  /// Whether its blocks are encrypted: else the hash stands there once more, as it is.
  public var isEncrypted: Bool {
    for index in 0..<8
    where encryptedHash.bytes[index] != UInt8(truncatingIfNeeded: hash >> (8 * index)) {
      return true
    }
    for index in 8..<16 where encryptedHash.bytes[index] != 0 { return true }
    return false
  }
}

/// A fixed number of bytes that can be compared.
public struct InlineBytes<let count: Int>: Equatable, Sendable {
  public var bytes = InlineArray<count, UInt8>(repeating: 0)
  public init() {}

  public static func == (left: Self, right: Self) -> Bool {
    for index in 0..<count where left.bytes[index] != right.bytes[index] { return false }
    return true
  }
}
