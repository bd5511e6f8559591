// SPDX-License-Identifier: MIT
import _Volatile

/// A word that one register access moves.
public protocol RegisterWord: FixedWidthInteger & UnsignedInteger & Sendable {
  /// - Safety: `address` is aligned to the word and mapped as device memory.
  @unsafe static func loadDevice(at address: UInt) -> Self
  /// - Safety: as for `loadDevice`, and the caller may write there.
  @unsafe static func storeDevice(_ word: Self, at address: UInt)
}

/// A block of device registers mapped into this address space.
///
/// Making one is the proof obligation; every access after that is checked against the block.
@safe public struct DeviceMemory: ~Copyable, RegisterBus, Sendable {
  private let base: UInt
  /// The size of the block, in bytes.
  public let byteCount: Int

  /// - Safety: `base ..< base + byteCount` is mapped as device memory, and accessed by nobody else,
  ///   for as long as this value lives; `base` is aligned to 8 bytes.
  @unsafe public init(mappedAt base: UInt, byteCount: Int) {
    self.base = base
    self.byteCount = byteCount
  }

  public func load<Word: RegisterWord>(at offset: Int) -> Word {
    // SAFETY: in bounds and aligned, checked by `address`; ours alone by `init`'s contract.
    unsafe Word.loadDevice(at: address(of: offset, width: Word.bitWidth / 8))
  }

  public func store<Word: RegisterWord>(_ word: Word, at offset: Int) {
    // SAFETY: in bounds and aligned, checked by `address`; ours alone by `init`'s contract.
    unsafe Word.storeDevice(word, at: address(of: offset, width: Word.bitWidth / 8))
  }

  private func address(of offset: Int, width: Int) -> UInt {
    precondition(
      offset >= 0 && offset <= byteCount - width && offset & (width - 1) == 0,
      "register outside its block")
    return base &+ UInt(bitPattern: offset)
  }
}

extension UInt8: RegisterWord {
  @unsafe public static func loadDevice(at address: UInt) -> UInt8 {
    // SAFETY: by this function's contract.
    unsafe VolatileMappedRegister<UInt8>(unsafeBitPattern: address).load()
  }
  @unsafe public static func storeDevice(_ word: UInt8, at address: UInt) {
    // SAFETY: by this function's contract.
    unsafe VolatileMappedRegister<UInt8>(unsafeBitPattern: address).store(word)
  }
}

extension UInt16: RegisterWord {
  @unsafe public static func loadDevice(at address: UInt) -> UInt16 {
    // SAFETY: by this function's contract.
    unsafe VolatileMappedRegister<UInt16>(unsafeBitPattern: address).load()
  }
  @unsafe public static func storeDevice(_ word: UInt16, at address: UInt) {
    // SAFETY: by this function's contract.
    unsafe VolatileMappedRegister<UInt16>(unsafeBitPattern: address).store(word)
  }
}

extension UInt32: RegisterWord {
  @unsafe public static func loadDevice(at address: UInt) -> UInt32 {
    // SAFETY: by this function's contract.
    unsafe VolatileMappedRegister<UInt32>(unsafeBitPattern: address).load()
  }
  @unsafe public static func storeDevice(_ word: UInt32, at address: UInt) {
    // SAFETY: by this function's contract.
    unsafe VolatileMappedRegister<UInt32>(unsafeBitPattern: address).store(word)
  }
}

extension UInt64: RegisterWord {
  @unsafe public static func loadDevice(at address: UInt) -> UInt64 {
    // SAFETY: by this function's contract.
    unsafe VolatileMappedRegister<UInt64>(unsafeBitPattern: address).load()
  }
  @unsafe public static func storeDevice(_ word: UInt64, at address: UInt) {
    // SAFETY: by this function's contract.
    unsafe VolatileMappedRegister<UInt64>(unsafeBitPattern: address).store(word)
  }
}
