// SPDX-License-Identifier: MIT
import Base
import Core

/// Why something on a volume cannot be done. Blocks are counted from the volume's first header.
public enum VolumeError: Error, Equatable, Sendable {
  /// There is no whole header among the first 65,536 blocks.
  case noVolume
  /// It is RedoxFS, but of a version that is not 8.
  case otherVersion(UInt64)
  /// Its blocks are encrypted.
  case encrypted
  /// No state has nodes that can be found; the newest one's tree begins at the block.
  case noTree(block: UInt64)
  /// The medium could not read or write the block.
  case medium(block: UInt64)
  /// The block is not what it has to be.
  case damaged(Damage, block: UInt64)
  /// No node has this identifier.
  case noNode(UInt32)
  case notDirectory
  case notFound
  /// The name is empty, too long, or has a byte that names may not have.
  case invalidName

  public enum Damage: Sendable {
    /// Its contents do not have the hash that the pointer to it states.
    case checksum
    /// The pointer leads out of the volume, or into its headers.
    case outside
    /// The pointer states a size that such a block does not have.
    case level
    /// What is packed in it does not unpack to the size that its pointer states.
    case packing
    /// Its fields make no sense together.
    case node, directory, allocation, releaseList, snapshots
    /// It leads back to where the reader has been.
    case circle
  }
}

extension VolumeError.Damage {
  /// Completes the sentence "block 12 …".
  public var explanation: StaticString {
    switch self {
    case .checksum: "does not have the checksum that its pointer states"
    case .outside: "lies outside the volume"
    case .level: "has a size that blocks of its kind do not have"
    case .packing: "does not unpack to what its pointer states"
    case .node: "is no node"
    case .directory: "is no part of a directory"
    case .allocation: "is no part of the allocation log"
    case .releaseList: "is no part of the list of nodes to be released"
    case .snapshots: "is no part of the table of snapshots"
    case .circle: "leads in a circle"
    }
  }
}
