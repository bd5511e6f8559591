// SPDX-License-Identifier: MIT
import Core

/// The capability of Express, as far as a function can be reset by it (Base Specification, 6.6.2).
public struct ResetCapability: Equatable, Sendable {
  public let offset: Int

  /// How long a function may take to come back, in milliseconds.
  public static var recovery: UInt64 { 100 }

  /// - Returns: `nil` if the function cannot be reset alone.
  public init?(
    _ capability: Capability, _ function: FunctionAddress, _ access: some ConfigurationAccess
  ) {
    guard capability.offset + 12 <= 256,
      access.read32(function, capability.offset + 4) & 1 << 28 != 0
    else { return nil }
    offset = capability.offset
  }

  /// Whether the function still waits for answers to what it asked of memory.
  public func isBusy(_ function: FunctionAddress, _ access: some ConfigurationAccess) -> Bool {
    access.read16(function, offset + 10) & 1 << 5 != 0
  }

  /// Begins the reset; after `recovery` its registers are those of a fresh function.
  public func begin(_ function: FunctionAddress, _ access: some ConfigurationAccess) {
    let control = access.read16(function, offset + 8)
    access.write16(function, offset + 8, control | 1 << 15)
  }
}
