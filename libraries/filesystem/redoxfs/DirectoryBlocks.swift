// SPDX-License-Identifier: MIT
import Base
import Core

/// A name in a directory.
public struct DirectoryEntry: Equatable, Sendable {
  public var node: UInt32
  public var name: Text
}

/// What the first pointer of a directory's node says: no pointer, but how deep its tree is.
struct DirectoryRoot {
  /// Levels of hash nodes above the lists of names.
  let levels: UInt8
  let pointer: BlockPointer

  /// - Returns: `nil` for a directory without names.
  init?(_ node: NodeBlock) throws(VolumeError) {
    let marker = node.pointer(0)
    pointer = node.pointer(1)
    if marker.address.rawValue == 0, pointer.isNull { return nil }
    guard marker.address.rawValue >> 4 == UInt64.max >> 4, marker.hash == UInt64.max,
      marker.address.level <= Layout.directoryLevels, !pointer.isNull
    else { throw .damaged(.directory, block: node.block) }
    levels = marker.address.level
  }
}

/// What names are sorted by in a directory's tree: the low half of their hash.
enum NameHash {
  /// Stands in places that hold nothing, so that no name has it.
  static var none: UInt32 { UInt32.max }

  static func of(_ name: Text) -> UInt32 {
    min(UInt32(truncatingIfNeeded: SeaHash.digest(name.span)), none &- 1)
  }
}

/// A block with up to 204 pointers, each with the highest hash of the names below it, in rising order.
struct HashNode {
  static var places: Int { 204 }
  private static var placeBytes: Int { 20 }
  let bytes: [UInt8]

  func hash(_ place: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: bytes.span.littleWord(at: place &* Self.placeBytes))
  }

  func pointer(_ place: Int) -> BlockPointer {
    bytes.span.pointer(at: place &* Self.placeBytes &+ 4)
  }
}

/// A block of names: a node's identifier, the name's length and the name, one after the other; in the
/// last four bytes how many there are, and how many bytes they take.
struct NameList {
  private static var roomBytes: Int { 4092 }
  let entries: [DirectoryEntry]

  init(_ bytes: [UInt8], block: UInt64) throws(VolumeError) {
    do throws(WireError) {
      let count = Int(try bytes.span.little(at: 4092, as: UInt16.self))
      let byteCount = Int(try bytes.span.little(at: 4094, as: UInt16.self))
      guard byteCount <= Self.roomBytes else { throw .malformed }
      let used = bytes.span.extracting(first: byteCount)
      var entries: [DirectoryEntry] = []
      var offset = 0
      for _ in 0..<count {
        let node = try used.little(at: offset, as: UInt32.self)
        let length = try used.little(at: offset &+ 4, as: UInt8.self)
        guard length > 0, Int(length) <= Layout.nameBytes else { throw .malformed }
        let name = try used.slice(at: UInt64(offset &+ 5), count: UInt64(length))
        entries.append(DirectoryEntry(node: node, name: Text(name)))
        offset &+= 5 &+ Int(length)
      }
      guard offset == byteCount else { throw .malformed }
      self.entries = entries
    } catch { throw .damaged(.directory, block: block) }
  }
}
