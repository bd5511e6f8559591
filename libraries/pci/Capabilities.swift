// SPDX-License-Identifier: MIT
import Core

/// One entry of a function's list of capabilities.
public struct Capability: Equatable, Sendable {
  public var identifier: UInt16
  /// Where its registers begin.
  public var offset: Int
  /// Whether it is one of Express, behind the first 256 bytes.
  public var isExtended: Bool

  public init(identifier: UInt16, offset: Int, isExtended: Bool) {
    self.identifier = identifier
    self.offset = offset
    self.isExtended = isExtended
  }
}

/// Numbers of the capabilities that somebody here looks for.
public enum CapabilityIdentifier {
  public static var powerManagement: UInt16 { 0x01 }
  public static var messages: UInt16 { 0x05 }
  public static var vendorSpecific: UInt16 { 0x09 }
  public static var express: UInt16 { 0x10 }
  public static var messageTable: UInt16 { 0x11 }
}

/// A function's capabilities, in the order of its list.
public enum CapabilityList {
  /// Follows the list. Entries outside the registers and entries that were there before end it.
  public static func of(
    _ function: FunctionAddress, _ access: some ConfigurationAccess
  ) -> [Capability] {
    plain(function, access) + extended(function, access)
  }

  private static func plain(
    _ function: FunctionAddress, _ access: some ConfigurationAccess
  ) -> [Capability] {
    guard access.read16(function, HeaderRegister.status) & 0x10 != 0 else { return [] }
    var found: [Capability] = []
    var seen = BitSet<1>()
    var offset = Int(access.read8(function, HeaderRegister.capabilities) & ~3)
    while offset >= HeaderRegister.end, seen.insert(offset / 4) {
      let identifier = access.read8(function, offset)
      if identifier == 0xFF { break }
      found.append(
        Capability(identifier: UInt16(identifier), offset: offset, isExtended: false))
      offset = Int(access.read8(function, offset + 1) & ~3)
    }
    return found
  }

  private static func extended(
    _ function: FunctionAddress, _ access: some ConfigurationAccess
  ) -> [Capability] {
    guard access.byteCount(of: function) >= 4096 else { return [] }
    var found: [Capability] = []
    var seen = BitSet<16>()
    var offset = 0x100
    while offset >= 0x100, seen.insert(offset / 4) {
      let word = access.read32(function, offset)
      if word == 0 || word == .max { break }
      found.append(
        Capability(
          identifier: UInt16(truncatingIfNeeded: word), offset: offset, isExtended: true))
      offset = Int(word >> 20) & ~3
    }
    return found
  }
}

extension Array<Capability> {
  /// The first plain capability with this number.
  @export(interface)
  public func first(_ identifier: UInt16) -> Capability? {
    for capability in self where !capability.isExtended && capability.identifier == identifier {
      return capability
    }
    return nil
  }
}
