// SPDX-License-Identifier: MIT
public import Base
import Core

// Snapshots are ours: format version 8 has none. Older implementations keep what a header has in the
// place that we use, and do not look at it; the blocks of snapshots are taken in the allocation log like
// any others, so they are not given away either. But they give back what they delete, although a
// snapshot may still have it; so the generation is noted in which we wrote the header last.

/// A state of the volume that is kept.
public struct Snapshot: Equatable, Sendable {
  /// At most 63 bytes, as for a file.
  public var name: Text
  public var created: Timestamp
  /// The commit whose state it is.
  public var generation: UInt64
  /// The root of the tree of nodes at that time.
  var tree: BlockPointer
  /// The newest block of the allocation log at that time, or a block that leads to it and gives back
  /// what was not free then and is not the snapshot's.
  var allocation: BlockPointer
  /// How many blocks the volume had; zero if it has not grown since.
  var blockCount: UInt64 = 0

  static var nameBytes: Int { 63 }

  /// Whether a snapshot may be called so: it is a name in a directory, of at most 63 bytes.
  static func isName(_ name: Text) -> Bool {
    !name.isEmpty && name.count <= nameBytes && name != "." && name != ".." && !name.contains(0x2F)
      && !name.contains(0)
  }
}

/// Where a header says that there are snapshots, and of which generation it was when we wrote it.
enum SnapshotPlace {
  static var signature: Int { 3168 }
  static var generation: Int { 3176 }
  static var table: Int { 3184 }
  /// `unsettled` stands here while there are blocks that are neither free nor in any state.
  static var settling: Int { 3200 }
  /// "ApusSnap" as a little-endian number.
  static var number: UInt64 { 0x7061_6E53_7375_7041 }
  /// "giveBack" as a little-endian number.
  static var unsettled: UInt64 { 0x6B63_6142_6576_6967 }
}

/// A block of the table: the pointer to the one before it, how many snapshots are in it, and those.
enum SnapshotBlock {
  private static var firstPlace: Int { 32 }
  private static var entryBytes: Int { 128 }
  static var room: Int { (Layout.blockBytes &- firstPlace) / entryBytes }

  static func bytes(_ snapshots: ArraySlice<Snapshot>, after previous: BlockPointer) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Layout.blockBytes)
    bytes.setPointer(previous, at: 0)
    bytes.setWord(UInt64(snapshots.count), at: 16)
    var place = firstPlace
    for snapshot in snapshots {
      bytes.setPointer(snapshot.tree, at: place)
      bytes.setPointer(snapshot.allocation, at: place &+ 16)
      bytes.setWord(snapshot.generation, at: place &+ 32)
      bytes.setWord(snapshot.created.seconds, at: place &+ 40)
      bytes.setWord(UInt64(snapshot.created.nanoseconds), at: place &+ 48)
      bytes.setWord(snapshot.blockCount, at: place &+ 56)
      bytes[place &+ 64] = UInt8(snapshot.name.count)
      for index in snapshot.name.indices { bytes[place &+ 65 &+ index] = snapshot.name[index] }
      place &+= entryBytes
    }
    return bytes
  }

  /// - Returns: `nil` for what is no such block.
  static func read(_ bytes: [UInt8]) -> (previous: BlockPointer, snapshots: [Snapshot])? {
    let count = bytes.word(at: 16)
    guard count <= UInt64(room) else { return nil }
    var snapshots: [Snapshot] = []
    var place = firstPlace
    for _ in 0..<Int(count) {
      var created = Timestamp()
      created.seconds = bytes.word(at: place &+ 40)
      created.nanoseconds = UInt32(truncatingIfNeeded: bytes.word(at: place &+ 48))
      let length = Int(bytes[place &+ 64])
      guard length > 0, length <= Snapshot.nameBytes else { return nil }
      snapshots.append(
        Snapshot(
          name: Text(bytes[(place &+ 65)..<(place &+ 65 &+ length)]), created: created,
          generation: bytes.word(at: place &+ 32), tree: bytes.pointer(at: place),
          allocation: bytes.pointer(at: place &+ 16),
          blockCount: bytes.word(at: place &+ 56)))
      place &+= entryBytes
    }
    return (bytes.pointer(at: 0), snapshots)
  }
}

/// What a header says of snapshots.
struct SnapshotList {
  var snapshots: [Snapshot] = []
  /// The table's blocks.
  var blocks: [BlockAddress] = []
  /// The volume was written since by somebody who does not know of snapshots.
  var isDoubtful = false
  /// What the next commit notes of snapshots, by their generations: runs that were not free when they
  /// were made, and are not theirs.
  var givenSince: [(generation: UInt64, runs: [BlockRun])] = []
}

extension Volume {
  /// The snapshots that the header `bytes` leads to, the oldest first.
  func snapshotList(_ bytes: [UInt8]) throws(VolumeError) -> SnapshotList {
    var list = SnapshotList()
    guard bytes.word(at: SnapshotPlace.signature) == SnapshotPlace.number else { return list }
    list.isDoubtful =
      bytes.word(at: SnapshotPlace.generation) != bytes.word(at: HeaderPlace.generation)
    var pointer = bytes.pointer(at: SnapshotPlace.table)
    while !pointer.isNull {
      guard UInt64(list.blocks.count) < blockCount else {
        throw .damaged(.circle, block: pointer.address.index)
      }
      guard let (previous, snapshots) = SnapshotBlock.read(try block(pointer)) else {
        throw .damaged(.snapshots, block: pointer.address.index)
      }
      list.blocks.append(pointer.address)
      list.snapshots = snapshots + list.snapshots
      pointer = previous
    }
    return list
  }

  /// The snapshots of the volume, the oldest first.
  public func snapshots() throws(VolumeError) -> [Snapshot] {
    try snapshotList(try headerBytes()).snapshots
  }

  /// The volume as it was: to be read like any other.
  public func view(_ snapshot: Snapshot) -> Volume {
    var old = header
    old.tree = snapshot.tree
    old.allocation = snapshot.allocation
    old.release = BlockPointer()
    old.generation = snapshot.generation
    return Volume(self, old)
  }
}
