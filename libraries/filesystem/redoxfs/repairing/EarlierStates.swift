// SPDX-License-Identifier: MIT
import Base
import Core

// The ring's headers lead to the states of the last commits. What a commit gives back is not written to
// before the next one, so the state before the newest is there as a whole, and of older ones much. All of
// it is found by hashes: what was overwritten since is noticed.

extension Volume {
  /// The whole headers of earlier states, the newest first; without the one whose place in the ring the
  /// next commit writes to.
  func earlierHeaders() -> [HeaderBlock] {
    var headers: [HeaderBlock] = []
    var bytes: [UInt8] = []
    for age in 1..<HeaderBlock.ringCount &- 1 where age < header.generation {
      let generation = header.generation &- age
      bytes.removeAll(keepingCapacity: true)
      guard store.read(start &+ generation % HeaderBlock.ringCount, count: 1, onto: &bytes),
        case .header(let earlier) = HeaderReading(bytes.span), earlier.generation == generation,
        earlier.identifier == header.identifier, earlier.isEncrypted == header.isEncrypted
      else { continue }
      headers.append(earlier)
    }
    return headers
  }
}

/// Looks for a state whose nodes can be found.
struct StateSearch<Store: BlockStore> {
  let volume: Volume<Store>
  /// Lists that were read: the hash of each, by its block. States share most.
  private var read = SortedMap<UInt64, UInt64>()

  init(_ volume: Volume<Store>) { self.volume = volume }

  /// The newest state whose nodes can be found; if there is none, the newest one of which some can. An
  /// earlier one without files is none: it would empty the volume.
  /// - Returns: `nil` if nothing can be found of any; and why it is not the newest.
  mutating func find() -> (header: HeaderBlock?, error: VolumeError?) {
    guard let error = error(in: volume.header) else { return (volume.header, nil) }
    var second = hasFiles(volume.header) ? volume.header : nil
    for header in volume.earlierHeaders() {
      if second != nil, self.error(in: header) != nil { continue }
      guard hasFiles(header) else { continue }
      if self.error(in: header) == nil { return (header, error) }
      second = second ?? header
    }
    return (second, error)
  }

  /// Whether a node can be found that is not the root directory.
  private func hasFiles(_ header: HeaderBlock) -> Bool {
    var seen = SortedMap<UInt64, Bool>()
    return hasFiles(below: header.tree, level: Layout.treeLevels, isFirst: true, &seen)
  }

  private func hasFiles(
    below pointer: BlockPointer, level: Int, isFirst: Bool, _ seen: inout SortedMap<UInt64, Bool>
  ) -> Bool {
    guard !pointer.isNull, seen[pointer.address.index] == nil else { return false }
    seen[pointer.address.index] = true
    guard let bytes = try? volume.block(pointer) else { return false }
    for place in 0..<Layout.treePointers {
      let next = bytes.pointer(at: place &* BlockPointer.byteCount)
      // Zero is no node, and one the root directory.
      if level == 1, !next.isNull, !isFirst || place > 1 { return true }
      if level > 1,
        hasFiles(below: next, level: level &- 1, isFirst: isFirst && place == 0, &seen)
      {
        return true
      }
    }
    return false
  }

  /// Why the nodes of a state cannot be found: on one of the lists that lead to further lists hang tens of
  /// thousands of nodes, on the first of the lowest all names.
  private mutating func error(in header: HeaderBlock) -> VolumeError? {
    do throws(VolumeError) {
      try readLists(header.tree, level: Layout.treeLevels, isFirst: true)
      return nil
    } catch { return error }
  }

  /// - Parameter isFirst: the list leads to the root directory.
  private mutating func readLists(
    _ pointer: BlockPointer, level: Int, isFirst: Bool
  ) throws(VolumeError) {
    if isFirst, pointer.isNull { throw .noNode(Volume<Store>.rootIdentifier) }
    if !isFirst, level == 1 || pointer.isNull || read[pointer.address.index] == pointer.hash {
      return
    }
    let bytes = try volume.block(pointer)
    read[pointer.address.index] = pointer.hash
    if level == 1 { return }
    for place in 0..<Layout.treePointers {
      try readLists(
        bytes.pointer(at: place &* BlockPointer.byteCount), level: level &- 1,
        isFirst: isFirst && place == 0)
    }
  }
}
