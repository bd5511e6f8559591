// SPDX-License-Identifier: MIT
import Core

/// What a device writes, and where, to raise an interrupt.
public struct InterruptMessage: Equatable, BitwiseCopyable, Sendable {
  public var address: UInt64
  public var data: UInt32

  public init(address: UInt64, data: UInt32) {
    self.address = address
    self.data = data
  }
}

/// The capability MSI: one message (of several that a function may have, the first).
public struct MessageCapability: Equatable, Sendable {
  public let offset: Int
  public let isWide: Bool

  /// - Returns: `nil` if it does not fit the registers.
  public init?(
    _ capability: Capability, _ function: FunctionAddress, _ access: some ConfigurationAccess
  ) {
    guard capability.offset + 14 <= 256 else { return nil }
    offset = capability.offset
    isWide = access.read16(function, offset + 2) & 0x80 != 0
  }

  /// Has the function send `message`, and nothing by its pin.
  /// - Returns: false if the function cannot reach the address.
  public func enable(
    _ function: FunctionAddress, _ access: some ConfigurationAccess, _ message: InterruptMessage
  ) -> Bool {
    guard isWide || message.address <= UInt64(UInt32.max), message.data <= 0xFFFF else {
      return false
    }
    let control = access.read16(function, offset + 2)
    // One message is sent; none while it is being changed.
    access.write16(function, offset + 2, control & ~0x71)
    access.write32(function, offset + 4, UInt32(truncatingIfNeeded: message.address))
    if isWide {
      access.write32(function, offset + 8, UInt32(truncatingIfNeeded: message.address >> 32))
    }
    access.write16(function, offset + (isWide ? 12 : 8), UInt16(truncatingIfNeeded: message.data))
    access.write16(function, offset + 2, control & ~0x70 | 1)
    return true
  }

  public func disable(_ function: FunctionAddress, _ access: some ConfigurationAccess) {
    access.write16(function, offset + 2, access.read16(function, offset + 2) & ~1)
  }
}

/// The capability MSI-X: a table of messages in the function's memory.
public struct MessageTableCapability: Equatable, Sendable {
  public let offset: Int
  /// 1 to 2,048.
  public let count: Int
  /// The base address in which the table lies, and the place in it.
  public let baseAddress: Int
  public let tableOffset: UInt64

  public static var entryBytes: UInt64 { 16 }

  /// - Returns: `nil` if the table does not lie within one of the function's base addresses.
  public init?(
    _ capability: Capability, _ function: FunctionAddress, _ access: some ConfigurationAccess,
    _ baseAddresses: BaseAddresses
  ) {
    guard capability.offset + 12 <= 256 else { return nil }
    offset = capability.offset
    count = Int(access.read16(function, offset + 2) & 0x7FF) + 1
    let place = access.read32(function, offset + 4)
    baseAddress = Int(place & 7)
    tableOffset = UInt64(place & ~7)
    guard baseAddress < 6 else { return nil }
    let memory = baseAddresses[baseAddress]
    guard memory.isMemory, memory.isAssigned,
      tableOffset + UInt64(count) * Self.entryBytes <= memory.byteCount
    else { return nil }
  }

  /// The table is used, or the pin and nothing.
  public func setEnabled(
    _ isEnabled: Bool, _ function: FunctionAddress, _ access: some ConfigurationAccess
  ) {
    let control = access.read16(function, offset + 2) & ~0xC000
    access.write16(function, offset + 2, isEnabled ? control | 0x8000 : control)
  }
}
