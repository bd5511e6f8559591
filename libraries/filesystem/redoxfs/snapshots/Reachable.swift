// SPDX-License-Identifier: MIT
import Base
import Core

/// Finds all blocks that states of a volume have.
///
/// What two states share lies at one place, so it is looked at once. With that, finding what a further
/// state has costs as much as what is new in it.
struct Reachable<Store: BlockStore> {
  let volume: Volume<Store>
  private(set) var blocks: BlockMap
  /// What could not be read, or lay where the volume has given it away.
  private(set) var error: VolumeError?
  /// The same of records: nothing hangs on them.
  private(set) var damagedRecords: [VolumeError] = []
  private let readsRecords: Bool

  /// - Parameter readsRecords: whether what is in files is read too, and so checked.
  init(_ volume: Volume<Store>, readsRecords: Bool = false) {
    self.volume = volume
    self.readsRecords = readsRecords
    blocks = BlockMap(count: volume.blockCount)
  }

  /// Adds a block that leads nowhere.
  /// - Returns: whether it was not there yet.
  @discardableResult
  mutating func add(_ address: BlockAddress) -> Bool {
    guard volume.isInside(address) else {
      error = error ?? .damaged(.outside, block: address.index)
      return false
    }
    if blocks[address.index] { return false }
    for block in address.index..<(address.index &+ address.blockCount) { blocks[block] = true }
    return true
  }

  /// Adds a tree of nodes with all that is in them.
  mutating func add(tree pointer: BlockPointer) { add(list: pointer, level: Layout.treeLevels) }

  private mutating func add(list pointer: BlockPointer, level: Int) {
    guard !pointer.isNull, add(pointer.address), let bytes = read(pointer) else { return }
    for place in 0..<Layout.treePointers {
      let next = bytes.pointer(at: place &* BlockPointer.byteCount)
      if level > 1 { add(list: next, level: level &- 1) } else { add(node: next) }
    }
  }

  private mutating func read(_ pointer: BlockPointer) -> [UInt8]? {
    do throws(VolumeError) { return try volume.block(pointer) } catch {
      self.error = self.error ?? error
      return nil
    }
  }

  private mutating func add(node pointer: BlockPointer) {
    guard !pointer.isNull, add(pointer.address), let bytes = read(pointer) else { return }
    do throws(VolumeError) {
      let node = try NodeBlock(0, bytes, block: pointer.address.index)
      if node.record.kind == .directory {
        guard let root = try DirectoryRoot(node) else { return }
        add(names: root.pointer, root.levels)
      } else if !node.record.isInline {
        for place in 0..<NodeBlock.pointerCount {
          add(records: node.pointer(place), levels: NodeBlock.levels(below: place))
        }
      }
    } catch { self.error = self.error ?? error }
  }

  private mutating func add(names pointer: BlockPointer, _ levels: UInt8) {
    guard !pointer.isNull, add(pointer.address), levels > 0, let bytes = read(pointer) else {
      return
    }
    let node = HashNode(bytes: bytes)
    for place in 0..<HashNode.places { add(names: node.pointer(place), levels &- 1) }
  }

  private mutating func add(records pointer: BlockPointer, levels: Int) {
    if levels == 0 { return add(record: pointer) }
    guard !pointer.isNull, add(pointer.address), let bytes = read(pointer) else { return }
    for place in 0..<Int(Layout.indexPointers) {
      add(records: bytes.pointer(at: place &* BlockPointer.byteCount), levels: levels &- 1)
    }
  }

  private mutating func add(record pointer: BlockPointer) {
    if pointer.isNull { return }
    let isNew = volume.isInside(pointer.address) && add(pointer.address)
    guard readsRecords, isNew || !volume.isInside(pointer.address) else { return }
    do throws(VolumeError) { _ = try volume.block(pointer, upTo: Layout.highestLevel) } catch {
      damagedRecords.append(error)
    }
  }
}
