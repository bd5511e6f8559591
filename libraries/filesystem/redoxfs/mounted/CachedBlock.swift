// SPDX-License-Identifier: MIT
import Base
import Core

/// A block of a mounted volume, in memory. What it holds may be newer than what the medium has; the
/// pointers in it are right only for those of its children that are not dirty.
///
/// Blocks form the tree that the volume is: from the header over the tree of nodes to nodes, indexes,
/// names and records. A dirty block's parents are dirty, up to the header.
final class CachedBlock {
  enum Kind { case header, tree, node, index, names, record }

  let kind: Kind
  var bytes: [UInt8]
  /// Where it lies on the medium; null until it is written for the first time.
  var address: BlockAddress
  /// The block that has the pointer to this one, and where in it; `nil` for the header, and once it
  /// is out of the tree.
  private(set) var parent: CachedBlock?
  private(set) var place: Int
  /// Those that are in memory, by the place of their pointers.
  private(set) var children = SortedMap<Int, CachedBlock>()
  fileprivate(set) var isDirty = false
  /// What the cache's sum has for it.
  var cachedCost: UInt64 = 0
  /// Asked for since the cache last looked.
  var wasUsed = true
  /// A node whose file has nothing behind its end, neither in its last record nor after it.
  var isClearBehindEnd = false
  /// A node's number, once it was asked for by it; else zero, which is no node's.
  var identifier: UInt32 = 0
  /// A node's record, once somebody has asked for it.
  var record = NodeRecord()
  var isRecordKnown = false
  /// `record` is newer than what the bytes say.
  var isRecordNewer = false
  /// A record whose pages are newer elsewhere, some of them: one more than where, or zero. Whoever uses
  /// its bytes sees to `bringHere` first.
  private(set) var newerPages: [UInt32] = []
  private(set) var isBehind = false
  /// A record that somebody has read from already.
  var wasLent = false
  /// A node whose records are read one after the other: the number that comes next.
  var nextRecord: UInt64 = 0
  /// A list of names that was looked through and found whole.
  var areNamesWhole = false

  init(_ kind: Kind, _ bytes: [UInt8], at address: BlockAddress = BlockAddress()) {
    self.kind = kind
    self.bytes = bytes
    self.address = address
    place = 0
  }

  /// How many blocks of 4096 bytes it takes at most, once it is written.
  var cost: UInt64 { UInt64(bytes.count / Layout.blockBytes) }

  func pointer(at place: Int) -> BlockPointer { bytes.pointer(at: place) }

  func setPointer(_ pointer: BlockPointer, at place: Int) {
    bytes.setPointer(pointer, at: place)
  }

  func setWord(_ word: UInt64, at place: Int) { bytes.setWord(word, at: place) }

  /// Page `page` of the record is in `slot` from now on.
  func setNewer(_ page: Int, in slot: Int) {
    let count = bytes.count / Layout.blockBytes
    if newerPages.count != count { newerPages = [UInt32](repeating: 0, count: count) }
    newerPages[page] = UInt32(truncatingIfNeeded: slot &+ 1)
    isBehind = true
  }

  /// Gets what is newer elsewhere.
  func bringHere(_ fetch: (_ slot: Int, _ place: Int, _ bytes: inout [UInt8]) -> Void) {
    isBehind = false
    for page in newerPages.indices where newerPages[page] != 0 {
      fetch(Int(newerPages[page]) &- 1, page &* Layout.blockBytes, &bytes)
      newerPages[page] = 0
    }
  }

  func attach(_ child: CachedBlock, at place: Int) {
    child.parent = self
    child.place = place
    children[place] = child
  }

  /// Takes it out of the tree; the pointer to it stays.
  func detach() {
    parent?.children[place] = nil
    parent = nil
  }

  /// Moves the pointer at `place`, and the child that it leads to, to another block or place.
  func movePointer(at place: Int, to other: CachedBlock, _ newPlace: Int) {
    let pointer = pointer(at: place)
    other.setPointer(pointer, at: newPlace)
    if let child = children[place] {
      children[place] = nil
      other.attach(child, at: newPlace)
    }
    setPointer(BlockPointer(), at: place)
  }
}

/// What has changed since the last commit, in blocks.
struct DirtyCount {
  /// Blocks of 4096 bytes that a commit may have to allocate, without the log's.
  private(set) var cost: UInt64 = 0
  private(set) var count = 0
  /// Records of more than one block, each of which needs a whole run.
  private(set) var longRecords: UInt64 = 0

  private mutating func add(_ block: CachedBlock) {
    cost &+= block.cost
    if block.cost > 1 { longRecords &+= 1 }
  }

  private mutating func subtract(_ block: CachedBlock) {
    cost &-= block.cost
    if block.cost > 1 { longRecords &-= 1 }
  }

  /// The block has changed, or is about to: so have all that lead to it.
  mutating func mark(_ block: CachedBlock) {
    var next: CachedBlock? = block
    while let block = next, !block.isDirty {
      block.isDirty = true
      add(block)
      count &+= 1
      next = block.parent
    }
  }

  /// It is written, or gone.
  mutating func clear(_ block: CachedBlock) {
    guard block.isDirty else { return }
    block.isDirty = false
    subtract(block)
    count &-= 1
  }

  /// Makes a block longer.
  mutating func append(_ bytes: Span<UInt8>, to block: CachedBlock) {
    if block.isDirty { subtract(block) }
    block.bytes.append(copyOf: bytes)
    if block.isDirty { add(block) }
  }

  /// Changes a block's length, whose cost depends on it.
  mutating func resize(_ block: CachedBlock, to byteCount: Int) {
    if block.isDirty { subtract(block) }
    if byteCount < block.bytes.count {
      block.bytes.removeLast(block.bytes.count &- byteCount)
    } else {
      block.bytes.append(zeros: byteCount &- block.bytes.count)
    }
    if block.isDirty { add(block) }
  }
}
