// SPDX-License-Identifier: MIT
import Base
import Core

extension FileSystem {
  /// The fewest blocks that a volume has: headers, an empty root, and room for a little more.
  public static var leastBlocks: UInt64 { 512 }

  /// Makes an empty volume on `store`, over whatever is there.
  /// - Parameters:
  ///   - identifier: a number that no other volume has (RFC 9562).
  ///   - root: whose root directory it is, and with which permissions.
  ///   - transform: what its blocks are read and written by, if it is to be encrypted.
  /// - Throws: `tooLarge` for more blocks than an address can name, `noSpace` for too few, `medium`.
  public static func format(
    _ store: Store, identifier: InlineBytes<16>, root: NewNode, now: Timestamp,
    transform: BlockTransform? = nil
  ) throws(FileSystemError) -> FileSystem<Store> {
    guard store.blockCount >= leastBlocks else { throw .noSpace }
    guard store.blockCount < 1 << 48 else { throw .tooLarge }
    // Headers of what was there before could be newer.
    let empty = [UInt8](repeating: 0, count: Layout.blockBytes)
    for block in 0..<HeaderBlock.ringCount {
      guard store.write(block, empty.span) else { throw .medium }
    }
    guard store.flush() else { throw .medium }
    let fileSystem = try FileSystem(formatting: store, identifier, transform)
    let (identifier, _) = try fileSystem.makeNode(record(of: root, now))
    precondition(identifier == rootIdentifier, "the first node is the root")
    try fileSystem.commit()
    return fileSystem
  }

  private convenience init(
    formatting store: Store, _ identifier: InlineBytes<16>, _ transform: BlockTransform?
  ) throws(FileSystemError) {
    var header = HeaderBlock()
    header.identifier = identifier
    header.byteCount = store.blockCount &* UInt64(Layout.blockBytes)
    var bytes = [UInt8](repeating: 0, count: Layout.blockBytes)
    do throws(WireError) { try header.encode(into: bytes.mutableSpan) } catch {
      preconditionFailure("a block has room for a header")
    }
    self.init(empty: Volume(new: store, header, transform), bytes)
    free.set(
      Layout.firstBlock, count: volume.blockCount &- Layout.firstBlock, free: true)
    // The log's first block says that all is free.
    log.isWorthless = true
    try begin(cost: Self.nodeCost)
  }
}
