// SPDX-License-Identifier: MIT
import Base
import Core

// Names. A directory in which anything is wrong is made anew of what can be read of it.

extension Repairer {
  /// What could be read of a directory.
  struct FoundNames {
    var entries: [DirectoryEntry] = []
    var blocks: [BlockAddress] = []
    /// Something could not be read, or lies where it would not be looked for.
    var isDamaged = false
  }

  /// Goes through all names from the root on.
  mutating func mendNames() throws(FileSystemError) {
    let root = Volume<Store>.rootIdentifier
    // It counts one though it has none.
    _ = nodes.modify(root) { $0.names = 1 }
    try mendNames(below: root, "/")
  }

  /// Goes through the names in a directory and all below it.
  mutating func mendNames(below directory: UInt32, _ path: Text) throws(FileSystemError) {
    var waiting: [(node: UInt32, path: Text)] = [(directory, path)]
    while let (identifier, path) = waiting.popLast() {
      let entries = try mendDirectory(identifier, path)
      let start: Text = path == "/" ? path : path + "/"
      for entry in entries.reversed() {
        let full = start + entry.name
        if nodes[entry.node]?.isDirectory ?? false {
          waiting.append((entry.node, full))
        } else {
          try mendContents(of: entry.node, full)
        }
      }
    }
  }

  /// Sees to it that each of the directory's names is found, and leads to a node.
  /// - Returns: the names that it has now, whose nodes have been given one name more.
  private mutating func mendDirectory(
    _ identifier: UInt32, _ path: Text
  ) throws(FileSystemError) -> [DirectoryEntry] {
    var found = try names(in: identifier)
    let entries = select(from: found.entries, path)
    if entries.count != found.entries.count { found.isDamaged = true }
    let node = try files.node(identifier)
    for address in found.blocks { meet(address) }
    if found.isDamaged || !areFound(entries, in: node) {
      try remake(node, with: entries)
      note(.remade(path: path, names: UInt64(entries.count)))
    } else {
      for address in found.blocks { take(address) }
      mendCounts(of: node, blocks: UInt64(found.blocks.count), path)
    }
    trim()
    return entries
  }

  /// Those entries that can stay, in rising order of name; their nodes get a name more.
  private mutating func select(
    from entries: [DirectoryEntry], _ path: Text
  ) -> [DirectoryEntry] {
    let start: Text = path == "/" ? path : path + "/"
    var kept: [DirectoryEntry] = []
    for entry in entries.sorted(by: { $0.name < $1.name }) {
      let full = start + entry.name
      if let reason = refusal(of: entry, after: kept.last) {
        note(.removed(path: full, reason))
        continue
      }
      _ = nodes.modify(entry.node) { $0.names &+= 1 }
      kept.append(entry)
    }
    return kept
  }

  private func refusal(of entry: DirectoryEntry, after last: DirectoryEntry?) -> Mend.Reason? {
    guard entry.name.span.isAllowedName else { return .invalidName }
    guard let state = nodes[entry.node] else { return .dangling }
    if last?.name == entry.name { return .doubled }
    return state.isDirectory && state.names > 0 ? .directoryTwice : nil
  }

  private mutating func mendCounts(of node: CachedBlock, blocks: UInt64, _ path: Text) {
    var record = files.record(of: node)
    let size = blocks &* UInt64(Layout.blockBytes)
    if record.byteCount != size { note(.size(path: path, size)) }
    if record.blockCount != blocks &+ 1 { note(.blocks(path: path, blocks &+ 1)) }
    guard record.byteCount != size || record.blockCount != blocks &+ 1 else { return }
    record.byteCount = size
    record.blockCount = blocks &+ 1
    files.setRecord(record, of: node)
  }

  /// Gives the directory a new tree.
  private func remake(
    _ node: CachedBlock, with entries: [DirectoryEntry]
  ) throws(FileSystemError) {
    files.dirty.mark(node)
    for place in stride(
      from: NodeRecord.byteCount, to: Layout.blockBytes, by: BlockPointer.byteCount)
    {
      node.children[place]?.detach()
      node.setPointer(BlockPointer(), at: place)
    }
    var record = files.record(of: node)
    record.byteCount = 0
    record.blockCount = 1
    record.setInline(false)
    files.setRecord(record, of: node)
    for entry in entries { try files.add(entry.name.span, for: entry.node, to: node) }
  }
}

// MARK: - Reading

extension Repairer {
  /// All names that can be read.
  func names(in directory: UInt32) throws(FileSystemError) -> FoundNames {
    var found = FoundNames()
    let node = try files.node(directory)
    var seen = SortedMap<UInt64, Bool>()
    do throws(VolumeError) {
      let block = try NodeBlock(directory, node.bytes, block: node.address.index)
      if let root = try DirectoryRoot(block) { collect(root.pointer, root.levels, &seen, &found) }
    } catch { found.isDamaged = true }
    return found
  }

  /// - Parameter seen: blocks of this directory, which are no others.
  private func collect(
    _ pointer: BlockPointer, _ levels: UInt8, _ seen: inout SortedMap<UInt64, Bool>,
    _ found: inout FoundNames
  ) {
    guard !isTaken(pointer.address), seen[pointer.address.index] == nil,
      let bytes = try? volume.block(pointer)
    else {
      found.isDamaged = true
      return
    }
    seen[pointer.address.index] = true
    found.blocks.append(pointer.address)
    if levels == 0 {
      guard let list = try? NameList(bytes, block: pointer.address.index) else {
        found.isDamaged = true
        return
      }
      found.entries += list.entries
      return
    }
    let node = HashNode(bytes: bytes)
    for place in 0..<HashNode.places where !node.pointer(place).isNull {
      collect(node.pointer(place), levels &- 1, &seen, &found)
    }
  }

  /// Whether each of the names is where it is looked for.
  private func areFound(_ entries: [DirectoryEntry], in node: CachedBlock) -> Bool {
    for entry in entries {
      guard let way = try? files.way(to: entry.name.span, in: node) else { return false }
      if NameListEditing.node(at: way.entry, in: way.list) != entry.node { return false }
    }
    return true
  }
}
