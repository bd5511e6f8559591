// SPDX-License-Identifier: MIT
public import Core

/// `hvm_start_info`: what a PVH loader leaves and the boot code keeps the address of
/// (Xen, "x86/HVM direct boot ABI").
public struct StartInformation: WireFormat {
  public static var byteCount: Int { 56 }
  public static var magic: UInt32 { 0x336E_C578 }

  public var magic: UInt32 = 0
  public var version: UInt32 = 0
  public var flags: UInt32 = 0
  public var moduleCount: UInt32 = 0
  public var moduleList: UInt64 = 0
  public var commandLine: UInt64 = 0
  public var acpiRoot: UInt64 = 0
  /// From version 1 on, as are the two after it.
  public var memoryMap: UInt64 = 0
  public var memoryMapCount: UInt32 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&magic)
    try coder.little(&version)
    try coder.little(&flags)
    try coder.little(&moduleCount)
    try coder.little(&moduleList)
    try coder.little(&commandLine)
    try coder.little(&acpiRoot)
    try coder.little(&memoryMap)
    try coder.little(&memoryMapCount)
    try coder.reserved(4)
  }
}

/// `hvm_modlist_entry`.
public struct ModuleEntry: WireFormat {
  public static var byteCount: Int { 32 }

  public var address: UInt64 = 0
  public var bytes: UInt64 = 0
  public var commandLine: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&address)
    try coder.little(&bytes)
    try coder.little(&commandLine)
    try coder.reserved(8)
  }
}

/// `hvm_memmap_table_entry`.
public struct MemoryMapEntry: WireFormat, Equatable, Sendable {
  public static var byteCount: Int { 24 }

  public var address: UInt64 = 0
  public var bytes: UInt64 = 0
  /// A `MemoryType`.
  public var type: UInt32 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&address)
    try coder.little(&bytes)
    try coder.little(&type)
    try coder.reserved(4)
  }
}

/// What one range of the memory map is (ACPI 6.5, Table 15-6).
public enum MemoryType: UInt32, Sendable {
  case usable = 1, reserved = 2, tables = 3, firmwareStorage = 4, defective = 5
}
