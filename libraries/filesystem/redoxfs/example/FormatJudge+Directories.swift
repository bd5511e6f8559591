// SPDX-License-Identifier: MIT
import RedoxFS

// The trees that directories are.
extension FormatJudge {
  /// - Returns: how many blocks the directory's tree has.
  mutating func judgeDirectory(
    _ node: [UInt8], _ identifier: UInt32, _ nodes: inout JudgedNodes
  ) -> Int {
    let marker = Self.pointer(node, 128)
    let root = Self.pointer(node, 144)
    if node[160...].contains(where: { $0 != 0 }) { fault("directory \(identifier): more pointers") }
    if marker.address == 0 {
      if marker.hash != 0 || root.address != 0 || root.hash != 0 {
        fault("directory \(identifier): empty, and yet something is there")
      }
      return 0
    }
    guard marker.address >> 4 == UInt64.max >> 4, marker.hash == UInt64.max else {
      fault("directory \(identifier): no marker")
      return 0
    }
    let levels = Int(marker.address & 15)
    count(depth: levels)
    var tree = JudgedDirectory(identifier: identifier)
    _ = judgeNames(root, levels, from: 0, to: UInt32.max - 1, &tree, &nodes)
    return tree.blocks
  }

  /// - Returns: the highest hash of the names below it.
  private mutating func judgeNames(
    _ pointer: Pointer, _ levels: Int, from low: UInt32, to high: UInt32,
    _ tree: inout JudgedDirectory, _ nodes: inout JudgedNodes
  ) -> UInt32 {
    guard let bytes = block(pointer, "directory \(tree.identifier)") else { return high }
    tree.blocks += 1
    if levels == 0 { return judgeList(bytes, from: low, to: high, &tree, &nodes) }
    var before = low
    var isEnd = false
    if bytes[4080...].contains(where: { $0 != 0 }) {
      fault("directory \(tree.identifier): padding of a hash node")
    }
    for place in 0..<204 {
      let hash = UInt32(Self.number(bytes, place * 20, 4))
      let next = Self.pointer(bytes, place * 20 + 4)
      if next.isNull {
        isEnd = true
        if hash != UInt32.max { fault("directory \(tree.identifier): a hash without a pointer") }
        if place == 0 { fault("directory \(tree.identifier): an empty hash node") }
        continue
      }
      if isEnd { fault("directory \(tree.identifier): a pointer behind the last") }
      if hash < before || hash > high {
        fault("directory \(tree.identifier): hashes are not sorted")
      }
      let highest = judgeNames(next, levels - 1, from: before, to: hash, &tree, &nodes)
      if highest != hash {
        fault("directory \(tree.identifier): the highest hash is \(highest), not \(hash)")
      }
      before = hash
    }
    return before
  }

  private mutating func judgeList(
    _ bytes: [UInt8], from low: UInt32, to high: UInt32, _ tree: inout JudgedDirectory,
    _ nodes: inout JudgedNodes
  ) -> UInt32 {
    let names = Int(Self.number(bytes, 4092, 2))
    let length = Int(Self.number(bytes, 4094, 2))
    var highest: UInt32 = 0
    var place = 0
    if names == 0 { fault("directory \(tree.identifier): an empty list") }
    for _ in 0..<names {
      guard place + 5 <= length, length <= 4092 else { break }
      let node = UInt32(Self.number(bytes, place, 4))
      let count = Int(bytes[place + 4])
      guard place + 5 + count <= length else { break }
      let name = Array(bytes[place + 5..<place + 5 + count])
      place += 5 + count
      let hash = min(
        UInt32(truncatingIfNeeded: SeaHash.digest(name.span)), UInt32.max - 1)
      highest = max(highest, hash)
      if hash < low || hash > high {
        fault("directory \(tree.identifier): a name where it is not looked for")
      }
      if name.isEmpty || count > 252 || name.contains(0x3A) || name.contains(0x2F)
        || name.contains(0) || String(validating: name, as: UTF8.self) == nil
      {
        fault("directory \(tree.identifier): the name \(name)")
      }
      if !tree.names.insert(name).inserted { fault("directory \(tree.identifier): a name twice") }
      let isSecond = nodes.names[node] != nil
      nodes.names[node, default: 0] += 1
      if isSecond, let block = nodes.blocks[node], block[1] >> 4 == 4 {
        fault("directory \(node) has two names")
      }
    }
    if place != length {
      fault("directory \(tree.identifier): a list of \(names) names ends at \(place)")
    }
    return highest
  }
}

struct JudgedDirectory {
  let identifier: UInt32
  var blocks = 0
  var names: Set<[UInt8]> = []
}
