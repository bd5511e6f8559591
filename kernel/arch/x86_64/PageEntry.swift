// SPDX-License-Identifier: MIT
public import Architecture
import Core

/// An entry of a page table (SDM 3A, Tables 5-15 to 5-20).
///
/// | bit | name | meaning |
/// |---|---|---|
/// | 0 | P | present |
/// | 1 | R/W | writable |
/// | 2 | U/S | user mode may use it |
/// | 3, 4 | PWT, PCD | memory type, through `pageAttributeTable` |
/// | 5, 6 | A, D | accessed, dirty; set by the processor |
/// | 7 | PS | a large page instead of a table |
/// | 8 | G | in every address space |
/// | 9 | — | ours: `isPrivate` |
/// | 12…51 | | physical address |
/// | 63 | XD | not executable |
public struct PageEntry: PageTableEntry, Sendable {
  public let rawValue: UInt64

  static let present: UInt64 = 1 << 0
  static let writable: UInt64 = 1 << 1
  static let user: UInt64 = 1 << 2
  static let writeThrough: UInt64 = 1 << 3
  static let cacheDisable: UInt64 = 1 << 4
  static let dirty: UInt64 = 1 << 6
  static let large: UInt64 = 1 << 7
  static let global: UInt64 = 1 << 8
  static let privateBit: UInt64 = 1 << 9
  static let executeDisable: UInt64 = 1 << 63
  static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000

  @inline(__always)
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  public static var empty: Self { Self(rawValue: 0) }

  @inline(__always)
  public init(table: PhysicalAddress) {
    rawValue = table.rawValue & Self.addressMask | Self.present | Self.writable | Self.user
  }

  /// A page without any access stays present for the kernel's bookkeeping, but out of user reach.
  @inline(__always)
  public init(page: PhysicalAddress, access: PageAccess, kind: MemoryKind) {
    rawValue =
      page.rawValue & Self.addressMask | Self.present | Self.bits(of: access) | Self.bits(of: kind)
  }

  @inline(__always)
  public var isPresent: Bool { rawValue & Self.present != 0 }

  @inline(__always)
  public var address: PhysicalAddress { PhysicalAddress(rawValue & Self.addressMask) }

  public var access: PageAccess {
    guard rawValue & Self.user != 0 else { return .none }
    var access: PageAccess = .read
    if rawValue & Self.writable != 0 { access.insert(.write) }
    if rawValue & Self.executeDisable == 0 { access.insert(.execute) }
    return access
  }

  public func with(access: PageAccess) -> Self {
    let kept = rawValue & ~(Self.user | Self.writable | Self.executeDisable)
    return Self(rawValue: kept | Self.bits(of: access))
  }

  @inline(__always)
  public var isDirty: Bool { rawValue & Self.dirty != 0 }

  @inline(__always)
  public var isPrivate: Bool {
    get { rawValue & Self.privateBit != 0 }
    set { self = Self(rawValue: rawValue & ~Self.privateBit | (newValue ? Self.privateBit : 0)) }
  }

  /// x86 has no page that can be executed or written but not read.
  @inline(__always)
  private static func bits(of access: PageAccess) -> UInt64 {
    var bits: UInt64 = access.rawValue == 0 ? 0 : user
    if access.contains(.write) { bits |= writable }
    if !access.contains(.execute) { bits |= executeDisable }
    return bits
  }

  @inline(__always)
  private static func bits(of kind: MemoryKind) -> UInt64 {
    switch kind {
    case .normal: 0
    case .writeCombining: writeThrough
    case .uncached: writeThrough | cacheDisable
    }
  }

  /// The page attribute table that gives these bits their meaning (SDM 3A, §13.12): as after reset,
  /// but PWT alone selects write-combining. From the lowest byte: WB, WC, UC-, UC, WB, WT, UC-, UC.
  static let pageAttributeTable: UInt64 = 0x0007_0406_0007_0106
}
