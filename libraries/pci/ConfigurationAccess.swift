// SPDX-License-Identifier: MIT
import Core

/// The configuration registers of functions: real ones in `pcid`, scripted ones in tests.
///
/// An access is 1, 2 or 4 bytes wide, at a multiple of its width below `byteCount`. What nobody
/// answers reads as ones.
public protocol ConfigurationAccess {
  /// Bytes of registers that each function has: 256, or 4,096 where they lie in memory.
  func byteCount(of function: FunctionAddress) -> Int
  func read(_ function: FunctionAddress, _ offset: Int, width: Int) -> UInt32
  func write(_ function: FunctionAddress, _ offset: Int, width: Int, _ value: UInt32)
}

extension ConfigurationAccess {
  func read8(_ function: FunctionAddress, _ offset: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: read(function, offset, width: 1))
  }
  func read16(_ function: FunctionAddress, _ offset: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: read(function, offset, width: 2))
  }
  func read32(_ function: FunctionAddress, _ offset: Int) -> UInt32 {
    read(function, offset, width: 4)
  }
  func write16(_ function: FunctionAddress, _ offset: Int, _ value: UInt16) {
    write(function, offset, width: 2, UInt32(value))
  }
  func write32(_ function: FunctionAddress, _ offset: Int, _ value: UInt32) {
    write(function, offset, width: 4, value)
  }
}

/// Offsets of the registers that all functions have (PCI Local Bus 3.0, 6.1).
enum HeaderRegister {
  static var vendor: Int { 0x00 }
  static var device: Int { 0x02 }
  static var command: Int { 0x04 }
  static var status: Int { 0x06 }
  static var revision: Int { 0x08 }
  static var interface: Int { 0x09 }
  static var subclass: Int { 0x0A }
  static var baseClass: Int { 0x0B }
  static var headerType: Int { 0x0E }
  static var firstBaseAddress: Int { 0x10 }
  static var secondaryBus: Int { 0x19 }
  static var subordinateBus: Int { 0x1A }
  static var subsystemVendor: Int { 0x2C }
  static var subsystem: Int { 0x2E }
  static var capabilities: Int { 0x34 }
  static var interruptLine: Int { 0x3C }
  static var interruptPin: Int { 0x3D }
  /// Where a function's own registers begin.
  static var end: Int { 0x40 }
}

/// The register `command`.
public struct FunctionCommand: RegisterValue, BitwiseCopyable {
  public var rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public var decodesPorts: Bool {
    get { self[0] }
    set { self[0] = newValue }
  }
  public var decodesMemory: Bool {
    get { self[1] }
    set { self[1] = newValue }
  }
  /// The function may reach memory by itself.
  public var isBusMaster: Bool {
    get { self[2] }
    set { self[2] = newValue }
  }
  public var hasNoPinInterrupt: Bool {
    get { self[10] }
    set { self[10] = newValue }
  }
}
