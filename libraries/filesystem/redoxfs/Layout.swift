// SPDX-License-Identifier: MIT
import Base
import Core

/// The sizes and limits of a volume, on one page.
public enum Layout {
  public static var blockBytes: Int { 4096 }
  /// The first block that may be given away; before it stand the headers, and one that is never
  /// used.
  public static var firstBlock: UInt64 { HeaderBlock.ringCount &+ 1 }
  /// A volume's header ring is looked for among so many blocks of its medium.
  public static var searchedBlocks: UInt64 { 65_536 }
  /// The largest block, 128 KiB: a record of a regular file.
  public static var highestLevel: UInt8 { 5 }

  /// Pointers in a block of a file's index.
  static var indexPointers: UInt64 { 256 }
  /// Pointers in a block of the tree of nodes. The bytes of a node's identifier, the highest first,
  /// are the places on the way to it; none of them is higher than this. Zero names no node.
  static var treePointers: Int { 254 }
  /// Levels of that tree.
  static var treeLevels: Int { 4 }

  /// The longest name, in bytes of UTF-8.
  public static var nameBytes: Int { 252 }
  /// Levels of hash nodes above a directory's lists; the entries of five would outnumber all nodes.
  static var directoryLevels: UInt8 { 5 }
  /// Entries in a block of the allocation log, and of the list of nodes to be released.
  static var allocationEntries: Int { 255 }
  static var releaseEntries: Int { 1020 }
}
