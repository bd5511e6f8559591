// SPDX-License-Identifier: MIT

/// A set of small numbers, one bit each: `0 ..< wordCount * 64`.
///
/// A number outside that range is in no set; inserting one is the programmer's mistake.
public struct BitSet<let wordCount: Int>: ~Copyable, Sendable {
  private var words = FixedArray<wordCount, UInt64>(repeating: 0)

  public init() {}

  /// How many numbers can be members: all below this.
  public static var capacity: Int { wordCount &* 64 }

  public func contains(_ number: Int) -> Bool {
    guard number >= 0, number < Self.capacity else { return false }
    return words[number &>> 6] & (1 &<< UInt64(number & 63)) != 0
  }

  /// Adds `number`; false if it was there already.
  @discardableResult
  public mutating func insert(_ number: Int) -> Bool {
    precondition(number >= 0 && number < Self.capacity, "number outside the set's range")
    let bit: UInt64 = 1 &<< UInt64(number & 63)
    let word = words[number &>> 6]
    words[number &>> 6] = word | bit
    return word & bit == 0
  }

  /// Takes `number` out; false if it was not there.
  @discardableResult
  public mutating func remove(_ number: Int) -> Bool {
    guard contains(number) else { return false }
    words[number &>> 6] &= ~(1 &<< UInt64(number & 63))
    return true
  }

  public mutating func removeAll() {
    for index in words.indices { words[index] = 0 }
  }

  public var isEmpty: Bool {
    for index in words.indices where words[index] != 0 { return false }
    return true
  }

  /// How many members there are. O(wordCount).
  public var count: Int {
    var count = 0
    for index in words.indices { count &+= words[index].nonzeroBitCount }
    return count
  }

  /// The smallest member that is not below `start`, or `nil`.
  public func firstMember(from start: Int = 0) -> Int? { firstOne(from: start, flippedBy: 0) }

  /// The smallest number not below `start` that is not a member, or `nil`.
  public func firstAbsent(from start: Int = 0) -> Int? { firstOne(from: start, flippedBy: ~0) }

  private func firstOne(from start: Int, flippedBy flip: UInt64) -> Int? {
    let start = Swift.max(start, 0)
    guard start < Self.capacity else { return nil }
    var index = start &>> 6
    var word = (words[index] ^ flip) & (~0 &<< UInt64(start & 63))
    while word == 0 {
      index &+= 1
      guard index < wordCount else { return nil }
      word = words[index] ^ flip
    }
    return index &* 64 &+ word.trailingZeroBitCount
  }
}
