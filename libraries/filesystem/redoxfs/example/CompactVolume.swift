// SPDX-License-Identifier: MIT
import Core
public import RedoxFS

/// A volume as the few bytes that a fuzzer can change: how many blocks there are, and then stretches of
/// bytes, each with its block, its place there and its length; all else is zero.
///
/// Numbers are little-endian: blocks 4 bytes each, places and lengths 2.
public struct CompactVolume {
  public private(set) var bytes: [UInt8]

  /// Zeros between two stretches, below which they are one.
  private static var gap: Int { 10 }
  /// Blocks of the largest one that is unpacked.
  private static var blockLimit: UInt64 { 16_384 }

  public init(blockCount: UInt64) {
    bytes = []
    append(blockCount, 4)
  }

  /// A whole image.
  public init(image: [UInt8]) {
    self.init(blockCount: UInt64(image.count / 4096))
    for block in 0..<image.count / 4096 {
      add(UInt64(block), image[block * 4096..<(block + 1) * 4096])
    }
  }

  /// Adds what a block has beside zeros.
  public mutating func add(_ block: UInt64, _ contents: ArraySlice<UInt8>) {
    var first: Int?
    var last = 0
    let start = contents.startIndex
    for place in contents.indices where contents[place] != 0 {
      if let begin = first, place - last > Self.gap {
        put(block, begin - start, contents[begin...last])
        first = place
      }
      if first == nil { first = place }
      last = place
    }
    if let first { put(block, first - start, contents[first...last]) }
  }

  private mutating func put(_ block: UInt64, _ place: Int, _ contents: ArraySlice<UInt8>) {
    append(block, 4)
    append(UInt64(place), 2)
    append(UInt64(contents.count), 2)
    bytes += contents
  }

  private mutating func append(_ number: UInt64, _ count: Int) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
  }

  /// The volume that any bytes stand for: what makes no sense ends it.
  public static func store(_ bytes: [UInt8]) -> SparseStore {
    var place = 0
    func next(_ count: Int) -> UInt64? {
      guard place + count <= bytes.count else { return nil }
      defer { place += count }
      return (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }
    let store = SparseStore(blockCount: min(next(4) ?? 0, blockLimit))
    while let block = next(4), let offset = next(2), let count = next(2) {
      let length = min(Int(count), bytes.count - place)
      guard block < store.blockCount, Int(offset) + length <= 4096 else { break }
      store.set(block, Int(offset), bytes[place..<place + length])
      place += length
    }
    return store
  }
}

/// A medium of which only the blocks that are not zero take memory.
public final class SparseStore: WritableBlockStore {
  public let blockCount: UInt64
  private var blocks: [UInt64: [UInt8]] = [:]
  private static let zeros = [UInt8](repeating: 0, count: 4096)

  init(blockCount: UInt64) { self.blockCount = blockCount }

  func set(_ block: UInt64, _ place: Int, _ bytes: ArraySlice<UInt8>) {
    blocks[block, default: Self.zeros].replaceSubrange(place..<place + bytes.count, with: bytes)
  }

  public func read(_ block: UInt64, count: Int, onto target: inout [UInt8]) -> Bool {
    guard block < blockCount, UInt64(count) <= blockCount - block else { return false }
    for number in block..<block + UInt64(count) { target += blocks[number] ?? Self.zeros }
    return true
  }

  public func write(_ block: UInt64, _ source: Span<UInt8>) -> Bool {
    precondition(source.count % 4096 == 0, "whole blocks are written")
    precondition(
      block + UInt64(source.count / 4096) <= blockCount, "nothing is written behind the end")
    for index in 0..<source.count / 4096 {
      blocks[block + UInt64(index)] = (0..<4096).map { source[index * 4096 + $0] }
    }
    return true
  }

  public func flush() -> Bool { true }
}
