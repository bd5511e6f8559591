// SPDX-License-Identifier: MIT
import Core
import Memory
public import PCI

/// Where the structures of a device lie in its base addresses (4.1.4).
public struct VirtioPlaces: Equatable, Sendable {
  /// Part of a base address.
  public struct Place: Equatable, Sendable {
    public var baseAddress: Int
    public var offset: Int
    public var byteCount: Int
  }

  public var common: Place
  public var notification: Place
  /// Bytes between the doorbells of one queue and the next.
  public var notificationStep: Int
  public var device: Place

  private enum Kind {
    static var common: UInt8 { 1 }
    static var notification: UInt8 { 2 }
    static var device: UInt8 { 4 }
  }

  /// - Returns: `nil` if the function has no structures of version 1, or none that lie within its base
  ///   addresses.
  public init?(_ function: FunctionDescription, _ access: some ConfigurationAccess) {
    var found: [(kind: UInt8, place: Place)] = []
    var step = 0
    for capability in CapabilityList.of(function.address, access)
    where !capability.isExtended && capability.identifier == CapabilityIdentifier.vendorSpecific {
      guard let (kind, place) = Self.place(capability, function, access),
        !found.contains(where: { $0.kind == kind })
      else { continue }
      if kind == Kind.notification {
        guard capability.offset + 20 <= 256 else { continue }
        let value = access.read(function.address, capability.offset + 16, width: 4)
        guard value <= 65_536 else { continue }
        step = Int(value)
      }
      found.append((kind, place))
    }
    func first(_ kind: UInt8) -> Place? { found.first { $0.kind == kind }?.place }
    guard let common = first(Kind.common), let notification = first(Kind.notification),
      let device = first(Kind.device), common.byteCount >= 56
    else { return nil }
    self.common = common
    self.notification = notification
    self.device = device
    notificationStep = step
  }

  private static func place(
    _ capability: Capability, _ function: FunctionDescription, _ access: some ConfigurationAccess
  ) -> (kind: UInt8, place: Place)? {
    guard capability.offset + 16 <= 256 else { return nil }
    let head = access.read(function.address, capability.offset, width: 4)
    let kind = UInt8(truncatingIfNeeded: head >> 24)
    let bar = Int(access.read(function.address, capability.offset + 4, width: 4) & 0xFF)
    let offset = access.read(function.address, capability.offset + 8, width: 4)
    let length = access.read(function.address, capability.offset + 12, width: 4)
    guard bar < 6, function.baseAddresses[bar].isMemory, offset & 3 == 0, length > 0,
      UInt64(offset) + UInt64(length) <= function.baseAddresses[bar].byteCount
    else { return nil }
    return (kind, Place(baseAddress: bar, offset: Int(offset), byteCount: Int(length)))
  }
}
