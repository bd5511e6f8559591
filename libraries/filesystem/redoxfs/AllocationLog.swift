// SPDX-License-Identifier: MIT
import Base
import Core

// Which blocks are free: the newest block of the log leads to the one before it, and so on; read from
// the oldest on, its entries give runs of blocks back, or take them.

/// One line of the log.
struct AllocationEntry {
  var index: UInt64
  /// Blocks that become free; negative if they are taken.
  var count: Int64
}

/// A block of the log.
struct AllocationBlock {
  let previous: BlockPointer
  let entries: [AllocationEntry]

  init(_ bytes: [UInt8]) {
    previous = bytes.span.pointer(at: 0)
    var entries: [AllocationEntry] = []
    for place in 1...Layout.allocationEntries {
      let entry = AllocationEntry(
        index: bytes.span.littleWord(at: 16 &* place),
        count: Int64(bitPattern: bytes.span.littleWord(at: 16 &* place &+ 8)))
      if entry.count != 0 { entries.append(entry) }
    }
    self.entries = entries
  }
}

/// A block of the list of nodes that have no name any more but were open.
struct ReleaseBlock {
  let previous: BlockPointer
  let nodes: [UInt32]

  init(_ bytes: [UInt8]) {
    previous = bytes.span.pointer(at: 0)
    var nodes: [UInt32] = []
    for place in 0..<(Layout.releaseEntries / 2) {
      let pair = bytes.span.littleWord(at: 16 &+ 8 &* place)
      for node in [UInt32(truncatingIfNeeded: pair), UInt32(pair >> 32)] where node != 0 {
        nodes.append(node)
      }
    }
    self.nodes = nodes
  }
}

extension Volume {
  /// The blocks of the log with their pointers, the oldest first.
  func allocationBlocks() throws(VolumeError) -> [(BlockPointer, AllocationBlock)] {
    var blocks: [(BlockPointer, AllocationBlock)] = []
    var pointer = header.allocation
    while !pointer.isNull {
      guard UInt64(blocks.count) < blockCount else {
        throw .damaged(.circle, block: pointer.address.index)
      }
      let block = AllocationBlock(try block(pointer))
      blocks.append((pointer, block))
      pointer = block.previous
    }
    blocks.reverse()
    return blocks
  }

  /// The blocks of the list of nodes to be released, the newest first.
  func releaseBlocks() throws(VolumeError) -> [(BlockPointer, ReleaseBlock)] {
    var blocks: [(BlockPointer, ReleaseBlock)] = []
    var pointer = header.release
    while !pointer.isNull {
      guard UInt64(blocks.count) < blockCount else {
        throw .damaged(.circle, block: pointer.address.index)
      }
      let block = ReleaseBlock(try block(pointer))
      blocks.append((pointer, block))
      pointer = block.previous
    }
    return blocks
  }
}
