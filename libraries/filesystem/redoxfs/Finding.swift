// SPDX-License-Identifier: MIT
import Core
public import Base

/// Something that is wrong with a volume.
public enum Finding: Equatable, Sendable {
  /// What is at `path`, or the structure named so, cannot be read.
  case unreadable(VolumeError, path: Text)
  /// A part of a file in a snapshot cannot be read.
  case unreadableInSnapshot(VolumeError)
  /// Two things claim the block.
  case usedTwice(block: UInt64, path: Text)
  /// It belongs to something, and yet would be given away.
  case usedButFree(block: UInt64, path: Text)
  /// The log takes a block that is not free, or frees one that is.
  case takenTwice(block: UInt64)
  case freedTwice(block: UInt64)
  /// A name leads to no node.
  case dangling(node: UInt32, path: Text)
  /// The name stands in its directory more than once.
  case doubled(path: Text)
  /// The name lies where it would not be looked for.
  case misplaced(path: Text)
  /// No file may be called so.
  case invalidName(path: Text)
  /// A directory has more than one name, or lies in itself.
  case directoryTwice(path: Text)
  case links(node: UInt32, stated: UInt32, counted: UInt32, path: Text)
  case blocks(node: UInt32, stated: UInt64, counted: UInt64, path: Text)
  /// A directory's size is not that of its tree.
  case size(node: UInt32, stated: UInt64, counted: UInt64, path: Text)
  /// The node has no name, and is not waiting to be released.
  case unnamed(node: UInt32)
  /// The node is to be released, and has a name.
  case releasedButNamed(node: UInt32)
  /// The tree says that a place in it is full, or has room, and it is not so.
  case fullness(block: UInt64)

  @export(interface)
  public var explanation: Text {
    var text = Text()
    switch self {
    case .unreadable(let error, let path): text += path + ": " + error.explanation
    case .unreadableInSnapshot(let error):
      text += "snapshots: a part of a file cannot be read: " + error.explanation
    case .usedTwice(let block, let path):
      text += path + ": block " + decimal(block) + " is used twice"
    case .usedButFree(let block, let path):
      text += path + ": block " + decimal(block) + " is used, but free in the allocation log"
    case .takenTwice(let block):
      text += "allocation log: block " + decimal(block) + " is taken, but was not free"
    case .freedTwice(let block):
      text += "allocation log: block " + decimal(block) + " is given back, but was free"
    case .dangling(let node, let path):
      text += path + ": leads to node " + decimal(node) + ", which does not exist"
    case .doubled(let path): text += path + ": the name occurs more than once"
    case .misplaced(let path): text += path + ": the name lies where it is not looked for"
    case .invalidName(let path): text += path + ": no such name is allowed"
    case .directoryTwice(let path): text += path + ": the directory has another name"
    case .links(let node, let stated, let counted, let path):
      text += path + ": node " + decimal(node) + " has " + decimal(counted) + " names, but states "
      text += decimal(stated)
    case .blocks(let node, let stated, let counted, let path):
      text +=
        path + ": node " + decimal(node) + " takes " + decimal(counted) + " blocks, but states "
      text += decimal(stated)
    case .size(let node, let stated, let counted, let path):
      text += path + ": directory " + decimal(node) + " is " + decimal(counted)
      text += " bytes large, but states " + decimal(stated)
    case .unnamed(let node): text += "node " + decimal(node) + " has no name"
    case .releasedButNamed(let node):
      text += "release list: node " + decimal(node) + " has a name"
    case .fullness(let block):
      text += "tree of nodes: the flags in block " + decimal(block) + " are wrong"
    }
    return text
  }
}

extension VolumeError {
  @export(interface)
  public var explanation: Text {
    switch self {
    case .noVolume: "there is no RedoxFS volume"
    case .otherVersion(let version):
      Text("the volume has format version ") + decimal(version) + "; only 8 is known here"
    case .encrypted: "the volume is encrypted, which is not supported"
    case .noTree(let block):
      Text("no commit has files that can be found; the newest one's tree begins in block ")
        + decimal(block)
    case .medium(let block): Text("block ") + decimal(block) + " cannot be read"
    case .damaged(let damage, let block):
      Text("block ") + decimal(block) + " " + Text(damage.explanation)
    case .noNode(let node): Text("there is no node ") + decimal(node)
    case .notDirectory: "not a directory"
    case .notFound: "no such file or directory"
    case .invalidName: "no such name is allowed"
    }
  }
}

func decimal(_ number: some BinaryInteger) -> Text {
  Text { $0.put(decimal: UInt64(truncatingIfNeeded: number)) }
}
