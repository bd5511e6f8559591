// SPDX-License-Identifier: MIT
import Core

/// One part of the file as the loader sees it (System V ABI, chapter 5, "Program Header").
public struct ProgramHeader: WireFormat, Equatable {
  public static var byteCount: Int { 56 }

  public var type: UInt32 = 0
  /// 1 execute, 2 write, 4 read.
  public var flags: UInt32 = 0
  public var offset: UInt64 = 0
  public var virtualAddress: UInt64 = 0
  public var physicalAddress: UInt64 = 0
  public var fileBytes: UInt64 = 0
  public var memoryBytes: UInt64 = 0
  public var alignment: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&type)
    try coder.little(&flags)
    try coder.little(&offset)
    try coder.little(&virtualAddress)
    try coder.little(&physicalAddress)
    try coder.little(&fileBytes)
    try coder.little(&memoryBytes)
    try coder.little(&alignment)
  }

  static var load: UInt32 { 1 }
  static var dynamic: UInt32 { 2 }
  static var interpreter: UInt32 { 3 }
  static var note: UInt32 { 4 }
  static var threadLocal: UInt32 { 7 }
  /// PT_GNU_STACK: its flags say how the stack is to be mapped.
  static var stack: UInt32 { 0x6474_E551 }
  /// PT_GNU_RELRO: read-only once the relocations are done.
  static var readOnlyAfterRelocation: UInt32 { 0x6474_E552 }
}

/// One line of the dynamic table (System V ABI, chapter 5, "Dynamic Section").
public struct DynamicEntry: WireFormat, Equatable {
  public static var byteCount: Int { 16 }

  public var tag: UInt64 = 0
  public var value: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&tag)
    try coder.little(&value)
  }
}

/// One relocation with its addend (System V ABI, chapter 4, "Relocation").
public struct RelocationEntry: WireFormat, Equatable {
  public static var byteCount: Int { 24 }

  public var offset: UInt64 = 0
  public var type: UInt32 = 0
  public var symbol: UInt32 = 0
  public var addend: Int64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&offset)
    try coder.little(&type)
    try coder.little(&symbol)
    try coder.little(&addend)
  }
}

/// One part of the file as the linker sees it (System V ABI, chapter 4, "Sections").
public struct SectionHeader: WireFormat, Equatable {
  public static var byteCount: Int { 64 }

  public var name: UInt32 = 0
  public var type: UInt32 = 0
  public var flags: UInt64 = 0
  public var address: UInt64 = 0
  public var offset: UInt64 = 0
  public var byteSize: UInt64 = 0
  public var link: UInt32 = 0
  public var info: UInt32 = 0
  public var alignment: UInt64 = 0
  public var entryBytes: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&name)
    try coder.little(&type)
    try coder.little(&flags)
    try coder.little(&address)
    try coder.little(&offset)
    try coder.little(&byteSize)
    try coder.little(&link)
    try coder.little(&info)
    try coder.little(&alignment)
    try coder.little(&entryBytes)
  }

  static var symbolTable: UInt32 { 2 }
  static var stringTable: UInt32 { 3 }
}

/// One symbol (System V ABI, chapter 4, "Symbol Table").
public struct SymbolEntry: WireFormat, Equatable {
  public static var byteCount: Int { 24 }

  /// Where its name begins in the string table.
  public var name: UInt32 = 0
  /// Type in the low four bits, binding in the high four.
  public var info: UInt8 = 0
  public var visibility: UInt8 = 0
  public var section: UInt16 = 0
  public var value: UInt64 = 0
  public var byteSize: UInt64 = 0

  public init() {}

  public mutating func layout(
    _ coder: inout some ByteCoder & ~Copyable & ~Escapable
  ) throws(WireError) {
    try coder.little(&name)
    try coder.little(&info)
    try coder.little(&visibility)
    try coder.little(&section)
    try coder.little(&value)
    try coder.little(&byteSize)
  }

  /// STT_FUNC, and defined in this file.
  public var isFunction: Bool { info & 0xF == 2 && section != 0 }
}
