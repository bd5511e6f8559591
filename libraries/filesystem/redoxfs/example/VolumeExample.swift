// SPDX-License-Identifier: MIT
import RedoxFS

/// Builds a small volume with something of everything, a right one or a deliberately wrong one.
///
/// It lays blocks out by the format's description and shares nothing with the reader but the hash.
/// Every block goes through `edit` before its hash is taken, so that damage looks right to whoever
/// compares hashes alone.
public struct VolumeExample {
  /// Sees each block of 4096 bytes or more as it is written, with its index.
  public typealias Edit = (_ block: UInt64, _ bytes: inout [UInt8]) -> Void

  private var bytes: [UInt8]
  private var next: UInt64 = 257
  private let edit: Edit
  private static var blocks: Int { 512 }

  /// The finished image.
  public static func image(edit: @escaping Edit = { _, _ in }) -> [UInt8] {
    var example = VolumeExample(edit: edit)
    example.build()
    return example.bytes
  }

  private init(edit: @escaping Edit) {
    self.edit = edit
    bytes = [UInt8](repeating: 0, count: Self.blocks * 4096)
  }

  // MARK: Blocks

  private struct Pointer {
    var address: UInt64 = 0
    var hash: UInt64 = 0
  }

  /// Writes a block of 2 to the `level` times 4096 bytes, filled up with zeros.
  private mutating func add(
    _ contents: [UInt8], level: UInt64 = 0, unpackedLevel: UInt64 = 0
  ) -> Pointer {
    var block = contents + [UInt8](repeating: 0, count: (4096 << Int(level)) - contents.count)
    let index = next
    next += 1 << level
    edit(index, &block)
    bytes.replaceSubrange(Int(index) * 4096..<Int(index) * 4096 + block.count, with: block)
    return Pointer(
      address: index << 8 | unpackedLevel << 4 | level, hash: SeaHash.digest(block.span))
  }

  private func little(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
  }

  private func pointers(_ pointers: [Int: Pointer], count: Int) -> [UInt8] {
    (0..<count).flatMap { place in
      let pointer = pointers[place] ?? Pointer()
      return little(pointer.address, 8) + little(pointer.hash, 8)
    }
  }

  // MARK: Nodes

  private struct Node {
    var mode: UInt64
    var links: UInt64 = 1
    var size: UInt64 = 0
    var blocks: UInt64 = 1
    var recordLevel: UInt64 = 0
    var inline: [UInt8]?
    var pointers: [Int: Pointer] = [:]
  }

  private mutating func add(_ node: Node) -> Pointer {
    var block = little(node.mode, 2) + little(1000, 4) + little(100, 4) + little(node.links, 4)
    block += little(node.size, 8) + little(node.blocks, 8)
    for _ in 0..<3 { block += little(1_700_000_000, 8) + little(5, 4) }
    block += little(node.recordLevel, 4) + little(node.inline == nil ? 0 : 1, 4)
    block += [UInt8](repeating: 0, count: 128 - block.count)
    block += node.inline ?? pointers(node.pointers, count: 248)
    return add(block)
  }

  private func list(_ entries: [(UInt64, String)]) -> [UInt8] {
    let packed = entries.flatMap { little($0.0, 4) + [UInt8($0.1.utf8.count)] + Array($0.1.utf8) }
    return packed + [UInt8](repeating: 0, count: 4092 - packed.count)
      + little(UInt64(entries.count), 2) + little(UInt64(packed.count), 2)
  }

  private static func hash(_ name: String) -> UInt64 {
    SeaHash.digest(Array(name.utf8).span) & 0xFFFF_FFFF
  }

  // MARK: The whole

  /// What `/big` holds at its beginning.
  public static var firstRecord: [UInt8] { (0..<8192).map { UInt8(truncatingIfNeeded: $0 / 7) } }
  /// What every byte of its second record is; the third is a hole; number 128 has one byte.
  public static var packedByte: UInt8 { 0x41 }
  public static var bigBytes: UInt64 { 128 * 131_072 + 1 }

  private mutating func build() {
    let hello = add(
      Node(mode: 0x81A4, links: 2, size: 6, recordLevel: 5, inline: Array("hello\n".utf8)))
    // At an even number, as every block of two lies.
    let first = add(Self.firstRecord, level: 1)
    let link = add(Node(mode: 0xA1FF, size: 5, inline: Array("hello".utf8)))
    // One literal, a match of all the rest but five bytes, and those.
    let matched = 131_072 - 1 - 5 - 4 - 15
    let packed: [UInt8] =
      [0x1F, Self.packedByte, 1, 0] + [UInt8](repeating: 255, count: matched / 255)
      + [UInt8(matched % 255), 0x50] + [UInt8](repeating: Self.packedByte, count: 5)
    let second = add(little(UInt64(packed.count), 2) + packed, unpackedLevel: 5)
    let far = add([7])
    let index = add(pointers([0: far], count: 256))
    let big = add(
      Node(
        mode: 0x8180, size: Self.bigBytes, blocks: 6, recordLevel: 5,
        pointers: [0: first, 1: second, 128: index]))
    let names = (0..<20).map { "file-\($0)" }.sorted { Self.hash($0) < Self.hash($1) }
    let lists = [Array(names[..<10]), Array(names[10...])].map { names in
      (add(list(names.map { (6, $0) })), names.map(Self.hash).max()!)
    }
    var tree = lists.flatMap {
      little($0.1, 4) + little($0.0.address, 8) + little($0.0.hash, 8)
    }
    for _ in 2..<204 { tree += little(0xFFFF_FFFF, 4) + little(0, 16) }
    let sub = add(
      Node(
        mode: 0x41ED, size: 3 * 4096, blocks: 4,
        pointers: [0: Pointer(address: ~0xF | 1, hash: UInt64.max), 1: add(tree)]))
    let many = add(Node(mode: 0x81A4, links: 20, recordLevel: 5, inline: []))
    let released = add(Node(mode: 0x81A4, size: 3, recordLevel: 5, inline: [1, 2, 3]))
    let rootNames = list([(2, "hello"), (3, "link"), (4, "big"), (5, "sub"), (2, "hello-too")])
    let root = add(
      Node(
        mode: 0x41ED, size: 4096, blocks: 2,
        pointers: [0: Pointer(address: ~0xF, hash: UInt64.max), 1: add(rootNames)]))
    var top = add(
      pointers(
        [1: root, 2: hello, 3: link, 4: big, 5: sub, 6: many, 7: released], count: 254)
        + [0xFF] + [UInt8](repeating: 0, count: 31))
    for _ in 1..<4 { top = add(pointers([0: top], count: 254)) }
    let release = add(pointers([:], count: 1) + little(7, 4))
    let log = add(
      pointers([:], count: 1) + little(257, 8) + little(UInt64(Self.blocks - 257), 8)
        + little(257, 8) + little(UInt64(bitPattern: -Int64(next + 1 - 257)), 8))
    addHeader(tree: top, log: log, release: release)
  }

  private mutating func addHeader(tree: Pointer, log: Pointer, release: Pointer) {
    var block = Array("RedoxFS\0".utf8) + little(8, 8) + (1...16).map { UInt8($0) }
    block += little(UInt64(Self.blocks * 4096), 8) + little(2, 8)
    for pointer in [tree, log] { block += little(pointer.address, 8) + little(pointer.hash, 8) }
    block += [UInt8](repeating: 0, count: 3072)
    block += little(release.address, 8) + little(release.hash, 8)
    block += [UInt8](repeating: 0, count: 4072 - block.count)
    edit(2, &block)
    let hash = SeaHash.digest(block.span.extracting(first: 4072))
    block = Array(block[..<4072]) + little(hash, 8) + little(0, 8) + little(hash, 8)
    bytes.replaceSubrange(2 * 4096..<3 * 4096, with: block)
  }
}
