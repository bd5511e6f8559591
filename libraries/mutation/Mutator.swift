// SPDX-License-Identifier: MIT

/// Damages correct examples of a format in the ways that find a parser's holes: numbers at the
/// edges of their types, lengths that do not match, parts moved, repeated, cut off.
public struct Mutator: Sendable {
  private var generator: SeededGenerator
  private let examples: [[UInt8]]

  /// - Parameter examples: at least one; may hold texts as well as binary formats.
  public init(examples: [[UInt8]], seed: UInt64) {
    precondition(!examples.isEmpty)
    self.examples = examples
    generator = SeededGenerator(seed: seed)
  }

  /// One damaged example. One in sixteen is random from its first byte.
  public mutating func mutate() -> [UInt8] {
    if generator.next() % 16 == 0 { return generator.bytes(Int(generator.next() % 256)) }
    var bytes = examples[Int(generator.next() % UInt64(examples.count))]
    for _ in 0...(generator.next() % 4) { damage(&bytes) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes = generator.bytes(8) }
    let place = position(in: bytes)
    switch generator.next() % 8 {
    case 0: bytes[place] ^= 1 << UInt8(generator.next() % 8)
    case 1: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.insert(contentsOf: generator.bytes(Int(generator.next() % 9)), at: place)
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + Int(generator.next() % 32)))
    case 5: copyPart(of: &bytes, to: place)
    default: writeEdgeNumber(into: &bytes, at: place)
    }
  }

  /// Headers decide more than contents, so half of all places are near the start.
  private mutating func position(in bytes: [UInt8]) -> Int {
    let limit = generator.next() % 2 == 0 ? bytes.count : min(bytes.count, 192)
    return Int(generator.next() % UInt64(limit))
  }

  private mutating func copyPart(of bytes: inout [UInt8], to place: Int) {
    let source = position(in: bytes)
    let count = min(Int(generator.next() % 64), bytes.count - max(source, place))
    for index in 0..<count { bytes[place + index] = bytes[source + index] }
  }

  /// A little-endian number of 2, 4 or 8 bytes where sums overflow and limits are met.
  private mutating func writeEdgeNumber(into bytes: inout [UInt8], at place: Int) {
    let width = [2, 4, 8][Int(generator.next() % 3)]
    let edges: [UInt64] = [
      0, 1, 7, 8, 0xFFF, 0x1000, 0x1001, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000,
      0xFFFF_FFFF, 0x7FFF_FFFF_FFFF, 0x8000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF,
      0x8000_0000_0000_0000, .max, .max - 7, UInt64(bytes.count), UInt64(bytes.count) + 1,
      UInt64(place),
    ]
    let number = edges[Int(generator.next() % UInt64(edges.count))]
    for index in 0..<width where place + index < bytes.count {
      bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
    }
  }
}
