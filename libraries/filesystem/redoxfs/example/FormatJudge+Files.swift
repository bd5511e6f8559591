// SPDX-License-Identifier: MIT
import RedoxFS

// Nodes and what is in them.
extension FormatJudge {
  mutating func judgeFiles(_ nodes: inout JudgedNodes, released: Set<UInt32>) {
    guard nodes.blocks[1] != nil else { return fault("there is no root") }
    nodes.names[1] = 1
    for (identifier, node) in nodes.blocks.sorted(by: { $0.key < $1.key }) {
      judge(node, identifier, &nodes)
    }
    for (identifier, node) in nodes.blocks {
      let names = nodes.names[identifier] ?? 0
      if released.contains(identifier) {
        if names > 0 { fault("node \(identifier) waits to be released and has a name") }
      } else if names == 0 {
        fault("node \(identifier) has no name")
      } else if Self.number(node, 10, 4) != UInt64(names) {
        fault("node \(identifier) has \(names) names, not \(Self.number(node, 10, 4))")
      }
    }
    for identifier in nodes.names.keys where nodes.blocks[identifier] == nil {
      fault("a name leads to node \(identifier)")
    }
    for identifier in released where nodes.blocks[identifier] == nil {
      fault("node \(identifier) waits to be released and is none")
    }
  }

  private mutating func judge(_ node: [UInt8], _ identifier: UInt32, _ nodes: inout JudgedNodes) {
    let type = node[1] >> 4
    let isInline = node[70] & 1 != 0
    let recordLevel = Int(Self.number(node, 66, 4))
    count(files: 1)
    if ![4, 8, 10, 12].contains(type) { return fault("node \(identifier) has type \(type)") }
    if recordLevel != (type == 8 ? 5 : 0) { fault("node \(identifier): level \(recordLevel)") }
    if Self.number(node, 70, 4) > 1 { fault("node \(identifier): flags") }
    if node[74..<128].contains(where: { $0 != 0 }) { fault("node \(identifier): padding") }
    for place in [38, 50, 62] where Self.number(node, place, 4) >= 1_000_000_000 {
      fault("node \(identifier): nanoseconds")
    }
    let size = Self.word(node, 14)
    var blocks = 1
    if type == 4 {
      if isInline { fault("directory \(identifier) is inline") }
      let names = judgeDirectory(node, identifier, &nodes)
      if size != UInt64(names * 4096) { fault("directory \(identifier) has size \(size)") }
      blocks += names
    } else if isInline {
      let kept = Int(min(size, 3968))
      if isOurs, size >= 3968 { fault("node \(identifier): inline with size \(size)") }
      if isOurs, node[(128 + kept)...].contains(where: { $0 != 0 }) {
        fault("node \(identifier): inline bytes behind the end")
      }
    } else {
      blocks += judgeRecords(of: node, identifier, size, recordLevel)
    }
    if Self.word(node, 22) != UInt64(blocks) {
      fault("node \(identifier) takes \(blocks) blocks, not \(Self.word(node, 22))")
    }
  }

  // MARK: Records

  /// - Returns: how many blocks there are, those of the index among them.
  private mutating func judgeRecords(
    of node: [UInt8], _ identifier: UInt32, _ size: UInt64, _ level: Int
  ) -> Int {
    var blocks = 0
    var first: UInt64 = 0
    var place = 128
    for levels in 0..<5 {
      for _ in 0..<(128 >> levels) {
        blocks += judgeRecords(
          below: Self.pointer(node, place), levels, first, identifier, size, level)
        place += 16
        first += 1 << UInt64(8 * levels)
      }
    }
    return blocks
  }

  private mutating func judgeRecords(
    below pointer: Pointer, _ levels: Int, _ first: UInt64, _ identifier: UInt32, _ size: UInt64,
    _ level: Int
  ) -> Int {
    if pointer.isNull { return 0 }
    let count = 1 << pointer.level
    guard let bytes = block(pointer, upTo: levels == 0 ? level : 0, "node \(identifier)") else {
      return count
    }
    if levels == 0 {
      judge(record: bytes, pointer, first, identifier, size, level)
      return count
    }
    var blocks = 1
    for place in 0..<256 {
      blocks += judgeRecords(
        below: Self.pointer(bytes, place * 16), levels - 1,
        first + UInt64(place) << UInt64(8 * (levels - 1)), identifier, size, level)
    }
    if isOurs, blocks == 1 { fault("node \(identifier): an empty index") }
    return blocks
  }

  private mutating func judge(
    record bytes: [UInt8], _ pointer: Pointer, _ number: UInt64, _ identifier: UInt32,
    _ size: UInt64, _ level: Int
  ) {
    count(records: 1)
    var contents = bytes
    if pointer.unpackedLevel > 0 {
      count(packed: 1)
      let length = Int(Self.number(bytes, 0, 2))
      guard pointer.level < pointer.unpackedLevel, length + 2 <= bytes.count,
        let unpacked = Self.unpack(bytes[2..<length + 2], limit: 4096 << pointer.unpackedLevel)
      else { return fault("node \(identifier): record \(number) does not unpack") }
      if unpacked.count != 4096 << pointer.unpackedLevel {
        fault("node \(identifier): record \(number) unpacks to \(unpacked.count)")
      }
      if bytes[(length + 2)...].contains(where: { $0 != 0 }) {
        fault("node \(identifier): record \(number) has something behind its end")
      }
      contents = unpacked
    }
    let start = number << UInt64(12 + level)
    let end = size > start ? Int(min(size - start, UInt64(contents.count))) : 0
    if isOurs, contents[end...].contains(where: { $0 != 0 }) {
      fault("node \(identifier): bytes behind the end")
    }
  }

  /// An LZ4 block, by its description.
  private static func unpack(_ packed: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
    var output: [UInt8] = []
    var place = packed.startIndex
    func length(_ nibble: UInt8) -> Int? {
      var length = Int(nibble)
      guard nibble == 15 else { return length }
      while place < packed.endIndex {
        let more = packed[place]
        place += 1
        length += Int(more)
        if more < 255 { return length }
      }
      return nil
    }
    while place < packed.endIndex {
      let token = packed[place]
      place += 1
      guard let literals = length(token >> 4), place + literals <= packed.endIndex else {
        return nil
      }
      output += packed[place..<place + literals]
      place += literals
      if place == packed.endIndex { return output.count <= limit ? output : nil }
      guard place + 2 <= packed.endIndex else { return nil }
      let distance = Int(packed[place]) | Int(packed[place + 1]) << 8
      place += 2
      guard let match = length(token & 15), distance > 0, distance <= output.count,
        output.count + match + 4 <= limit
      else { return nil }
      for _ in 0..<match + 4 { output.append(output[output.count - distance]) }
    }
    return nil
  }
}
