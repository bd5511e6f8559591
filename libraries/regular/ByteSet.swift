// SPDX-License-Identifier: MIT

/// A set of bytes.
public struct ByteSet: Equatable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  public init() {}

  /// The bytes for which `condition` holds.
  public init(where condition: (UInt8) -> Bool) {
    for byte in 0...UInt8.max where condition(byte) { insert(byte) }
  }

  public init(_ range: ClosedRange<UInt8>) { for byte in range { insert(byte) } }

  public subscript(byte: UInt8) -> Bool {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: return words.0 & bit != 0
    case 1: return words.1 & bit != 0
    case 2: return words.2 & bit != 0
    default: return words.3 & bit != 0
    }
  }

  public mutating func insert(_ byte: UInt8) {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  public mutating func remove(_ byte: UInt8) {
    var others = ByteSet()
    others.insert(byte)
    let (kept, other) = (words, others.inverted.words)
    words = (kept.0 & other.0, kept.1 & other.1, kept.2 & other.2, kept.3 & other.3)
  }

  public mutating func insert(_ other: ByteSet) {
    words.0 |= other.words.0
    words.1 |= other.words.1
    words.2 |= other.words.2
    words.3 |= other.words.3
  }

  public var isEmpty: Bool { words.0 | words.1 | words.2 | words.3 == 0 }

  public var inverted: ByteSet {
    var result = ByteSet()
    result.words = (~words.0, ~words.1, ~words.2, ~words.3)
    return result
  }

  public static func == (left: ByteSet, right: ByteSet) -> Bool {
    left.words.0 == right.words.0 && left.words.1 == right.words.1
      && left.words.2 == right.words.2 && left.words.3 == right.words.3
  }
}
