// SPDX-License-Identifier: MIT
public import Architecture
import Core

/// A translation-table descriptor of the 4 KiB granule (Arm DDI 0487, D8.3).
///
/// | bit | name | meaning |
/// |---|---|---|
/// | 0, 1 | | 0b11: a table, or at the last level a page |
/// | 2…4 | AttrIndx | memory type, through MAIR_EL1 |
/// | 6 | AP[1] | EL0 may use it |
/// | 7 | AP[2] | read-only; with DBM: clean |
/// | 8, 9 | SH | 0b11: shared by all processors |
/// | 10 | AF | has been accessed; clear would fault |
/// | 11 | nG | only in this address space |
/// | 12…47 | | physical address |
/// | 51 | DBM | writable: a store clears AP[2] |
/// | 53, 54 | PXN, UXN | not executable by the kernel, by EL0 |
/// | 55 | — | ours: `isPrivate` |
public struct PageEntry: PageTableEntry, Sendable {
  public let rawValue: UInt64

  private static let valid: UInt64 = 0b11
  private static let user: UInt64 = 1 << 6
  private static let readOnly: UInt64 = 1 << 7
  private static let shareable: UInt64 = 0b11 << 8
  private static let accessed: UInt64 = 1 << 10
  private static let notGlobal: UInt64 = 1 << 11
  private static let writable: UInt64 = 1 << 51
  private static let kernelExecuteNever: UInt64 = 1 << 53
  private static let userExecuteNever: UInt64 = 1 << 54
  private static let privateBit: UInt64 = 1 << 55
  private static let addressMask: UInt64 = 0x0000_FFFF_FFFF_F000
  private static let accessMask = user | readOnly | writable | userExecuteNever

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static var empty: Self { Self(rawValue: 0) }

  public init(table: PhysicalAddress) {
    rawValue = table.rawValue & Self.addressMask | Self.valid
  }

  public init(page: PhysicalAddress, access: PageAccess, kind: MemoryKind) {
    rawValue =
      page.rawValue & Self.addressMask | Self.valid | Self.shareable | Self.accessed
      | Self.notGlobal | Self.kernelExecuteNever | Self.bits(of: access)
      | UInt64(kind.rawValue) << 2
  }

  public var isPresent: Bool { rawValue & 1 != 0 }
  public var address: PhysicalAddress { PhysicalAddress(rawValue & Self.addressMask) }

  public var access: PageAccess {
    guard rawValue & Self.user != 0 else { return .none }
    var access: PageAccess = .read
    if rawValue & Self.writable != 0 { access.insert(.write) }
    if rawValue & Self.userExecuteNever == 0 { access.insert(.execute) }
    return access
  }

  /// A page that stays writable stays dirty if it was.
  public func with(access: PageAccess) -> Self {
    var bits = Self.bits(of: access)
    if isDirty, access.contains(.write) { bits &= ~Self.readOnly }
    return Self(rawValue: rawValue & ~Self.accessMask | bits)
  }

  public var isDirty: Bool { rawValue & (Self.writable | Self.readOnly) == Self.writable }

  public var isPrivate: Bool {
    get { rawValue & Self.privateBit != 0 }
    set { self = Self(rawValue: rawValue & ~Self.privateBit | (newValue ? Self.privateBit : 0)) }
  }

  /// Every page starts read-only for the hardware: that is what clean means.
  private static func bits(of access: PageAccess) -> UInt64 {
    var bits = readOnly | (access.rawValue == 0 ? 0 : user)
    if access.contains(.write) { bits |= writable }
    if !access.contains(.execute) { bits |= userExecuteNever }
    return bits
  }

  /// MAIR_EL1 in the order of `MemoryKind`: normal write-back, normal non-cacheable, device nGnRE.
  static let memoryAttributes: UInt64 = 0x04_44_FF
}
