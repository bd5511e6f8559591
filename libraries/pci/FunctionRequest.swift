// SPDX-License-Identifier: MIT
public import Core

/// What a driver can ask of the function whose `channel` it has open. Registers are read and written
/// as the file's bytes.
public enum FunctionRequest: UInt32, Sendable {
  /// `CallScheme`: a `FunctionDescription` to the output. Also on `config`.
  case describe = 0x5063_0001
  /// `ReceiveHandle`, word: the number of a base address. Device memory, or a range of ports.
  case baseAddress = 0x5063_0002
  /// `ReceiveHandle`, word: which of the function's messages. The interrupt that it raises.
  case interrupt = 0x5063_0003
  /// `SendHandle`: a wired memory object that the function may reach from now on, and that stays
  /// where it is until the function cannot any more. The answer's word names it.
  case share = 0x5063_0004
  /// `CallScheme`, input: a `SharedPlace`. The addresses by which the function knows the pages of a
  /// shared object, 8 bytes each, to the output. The answer's word: how many bytes.
  case addresses = 0x5063_0005
  /// `CallScheme`, input: a shared object's name, 8 bytes. The function does not reach it any more.
  case unshare = 0x5063_0006
  /// `CallScheme`: the function may reach memory from now on.
  case start = 0x5063_0007
  /// `CallScheme`: the driver has reset its device, so what its predecessor shared can go.
  case settled = 0x5063_0008
}

/// Pages of a shared object. 16 bytes.
public struct SharedPlace: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 16 }

  public var name: UInt64 = 0
  /// In bytes, a multiple of 4,096.
  public var offset: UInt64 = 0
  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&name)
    try coder.little(&offset)
  }
}

/// What `pcid` knows of a function. 128 bytes.
public struct FunctionDescription: WireFormat, Sendable {
  public static var byteCount: Int { 128 }

  public var key: UInt32 = 0
  public var vendor: UInt16 = 0
  public var device: UInt16 = 0
  public var subsystemVendor: UInt16 = 0
  public var subsystem: UInt16 = 0
  public var revision: UInt8 = 0
  public var interface: UInt8 = 0
  public var subclass: UInt8 = 0
  public var baseClass: UInt8 = 0
  /// Messages that it can be given.
  public var interruptCount: UInt32 = 0
  /// 1 if a driver has it.
  public var isHeld: UInt32 = 0
  public var baseAddresses = BaseAddresses(repeating: BaseAddress())
  public init() {}

  public var address: FunctionAddress { FunctionAddress(key: key) }

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&key)
    try coder.little(&vendor)
    try coder.little(&device)
    try coder.little(&subsystemVendor)
    try coder.little(&subsystem)
    try coder.little(&revision)
    try coder.little(&interface)
    try coder.little(&subclass)
    try coder.little(&baseClass)
    try coder.little(&interruptCount)
    try coder.little(&isHeld)
    for index in 0..<6 { try coder.little(&baseAddresses[index].kind) }
    try coder.reserved(2)
    for index in 0..<6 { try coder.little(&baseAddresses[index].address) }
    for index in 0..<6 { try coder.little(&baseAddresses[index].byteCount) }
  }
}
