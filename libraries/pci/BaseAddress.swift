// SPDX-License-Identifier: MIT
import Core

/// A range of ports or memory by which a function is reached.
public struct BaseAddress: Equatable, BitwiseCopyable, Sendable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// Not there, or the upper half of the one before it.
    case absent = 0
    case ports = 1
    case memory = 2
    case wideMemory = 3
    /// What the function says of it makes no sense.
    case malformed = 4
  }

  public var kind: Kind = .absent
  public var isPrefetchable = false
  /// Zero if the firmware assigned none.
  public var address: UInt64 = 0
  /// In bytes, a power of two.
  public var byteCount: UInt64 = 0

  public init() {}

  public init(_ kind: Kind, address: UInt64, byteCount: UInt64, isPrefetchable: Bool = false) {
    self.kind = kind
    self.address = address
    self.byteCount = byteCount
    self.isPrefetchable = isPrefetchable
  }

  /// Whether the firmware gave it a place.
  public var isAssigned: Bool {
    switch kind {
    case .absent, .malformed: false
    case .ports, .memory, .wideMemory: address != 0
    }
  }

  public var isMemory: Bool { kind == .memory || kind == .wideMemory }
}

/// All of a function's base addresses.
public typealias BaseAddresses = InlineArray<6, BaseAddress>

/// What has to be put back if whoever sizes a function's base addresses dies on the way.
public struct SizingState: BitwiseCopyable, Sendable {
  public var command: UInt16 = 0
  public var values = InlineArray<6, UInt32>(repeating: 0)
  public init() {}

  /// The registers as they are now.
  public init(_ function: FunctionAddress, _ access: some ConfigurationAccess, count: Int) {
    command = access.command(function).rawValue
    for index in 0..<min(count, 6) {
      values[index] = access.read32(function, HeaderRegister.firstBaseAddress + 4 * index)
    }
  }

  /// Puts the registers back.
  public func restore(_ function: FunctionAddress, _ access: some ConfigurationAccess, count: Int) {
    for index in 0..<min(count, 6) {
      access.write32(function, HeaderRegister.firstBaseAddress + 4 * index, values[index])
    }
    access.setCommand(function, FunctionCommand(rawValue: command))
  }
}

extension BaseAddress {
  /// Finds a function's base addresses and their sizes by writing ones to them. The function decodes
  /// nothing meanwhile; at the end its registers are as `state` has them.
  public static func sizes(
    of function: FunctionAddress, _ access: some ConfigurationAccess, count: Int,
    restoring state: SizingState
  ) -> BaseAddresses {
    var found = BaseAddresses(repeating: BaseAddress())
    var quiet = FunctionCommand(rawValue: state.command)
    quiet.decodesPorts = false
    quiet.decodesMemory = false
    quiet.isBusMaster = false
    access.setCommand(function, quiet)
    var masks = InlineArray<6, UInt32>(repeating: 0)
    let count = min(count, 6)
    for index in 0..<count {
      let register = HeaderRegister.firstBaseAddress + 4 * index
      access.write32(function, register, .max)
      masks[index] = access.read32(function, register)
      access.write32(function, register, state.values[index])
    }
    access.setCommand(function, FunctionCommand(rawValue: state.command))
    var index = 0
    while index < count {
      let isWide = masks[index] & 7 == 4
      if isWide, index + 1 < count {
        found[index] = wide(
          (masks[index], masks[index + 1]), (state.values[index], state.values[index + 1]))
        index += 2
        continue
      }
      found[index] =
        isWide
        ? BaseAddress(.malformed, address: 0, byteCount: 0)
        : narrow(masks[index], state.values[index])
      index += 1
    }
    return found
  }

  private static func narrow(_ mask: UInt32, _ value: UInt32) -> BaseAddress {
    if mask == 0 || mask == .max { return BaseAddress() }
    if mask & 1 != 0 {
      // Functions for machines with few ports leave the upper half zero.
      let bits = mask & ~3 | (mask >> 16 == 0 ? 0xFFFF_0000 : 0)
      return checked(.ports, UInt64(value & ~3), UInt64(~bits) + 1, least: 4, isPrefetchable: false)
    }
    guard mask & 6 != 6 else { return BaseAddress(.malformed, address: 0, byteCount: 0) }
    return checked(
      .memory, UInt64(value & ~15), UInt64(~(mask & ~15)) + 1, least: 16,
      isPrefetchable: mask & 8 != 0)
  }

  private static func wide(
    _ masks: (low: UInt32, high: UInt32), _ values: (low: UInt32, high: UInt32)
  ) -> BaseAddress {
    let mask = UInt64(masks.high) << 32 | UInt64(masks.low & ~15)
    guard mask != 0 else { return BaseAddress(.malformed, address: 0, byteCount: 0) }
    return checked(
      .wideMemory, UInt64(values.high) << 32 | UInt64(values.low & ~15), ~mask &+ 1, least: 16,
      isPrefetchable: masks.low & 8 != 0)
  }

  private static func checked(
    _ kind: Kind, _ address: UInt64, _ size: UInt64, least: UInt64, isPrefetchable: Bool
  ) -> BaseAddress {
    guard size.isPowerOfTwo, size >= least, address.isAligned(to: size),
      address.checkedSum(size) != nil
    else { return BaseAddress(.malformed, address: 0, byteCount: 0) }
    // Ports beyond 65,536 are nobody's.
    // Nor is memory beyond what any processor addresses.
    guard address + size <= (kind == .ports ? 0x1_0000 : 1 << 52) else {
      return BaseAddress(.malformed, address: 0, byteCount: 0)
    }
    return BaseAddress(kind, address: address, byteCount: size, isPrefetchable: isPrefetchable)
  }
}
