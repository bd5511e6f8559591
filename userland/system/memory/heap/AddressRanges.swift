// SPDX-License-Identifier: MIT
import Core

/// Which part of a reserved stretch of addresses is free: what follows the highest address ever
/// given out, and up to 64 ranges below it that were given back, least address first.
///
/// Addresses are not memory: a range that finds no place in the table is forgotten until the
/// program ends, which costs nothing but a part of 128 TiB.
public struct AddressRanges {
  private var next: UInt
  private let limit: UInt
  private var freed = InlineArray<64, Range>(repeating: Range(start: 0, byteCount: 0))
  private(set) var freedCount = 0

  struct Range: BitwiseCopyable {
    var start: UInt
    var byteCount: UInt
  }

  /// The addresses `start ..< limit`, both multiples of `unit`.
  public init(start: UInt, limit: UInt) {
    next = start
    self.limit = limit
  }

  /// Addresses are given out in multiples of this many bytes, at multiples of it.
  public static var unit: UInt { 65_536 }

  /// Gives out `byteCount` bytes of addresses, rounded up to whole units: the first free range that
  /// is large enough.
  public mutating func take(_ byteCount: UInt) -> UInt? {
    guard let wanted = byteCount.roundedUp(to: Self.unit), wanted > 0 else { return nil }
    for index in 0..<freedCount where freed[index].byteCount >= wanted {
      let start = freed[index].start
      freed[index].start &+= wanted
      freed[index].byteCount &-= wanted
      if freed[index].byteCount == 0 { removeFreed(index) }
      return start
    }
    guard limit &- next >= wanted else { return nil }
    let start = next
    next &+= wanted
    return start
  }

  /// Takes back `byteCount` bytes at `start`, which `take` gave out.
  public mutating func put(_ start: UInt, _ byteCount: UInt) {
    guard let whole = byteCount.roundedUp(to: Self.unit) else { return }
    var range = Range(start: start, byteCount: whole)
    var place = 0
    while place < freedCount, freed[place].start < range.start { place &+= 1 }
    if place < freedCount, range.start &+ range.byteCount == freed[place].start {
      range.byteCount &+= freed[place].byteCount
      removeFreed(place)
    }
    if place > 0, freed[place &- 1].start &+ freed[place &- 1].byteCount == range.start {
      range.start = freed[place &- 1].start
      range.byteCount &+= freed[place &- 1].byteCount
      removeFreed(place &- 1)
      place &-= 1
    }
    if range.start &+ range.byteCount == next {
      next = range.start
    } else {
      insertFreed(range, at: place)
    }
  }

  private mutating func removeFreed(_ index: Int) {
    freedCount &-= 1
    for place in index..<freedCount { freed[place] = freed[place &+ 1] }
  }

  /// A full table loses its smallest range, if that is smaller than the new one.
  private mutating func insertFreed(_ range: Range, at place: Int) {
    var place = place
    if freedCount == freed.count {
      var smallest = 0
      for index in 0..<freedCount where freed[index].byteCount < freed[smallest].byteCount {
        smallest = index
      }
      guard freed[smallest].byteCount < range.byteCount else { return }
      removeFreed(smallest)
      if smallest < place { place &-= 1 }
    }
    var index = freedCount
    while index > place {
      freed[index] = freed[index &- 1]
      index &-= 1
    }
    freed[place] = range
    freedCount &+= 1
  }
}
