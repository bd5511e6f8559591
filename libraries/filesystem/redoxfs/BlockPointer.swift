// SPDX-License-Identifier: MIT
import Base
public import Core

/// Where a block lies, how large it is, and whether it is packed, in one word.
///
/// A block of level `n` is 2ⁿ times 4096 bytes. Its index counts blocks of 4096 bytes from the
/// volume's first; index zero, which belongs to a header, stands for no block.
public struct BlockAddress: RegisterValue, Hashable {
  public var rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public var level: UInt8 {
    get { self[0...3] }
    set { self[0...3] = newValue }
  }
  /// The level of what is unpacked from it; zero if it is not packed.
  public var unpackedLevel: UInt8 {
    get { self[4...7] }
    set { self[4...7] = newValue }
  }
  public var index: UInt64 {
    get { self[8...63] }
    set { self[8...63] = newValue }
  }

  public var isNull: Bool { rawValue >> 8 == 0 }
  public var isPacked: Bool { unpackedLevel != 0 }
  public var blockCount: UInt64 { 1 << UInt64(level) }
  public var byteCount: Int { Layout.blockBytes << Int(level) }
}

/// A reference to a block, with the hash of what it holds.
public struct BlockPointer: WireFormat, Hashable, Sendable {
  public static var byteCount: Int { 16 }

  public var address = BlockAddress()
  public var hash: UInt64 = 0

  public init() {}

  public var isNull: Bool { address.isNull }

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&address.rawValue)
    try coder.little(&hash)
  }
}

/// The bytes of a whole block, as those of a class's property are read and changed.
extension [UInt8] {
  func word(at place: Int) -> UInt64 { span.littleWord(at: place) }

  mutating func setWord(_ word: UInt64, at place: Int) {
    var bytes = mutableSpan
    bytes.setLittleWord(word, at: place)
  }

  func pointer(at place: Int) -> BlockPointer { span.pointer(at: place) }

  mutating func setPointer(_ pointer: BlockPointer, at place: Int) {
    setWord(pointer.address.rawValue, at: place)
    setWord(pointer.hash, at: place &+ 8)
  }
}

extension [UInt8] {
  /// Copies `bytes` to `offset`, where there is room for them, all at once.
  mutating func replaceBytes(at offset: Int, with bytes: Span<UInt8>) {
    var target = mutableSpan
    target.replaceBytes(at: offset, with: bytes)
  }
}
