// SPDX-License-Identifier: MIT
import Base
import Core

// What is in a file, or in a symbolic link: bytes behind the node's record, or records of their own.

extension Volume {
  /// Reads up to `count` bytes from `offset` on; fewer at the end of the file.
  public func read(
    _ node: NodeBlock, from offset: UInt64, count: Int
  ) throws(VolumeError) -> [UInt8] {
    let size = node.record.byteCount
    guard offset < size, count > 0 else { return [] }
    let wanted = Int(min(UInt64(count), size &- offset))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(wanted)
    if node.record.isInline {
      let behind = node.bytes.count &- NodeRecord.byteCount
      let first = Int(min(offset, UInt64(behind)))
      for index in first..<min(first &+ wanted, behind) {
        bytes.append(node.bytes[NodeRecord.byteCount &+ index])
      }
    } else {
      try readRecords(of: node, from: offset, count: wanted, onto: &bytes)
    }
    // A file may be larger than what was ever written to it.
    for _ in bytes.count..<wanted { bytes.append(0) }
    return bytes
  }

  private func readRecords(
    of node: NodeBlock, from offset: UInt64, count: Int, onto bytes: inout [UInt8]
  ) throws(VolumeError) {
    let recordBytes = node.record.recordBytes
    while bytes.count < count {
      let position = offset &+ UInt64(bytes.count)
      let within = Int(position % recordBytes)
      let step = min(count &- bytes.count, Int(recordBytes) &- within)
      let record = try record(position / recordBytes, of: node)
      for index in within..<(within &+ step) {
        bytes.append(index < record.count ? record[index] : 0)
      }
    }
  }

  /// Record `number` as far as it was written; nothing for a hole.
  func record(_ number: UInt64, of node: NodeBlock) throws(VolumeError) -> [UInt8] {
    guard let way = NodeBlock.way(to: number) else { return [] }
    var pointer = node.pointer(way.place)
    var divisor: UInt64 = 1
    for _ in 1..<max(way.levels, 1) { divisor &*= Layout.indexPointers }
    for _ in 0..<way.levels {
      guard !pointer.isNull else { return [] }
      let place = Int(way.rest / divisor % Layout.indexPointers)
      let index = try block(pointer)
      pointer = index.span.pointer(at: place &* BlockPointer.byteCount)
      divisor = max(divisor / Layout.indexPointers, 1)
    }
    guard !pointer.isNull else { return [] }
    return try block(pointer, upTo: UInt8(node.record.recordLevel))
  }
}
