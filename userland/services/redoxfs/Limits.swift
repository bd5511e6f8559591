// SPDX-License-Identifier: MIT
import Hierarchy
import ABI
import Memory
import RedoxFS
import Base
import Core

/// How much a mounted volume takes. What the format itself limits is in the library's `Layout`.
public enum Limits {
  /// Blocks of 4096 bytes kept in memory.
  public static var cachedBlocks: UInt64 { 8192 }
  /// Blocks that have changed, beyond which a commit comes by itself.
  public static var dirtyBlocks: UInt64 { 4096 }
  /// Nanoseconds after which what was done is committed.
  public static var commitDelay: UInt64 { 2_000_000_000 }
  /// Bytes of one request to a disk at most, a record: a multiple of 4096.
  public static var slotBytes: Int { 131_072 }
  /// Such requests under way at a time, or read before they are wanted.
  public static var slots: Int { 8 }
  /// Drivers, one after the other, that may die before one has taken what is under way.
  public static var attachments: Int { 16 }
  /// A time of access is written only if it is older, in seconds.
  public static var accessTimeAge: UInt64 { 3600 }
  /// The longest file, in bytes: what an offset can say.
  public static var fileBytes: UInt64 { UInt64(Int64.max) }
  /// Bytes that are written alone if there is no room for more: a record of a file.
  public static var recordBytes: Int { 131_072 }
  /// Nodes whose place in the tree is remembered: a power of two.
  public static var knownPlaces: Int { 1024 }
  /// Directories above one another when a path is made.
  public static var depth: Int { 4096 }
  /// Names read at once when a directory is listed.
  public static var listedNames: Int { 64 }
}
