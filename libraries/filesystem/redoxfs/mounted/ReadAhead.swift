// SPDX-License-Identifier: MIT
import Base
import Core

// Whoever reads a file from its beginning on, or goes on where he stopped, will want what comes next: the
// medium is told while he is still busy with what he has.

extension FileSystem {
  /// How many records the medium is told of before they are wanted.
  static var recordsAhead: UInt64 { 2 }

  /// Record `number` of `node` is read for the first time since it is in memory.
  func readAhead(
    of node: CachedBlock, _ record: NodeRecord, behind number: UInt64
  ) {
    let isSequential = number == node.nextRecord
    node.nextRecord = number &+ 1
    guard isSequential else { return }
    let end = (record.byteCount &+ record.recordBytes &- 1) / record.recordBytes
    // Who has read one record may want no more; who has read two goes on.
    let ahead = number == 0 ? 1 : Self.recordsAhead
    for next in number &+ 1..<max(number &+ 1, min(number &+ 1 &+ ahead, end)) {
      guard let address = addressOnMedium(of: next, node) else { return }
      volume.store.expect(volume.start &+ address.index, count: Int(address.blockCount))
    }
  }

  /// Where a record lies that is not in memory, if the indexes that lead to it are.
  private func addressOnMedium(of number: UInt64, _ node: CachedBlock) -> BlockAddress? {
    guard let way = wayInMemory(to: number, of: node), way.block.children[way.place] == nil else {
      return nil
    }
    let address = way.block.pointer(at: way.place).address
    return volume.isInside(address) ? address : nil
  }
}
