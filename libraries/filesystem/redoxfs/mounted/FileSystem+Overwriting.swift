// SPDX-License-Identifier: MIT
import Base
import Core

extension FileSystem {
  /// Writes over what is in a file, where that has changed since the last commit already: then nothing
  /// else has to.
  /// - Parameters:
  ///   - keepsSetID: false if a file that is run with its owner's rights is not for this.
  ///   - slot: where `fetch` finds the bytes, a whole page of the file, until the next commit or until
  ///     the page is overwritten again. They are copied only when somebody reads them.
  /// - Returns: how long the file is; `nil`, with nothing done, unless all of the bytes lie in one
  ///   record of a file that is in memory and has changed.
  public func overwrite(
    _ bytes: Span<UInt8>, of identifier: UInt32, at offset: UInt64, keepsSetID: Bool,
    now: Timestamp, in slot: Int? = nil
  ) -> UInt64? {
    guard !hasFailed, let node = nodeSlots[NodeSlots.slot(identifier)],
      node.identifier == identifier, node.parent != nil, node.isRecordKnown, node.isDirty
    else { return nil }
    let size = node.record.byteCount
    guard node.record.kind == .file, !node.record.isInline, offset < size,
      UInt64(bytes.count) <= size &- offset, keepsSetID || node.record.mode & 0o6000 == 0,
      node.record.recordLevel <= UInt32(Layout.highestLevel)
    else { return nil }
    let bits = UInt64(node.record.recordLevel) &+ 12
    let within = Int(truncatingIfNeeded: offset & ((1 << bits) &- 1))
    guard let known = recordInMemory(offset >> bits, of: node), known.isDirty,
      within &+ bytes.count <= known.bytes.count
    else { return nil }
    if let slot {
      known.setNewer(within / Layout.blockBytes, in: slot)
    } else {
      if known.isBehind { bringHere(known) }
      known.bytes.replaceBytes(at: within, with: bytes)
    }
    known.wasUsed = true
    node.wasUsed = true
    node.record.modified = now
    node.record.changed = now
    node.isRecordNewer = true
    return size
  }

  func bringHere(_ record: CachedBlock) { record.bringHere(fetch) }

  /// Record `number`, if it need not be read.
  @inline(__always)
  private func recordInMemory(_ number: UInt64, of node: CachedBlock) -> CachedBlock? {
    guard let way = wayInMemory(to: number, of: node) else { return nil }
    return way.block.children[way.place]
  }

  /// The block that points to record `number`, and where in it, if the indexes that lead there are in
  /// memory.
  @inline(__always)
  func wayInMemory(
    to number: UInt64, of node: CachedBlock
  ) -> (block: CachedBlock, place: Int)? {
    guard let way = NodeBlock.way(to: number) else { return nil }
    var block = node
    var place = NodeRecord.byteCount &+ way.place &* BlockPointer.byteCount
    for level in (0..<way.levels).reversed() {
      guard let index = block.children[place] else { return nil }
      block = index
      place = Self.place(of: way.rest, level)
    }
    return (block, place)
  }
}
