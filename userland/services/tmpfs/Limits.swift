// SPDX-License-Identifier: MIT

/// How much a volume holds, beyond `HierarchyLimits`. Sizes that depend on the capsule are in `Layout`.
public enum Limits {
  /// Bytes in a page, the unit of allocation.
  public static var pageBytes: Int { 4096 }
  /// Bytes in a name.
  public static var nameBytes: Int { 255 }
  /// The longest file, in bytes: three levels of 512 pages. Sparse files use what was written.
  public static var fileBytes: UInt64 { 1 << 39 }
  /// Names of one file.
  public static var links: UInt32 { 65_000 }
  /// Directories above one another, so that looking upwards ends.
  public static var depth: Int { 1024 }
  /// Pages reserved when a file is mapped for the first time, at least: room to grow.
  public static var mappedPages: Int { 16 }
  /// Pages of a file that is mapped, at most: as many as one change can take.
  public static var runPages: Int { 49_152 }
  /// Free pages that keep their memory, and as many have to be freed before more is given back.
  public static var pagesInReserve: Int { 1024 }
  /// Pages that lie one behind the other and are given back, at least.
  public static var leastRunToGiveBack: Int { 16 }
  /// The smallest capsule, in pages.
  public static var leastPages: Int { 64 }
}
