// SPDX-License-Identifier: MIT
import Core
public import Base

/// Something that a repair did to a volume.
public enum Mend: Equatable, Sendable {
  /// The volume said that it has more blocks than its medium.
  case cutOff(stated: UInt64, there: UInt64)
  /// The nodes of the newest state could not be found: the volume is that of an earlier commit.
  case wentBack(from: UInt64, to: UInt64, VolumeError)
  /// A part of the tree of nodes could not be read: all nodes from `first` to `last` are gone.
  case lostNodes(first: UInt32, last: UInt32, VolumeError)
  /// The node could not be read, or was none.
  case lostNode(UInt32, VolumeError)
  /// There was no root directory; it is new and empty, but for what was found.
  case newRoot
  /// A part of a file could not be read: it is zeros now, from `offset` on.
  case cleared(path: Text, offset: UInt64, byteCount: UInt64, VolumeError)
  /// A part of a file lay in blocks that belong to something else too: it has its own now.
  case parted(path: Text, offset: UInt64)
  /// The directory was made anew of those of its names that could be read.
  case remade(path: Text, names: UInt64)
  /// A name that led to no node, or to a directory that has another, or that no name may be.
  case removed(path: Text, Reason)
  /// A node without a name has one again.
  case found(node: UInt32, path: Text)
  /// Counts that were wrong.
  case links(node: UInt32, UInt32)
  case blocks(path: Text, UInt64)
  case size(path: Text, UInt64)
  /// The tree's flags of what has room, in so many of its blocks.
  case fullness(blocks: UInt64)
  /// The list of nodes that wait to be released could not be read, or named others.
  case releaseList
  /// In the snapshot not all files could be found.
  case lostSnapshot(Text, VolumeError)
  /// A part of a file could not be read in the snapshot, and in later ones that have it; they stay as they
  /// are.
  case damagedSnapshot(Text, VolumeError)
  /// The table of snapshots could not be read.
  case lostSnapshots(VolumeError)
  /// What is free was written down anew.
  case free(blocks: UInt64)

  public enum Reason: Sendable { case dangling, doubled, invalidName, directoryTwice }
}

extension Mend {
  @export(interface)
  public var explanation: Text {
    switch self {
    case .cutOff(let stated, let there):
      "the medium has " + decimal(there) + " blocks, not " + decimal(stated) + ": corrected"
    case .wentBack(let newest, let taken, let error):
      "the nodes of generation " + decimal(newest) + " cannot be found: " + error.explanation
        + "; went back to generation " + decimal(taken) + ": what was changed since is lost"
    case .lostNodes(let first, let last, let error):
      "nodes " + decimal(first) + " to " + decimal(last) + " are lost: " + error.explanation
    case .lostNode(let node, let error):
      "node " + decimal(node) + " is lost: " + error.explanation
    case .newRoot: "made a new root directory"
    case .cleared(let path, let offset, let byteCount, let error):
      path + ": " + decimal(byteCount) + " bytes from " + decimal(offset)
        + " on are lost and zeros now: " + error.explanation
    case .parted(let path, let offset):
      path + ": copied what it has from " + decimal(offset) + " on, which was used twice"
    case .remade(let path, let names):
      path + ": made the directory anew, with " + decimal(names) + (names == 1 ? " name" : " names")
    case .removed(let path, let reason): path + ": removed the name, " + Text(reason.explanation)
    case .found(let node, let path):
      path + ": this is node " + decimal(node) + ", which had no name"
    case .links(let node, let count):
      "node " + decimal(node) + " has " + decimal(count) + (count == 1 ? " name" : " names")
        + ": corrected"
    case .blocks(let path, let count):
      path + ": takes " + decimal(count) + (count == 1 ? " block" : " blocks") + ": corrected"
    case .size(let path, let size):
      path + ": the directory is " + decimal(size) + " bytes large: corrected"
    case .fullness(let blocks):
      "tree of nodes: corrected the flags in " + decimal(blocks)
        + (blocks == 1 ? " block" : " blocks")
    case .releaseList: "corrected the list of nodes to be released"
    case .lostSnapshot(let name, let error):
      "snapshot " + name + " is lost: " + error.explanation
    case .damagedSnapshot(let name, let error):
      "snapshot " + name + " stays, with a part of a file that cannot be read: "
        + error.explanation
    case .lostSnapshots(let error): "all snapshots are lost: " + error.explanation
    case .free(let blocks): "wrote down anew what is free: " + decimal(blocks) + " blocks"
    }
  }
}

extension Mend.Reason {
  /// Follows "removed the name, ".
  @export(interface)
  public var explanation: StaticString {
    switch self {
    case .dangling: "which led to no node"
    case .doubled: "which occurred twice"
    case .invalidName: "which no file may have"
    case .directoryTwice: "another one of a directory"
    }
  }
}
