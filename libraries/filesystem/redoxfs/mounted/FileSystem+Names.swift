// SPDX-License-Identifier: MIT
import Base
import Core

// Looking for names in a directory's tree, adding and removing them.

/// The way to a list of names: the hash nodes that were passed, with the places taken.
struct NameWay {
  var nodes: [(block: CachedBlock, place: Int)] = []
  var list: CachedBlock
  /// Where in the list the name's entry begins, if it was looked for.
  var entry = 0
}

extension FileSystem {
  /// Where a directory's node has the marker, and the pointer to the root of its tree.
  private static var markerPlace: Int { NodeRecord.byteCount }
  private static var rootPlace: Int { NodeRecord.byteCount &+ BlockPointer.byteCount }

  /// How many levels of hash nodes a directory has; `nil` if it has no names.
  private func levels(of directory: CachedBlock) throws(FileSystemError) -> UInt8? {
    let marker = directory.pointer(at: Self.markerPlace)
    if marker.address.rawValue == 0 { return nil }
    guard marker.address.rawValue >> 4 == UInt64.max >> 4, marker.hash == UInt64.max,
      marker.address.level <= Layout.directoryLevels
    else { throw .volume(.damaged(.directory, block: directory.address.index)) }
    return marker.address.level
  }

  private func setLevels(_ levels: UInt8, of directory: CachedBlock) {
    var marker = BlockPointer()
    marker.address = BlockAddress(rawValue: ~0xF | UInt64(levels))
    marker.hash = UInt64.max
    directory.setPointer(marker, at: Self.markerPlace)
  }

  /// The identifier of the node that `name` names in `directory`, or `nil`.
  public func find(
    _ name: Span<UInt8>, in directory: UInt32
  ) throws(FileSystemError) -> UInt32? {
    let key = KnownNames.Key(name, in: directory)
    if let known = knownNames.node(name, in: directory, key) { return known == 0 ? nil : known }
    let block = try directoryNode(directory)
    var node: UInt32 = 0
    if let found = try way(to: name, in: block) {
      node = NameListEditing.node(at: found.entry, in: found.list)
    }
    knownNames.note(node, name, in: directory, key)
    return node == 0 ? nil : node
  }

  /// The directory's node, or why it is none.
  func directoryNode(_ identifier: UInt32) throws(FileSystemError) -> CachedBlock {
    let node = try node(identifier)
    guard try checkedRecord(of: node).kind == .directory else { throw .notDirectory }
    return node
  }

  /// The way to the list that has `name`; `nil` if none has.
  func way(
    to name: Span<UInt8>, in directory: CachedBlock
  ) throws(FileSystemError) -> NameWay? {
    guard let levels = try levels(of: directory),
      let root = try child(
        of: directory, at: Self.rootPlace, .names)
    else { return nil }
    var way: [(block: CachedBlock, place: Int)] = []
    var left = directoryBlocks(directory)
    let hash = levels == 0 ? 0 : NameKey(name).hash
    return try find(name, hash, at: root, levels, &way, &left)
  }

  /// How many blocks a directory's tree may have: one that meets itself would go on without end.
  private func directoryBlocks(_ directory: CachedBlock) -> UInt64 {
    min(blockCount, record(of: directory).byteCount / UInt64(Layout.blockBytes))
  }

  private func find(
    _ name: Span<UInt8>, _ hash: UInt32, at block: CachedBlock, _ levels: UInt8,
    _ way: inout [(block: CachedBlock, place: Int)], _ left: inout UInt64
  ) throws(FileSystemError) -> NameWay? {
    guard left > 0 else { throw .volume(.damaged(.circle, block: block.address.index)) }
    left &-= 1
    if levels == 0 {
      guard let entry = try NameListEditing.place(of: name, in: block) else { return nil }
      return NameWay(nodes: way, list: block, entry: entry)
    }
    var before: UInt32 = 0
    for place in 0..<HashNode.places {
      if before > hash { return nil }
      before = block.hash(place)
      if before < hash { continue }
      guard let next = try child(of: block, at: CachedBlock.pointerPlace(place), .names) else {
        return nil
      }
      way.append((block: block, place: place))
      if let found = try find(name, hash, at: next, levels &- 1, &way, &left) { return found }
      way.removeLast()
    }
    return nil
  }

  // MARK: Adding

  /// Blocks that become dirty at most when a name is added: a split on each level, and the node's way.
  static var nameCost: UInt64 { 16 }

  /// Reads what `add` needs, so that it does not fail.
  func prepareAdding(
    _ name: Span<UInt8>, to directory: CachedBlock
  ) throws(FileSystemError) {
    guard let levels = try levels(of: directory) else { return }
    let way = try wayForAdding(NameKey(name).hash, in: directory, levels)
    if !way.list.areNamesWhole { _ = try NameListEditing.entries(way.list) }
  }

  /// Adds a name that is not there. The caller has begun an operation.
  func add(
    _ name: Span<UInt8>, for node: UInt32, to directory: CachedBlock
  ) throws(FileSystemError) {
    knownNames.note(node, name, in: directory.identifier)
    dirty.mark(directory)
    guard let levels = try levels(of: directory) else {
      let list = makeChild(of: directory, at: Self.rootPlace, .names)
      list.areNamesWhole = true
      NameListEditing.append(name, for: node, to: list)
      setLevels(0, of: directory)
      return addBlocks(1, ofDirectory: directory)
    }
    let hash = levels == 0 ? 0 : NameKey(name).hash
    let found = try wayForAdding(hash, in: directory, levels)
    dirty.mark(found.list)
    if NameListEditing.hasRoom(for: name, in: found.list) {
      NameListEditing.append(name, for: node, to: found.list)
      raiseHashes(on: found, to: hash)
    } else {
      let entries =
        try NameListEditing.entries(found.list) + [DirectoryEntry(node: node, name: Text(name))]
      try split(entries, found, in: directory, levels)
    }
  }

  /// The list that a name of this hash belongs to.
  private func wayForAdding(
    _ hash: UInt32, in directory: CachedBlock, _ levels: UInt8
  ) throws(FileSystemError) -> NameWay {
    var way: [(block: CachedBlock, place: Int)] = []
    var block = try child(of: directory, at: Self.rootPlace, .names)
    for _ in 0..<levels {
      guard let node = block else { break }
      let count = node.placeCount
      var place = 0
      while place &+ 1 < count, node.hash(place) < hash { place &+= 1 }
      way.append((block: node, place: place))
      block = try child(of: node, at: CachedBlock.pointerPlace(place), .names)
    }
    guard let list = block else {
      throw .volume(.damaged(.directory, block: directory.address.index))
    }
    return NameWay(nodes: way, list: list)
  }

  /// The places on the way lead to names of a hash that may be higher than those before.
  private func raiseHashes(on way: NameWay, to hash: UInt32) {
    for (node, place) in way.nodes where node.hash(place) < hash {
      dirty.mark(node)
      node.setHash(hash, place)
    }
  }

  /// Lays the entries of a list that is full out in two, by hash.
  private func split(
    _ entries: [DirectoryEntry], _ way: NameWay, in directory: CachedBlock, _ levels: UInt8
  ) throws(FileSystemError) {
    let sorted = entries.sorted { NameKey($0.name.span) < NameKey($1.name.span) }
    var half = 0
    var bytes = 0
    let total = sorted.reduce(0) { $0 &+ NameListEditing.bytes($1) }
    while half &+ 1 < sorted.count, bytes &* 2 < total {
      bytes &+= NameListEditing.bytes(sorted[half])
      half &+= 1
    }
    let lower = Array(sorted[..<half])
    let upper = Array(sorted[half...])
    NameListEditing.store(lower, in: way.list)
    let right = CachedBlock(.names, [])
    right.bytes = [UInt8](repeating: 0, count: Layout.blockBytes)
    NameListEditing.store(upper, in: right)
    addBlocks(1, ofDirectory: directory)
    try insert(
      right, upTo: highestHash(upper), besides: highestHash(lower), way.nodes, in: directory, levels
    )
  }

  private func highestHash(_ entries: [DirectoryEntry]) -> UInt32 {
    entries.reduce(0) { max($0, NameKey($1.name.span).hash) }
  }

  /// Puts `right` behind its left neighbour, which the last place on the way leads to and which now
  /// goes up to `leftHash`; splits hash nodes that are full, and adds a level when the root was.
  private func insert(
    _ right: CachedBlock, upTo hash: UInt32, besides leftHash: UInt32,
    _ way: [(block: CachedBlock, place: Int)], in directory: CachedBlock, _ levels: UInt8
  ) throws(FileSystemError) {
    guard let (node, place) = way.last else {
      return try addLevel(right, hash, leftHash, to: directory, levels)
    }
    dirty.mark(node)
    // The new one takes over the old place's hash, or a higher one.
    let highest = max(hash, node.hash(place))
    node.setHash(leftHash, place)
    if node.placeCount < HashNode.places {
      put(right, highest, in: node, at: place &+ 1)
      return raiseHashes(on: NameWay(nodes: way.dropLast(), list: right), to: highest)
    }
    let sibling = CachedBlock(.names, [UInt8](repeating: 0, count: Layout.blockBytes))
    sibling.clearHashes()
    let half = HashNode.places / 2
    for index in half..<HashNode.places {
      node.movePointer(
        at: CachedBlock.pointerPlace(index), to: sibling, CachedBlock.pointerPlace(index &- half))
      sibling.setHash(node.hash(index), index &- half)
      node.setHash(NameHash.none, index)
    }
    if place &+ 1 <= half {
      put(right, highest, in: node, at: place &+ 1)
    } else {
      put(right, highest, in: sibling, at: place &+ 1 &- half)
    }
    addBlocks(1, ofDirectory: directory)
    try insert(
      sibling, upTo: sibling.hash(sibling.placeCount &- 1),
      besides: node.hash(node.placeCount &- 1), way.dropLast(), in: directory, levels)
  }

  private func put(_ block: CachedBlock, _ hash: UInt32, in node: CachedBlock, at place: Int) {
    node.openPlace(place)
    node.setHash(hash, place)
    adopt(block, node, CachedBlock.pointerPlace(place))
  }

  /// A block that was made apart from the tree becomes part of it.
  private func adopt(_ block: CachedBlock, _ parent: CachedBlock, _ place: Int) {
    parent.attach(block, at: place)
    cache(block)
    dirty.mark(block)
  }

  /// A new root over the old one and its right neighbour.
  private func addLevel(
    _ right: CachedBlock, _ hash: UInt32, _ leftHash: UInt32, to directory: CachedBlock,
    _ levels: UInt8
  ) throws(FileSystemError) {
    guard levels < Layout.directoryLevels else { throw .noSpace }
    let root = CachedBlock(.names, [UInt8](repeating: 0, count: Layout.blockBytes))
    root.clearHashes()
    directory.movePointer(at: Self.rootPlace, to: root, CachedBlock.pointerPlace(0))
    root.setHash(leftHash, 0)
    adopt(root, directory, Self.rootPlace)
    put(right, hash, in: root, at: 1)
    setLevels(levels &+ 1, of: directory)
    addBlocks(1, ofDirectory: directory)
  }

  /// A directory's size says how many blocks its tree has.
  private func addBlocks(_ count: Int64, ofDirectory directory: CachedBlock) {
    var record = record(of: directory)
    record.byteCount &+= UInt64(bitPattern: count &* Int64(Layout.blockBytes))
    setRecord(record, of: directory)
  }

  // MARK: Removing

  /// Removes a name.
  /// - Returns: what it led to; `nil` if it is not there.
  func removeName(
    _ name: Span<UInt8>, from directory: CachedBlock
  ) throws(FileSystemError) -> UInt32? {
    guard let found = try way(to: name, in: directory) else { return nil }
    let removed = NameListEditing.node(at: found.entry, in: found.list)
    knownNames.note(0, name, in: directory.identifier)
    dirty.mark(found.list)
    if NameListEditing.entryCount(found.list) > 1 {
      NameListEditing.remove(at: found.entry, from: found.list)
      if let (node, place) = found.nodes.last, node.hash(place) == NameKey(name).hash {
        lowerHashes(on: found.nodes, to: highestHash(try NameListEditing.entries(found.list)))
      }
      return removed
    }
    try removeEmpty(found, from: directory)
    return removed
  }

  /// Every place states the highest hash below it, also when the name that had it is gone.
  private func lowerHashes(on nodes: [(block: CachedBlock, place: Int)], to hash: UInt32) {
    var highest = hash
    for (node, place) in nodes.reversed() {
      if node.hash(place) > highest {
        dirty.mark(node)
        node.setHash(highest, place)
      }
      highest = node.hash(node.placeCount &- 1)
    }
  }

  /// Takes an empty list out of the tree, and hash nodes that become empty with it.
  private func removeEmpty(_ way: NameWay, from directory: CachedBlock) throws(FileSystemError) {
    var counted: UInt64 = remove(way.list)
    var blocks: Int64 = 1
    var nodes = way.nodes
    while let (node, place) = nodes.popLast() {
      dirty.mark(node)
      node.closePlace(place)
      if node.placeCount > 0 {
        lowerHashes(on: nodes, to: node.hash(node.placeCount &- 1))
        break
      }
      counted &+= remove(node)
      blocks &+= 1
    }
    addBlocks(-blocks, ofDirectory: directory)
    var record = record(of: directory)
    record.blockCount &-= min(counted, record.blockCount &- 1)
    setRecord(record, of: directory)
    if directory.children[Self.rootPlace] == nil, directory.pointer(at: Self.rootPlace).isNull {
      directory.setPointer(BlockPointer(), at: Self.markerPlace)
    }
  }

  // MARK: Listing

  /// The names behind `cookie` (zero: from the first on), at most `limit` of them, each with the cookie
  /// to go on behind it. A name that is there all the time is listed once.
  public func entries(
    of directory: UInt32, after cookie: UInt64, limit: Int
  ) throws(FileSystemError) -> [(entry: DirectoryEntry, cookie: UInt64)] {
    let block = try directoryNode(directory)
    var found: [(entry: DirectoryEntry, cookie: UInt64)] = []
    guard let levels = try levels(of: block),
      let root = try child(of: block, at: Self.rootPlace, .names)
    else { return [] }
    var left = directoryBlocks(block)
    try collect(root, levels, after: cookie, limit: limit, &found, &left)
    trimCache()
    return Array(found.prefix(limit))
  }

  private func collect(
    _ block: CachedBlock, _ levels: UInt8, after cookie: UInt64, limit: Int,
    _ found: inout [(entry: DirectoryEntry, cookie: UInt64)], _ left: inout UInt64
  ) throws(FileSystemError) {
    guard left > 0 else { throw .volume(.damaged(.circle, block: block.address.index)) }
    left &-= 1
    if levels == 0 {
      var here: [(entry: DirectoryEntry, cookie: UInt64)] = []
      for entry in try NameListEditing.entries(block) {
        let key = NameKey(entry.name.span).cookie
        if key > cookie { here.append((entry, key)) }
      }
      found += here.sorted { $0.cookie < $1.cookie }
      return
    }
    for place in 0..<HashNode.places where found.count < limit {
      let hash = block.hash(place)
      if NameKey(hash: hash, rest: UInt32.max >> 1).cookie <= cookie { continue }
      guard let next = try child(of: block, at: CachedBlock.pointerPlace(place), .names) else {
        return
      }
      try collect(next, levels &- 1, after: cookie, limit: limit, &found, &left)
    }
  }
}
