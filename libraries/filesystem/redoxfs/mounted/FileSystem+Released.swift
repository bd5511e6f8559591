// SPDX-License-Identifier: MIT
import Base
import Core

// Files that have no name any more but are open. They are listed on the medium, so that they are removed
// at the next mount when the machine fails before they are closed.

extension FileSystem {
  /// Nobody has the node open any more: if it has no name, it is removed.
  public func release(_ identifier: UInt32) throws(FileSystemError) {
    guard let index = released.firstIndex(of: identifier) else { return }
    try begin(cost: 2 &* Self.nodeCost, keepsReserve: false)
    try removeContents(of: try node(identifier))
    try removeNode(identifier)
    released.remove(at: index)
    dirty.mark(header)
  }

  /// Nodes without a name that are there until somebody releases them.
  public var releasedNodes: [UInt32] { released }

  /// Whether the node has no name any more.
  public func isReleased(_ identifier: UInt32) -> Bool {
    !released.isEmpty && released.contains(identifier)
  }

  /// Finds out what the last mount left behind.
  func readReleased() throws(FileSystemError) {
    var lists: [(BlockPointer, ReleaseBlock)] = []
    do throws(VolumeError) { lists = try volume.releaseBlocks() } catch { throw .volume(error) }
    guard !lists.isEmpty else { return }
    for (_, block) in lists {
      for identifier in block.nodes where !released.contains(identifier) {
        released.append(identifier)
      }
    }
    releaseList = lists.map { $0.0.address }
    listedReleases = released
    keepNoLists()
  }

  /// Removes it.
  func removeReleased() throws(FileSystemError) {
    for identifier in released {
      do throws(FileSystemError) { try release(identifier) } catch {
        // One that is not there is only taken off the list.
        guard case .volume(.noNode) = error else { throw error }
        released.removeAll { $0 == identifier }
        dirty.mark(header)
      }
    }
  }

  /// Writes the list anew if it has changed: a part of a commit.
  func writeReleaseList() throws(FileSystemError) -> [BlockRun] {
    guard released != listedReleases else { return [] }
    for address in releaseList { give(address) }
    releaseList = []
    var taken: [BlockRun] = []
    var previous = BlockPointer()
    var start = 0
    while start < released.count {
      let end = min(start &+ Layout.releaseEntries, released.count)
      guard let index = free.take(level: 0) else { throw fail(.noSpace) }
      var bytes = [UInt8](repeating: 0, count: Layout.blockBytes)
      bytes.setPointer(previous, at: 0)
      for (offset, identifier) in released[start..<end].enumerated() {
        for byte in 0..<4 {
          bytes[16 &+ 4 &* offset &+ byte] = UInt8(
            truncatingIfNeeded: identifier >> UInt32(8 &* byte))
        }
      }
      try store(bytes, at: index)
      previous = BlockPointer()
      previous.address.index = index
      previous.hash = volume.store.digest(bytes.span)
      releaseList.append(previous.address)
      taken.append(BlockRun(start: index, count: 1))
      start = end
    }
    header.setPointer(previous, at: HeaderPlace.release)
    listedReleases = released
    return taken
  }
}
