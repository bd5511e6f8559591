// SPDX-License-Identifier: MIT
public import Architecture

/// The model's page-table entry.
///
/// | bits | field | bits | field |
/// |------|-------|------|-------|
/// | 0 | present | 6 | private |
/// | 1…3 | access, as `PageAccess` | 8…9 | memory kind |
/// | 4 | dirty | 12…51 | address |
/// | 5 | accessed | | |
public struct ModelEntry: PageTableEntry, Sendable {
  public let rawValue: UInt64

  static let dirty: UInt64 = 1 << 4
  static let accessed: UInt64 = 1 << 5
  private static let privateBit: UInt64 = 1 << 6
  private static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000

  public init(rawValue: UInt64) { self.rawValue = rawValue }
  public static var empty: Self { Self(rawValue: 0) }

  public init(table: PhysicalAddress) {
    rawValue = table.rawValue & Self.addressMask | 0xF
  }

  public init(page: PhysicalAddress, access: PageAccess, kind: MemoryKind) {
    rawValue =
      page.rawValue & Self.addressMask | UInt64(kind.rawValue) << 8
      | UInt64(access.rawValue & 7) << 1 | 1
  }

  public var isPresent: Bool { rawValue & 1 == 1 }
  public var address: PhysicalAddress { PhysicalAddress(rawValue & Self.addressMask) }
  public var access: PageAccess {
    PageAccess(rawValue: UInt8(truncatingIfNeeded: rawValue >> 1 & 7))
  }
  public func with(access: PageAccess) -> Self {
    Self(rawValue: rawValue & ~0xE | UInt64(access.rawValue & 7) << 1)
  }
  public var isDirty: Bool { rawValue & Self.dirty != 0 }
  public var isPrivate: Bool {
    get { rawValue & Self.privateBit != 0 }
    set {
      self = Self(
        rawValue: newValue ? rawValue | Self.privateBit : rawValue & ~Self.privateBit)
    }
  }
  public var kind: MemoryKind {
    MemoryKind(rawValue: UInt8(truncatingIfNeeded: rawValue >> 8 & 3)) ?? .normal
  }
}
