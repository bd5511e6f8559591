// SPDX-License-Identifier: MIT
public import Core

/// Usable physical memory as sorted ranges of whole pages that neither touch nor overlap.
///
/// Loaders list memory in any order, with overlaps and odd bounds. Adding what is usable first and
/// removing what is taken afterwards makes the order of the entries irrelevant. When the list is
/// full, memory that would need another range is left out: too little is safe, too much is not.
public struct MemoryMap {
  public static let capacity = 32
  static let pageBytes: UInt64 = 4096

  private var starts = InlineArray<32, UInt64>(repeating: 0)
  private var ends = InlineArray<32, UInt64>(repeating: 0)
  public private(set) var count = 0

  public init() {}

  public subscript(index: Int) -> AddressRange {
    AddressRange(start: starts[index], byteCount: ends[index] &- starts[index])
      ?? Self.nothing
  }

  /// The end of the highest range.
  public var end: UInt64 { count == 0 ? 0 : ends[count &- 1] }

  /// Adds the whole pages inside `range`.
  public mutating func add(_ range: AddressRange) {
    guard var start = range.start.roundedUp(to: Self.pageBytes) else { return }
    var end = range.end.roundedDown(to: Self.pageBytes)
    guard start < end else { return }
    // Everything from `first` up to `next` touches the new range and becomes part of it.
    var first = 0
    while first < count, ends[first] < start { first &+= 1 }
    var next = first
    while next < count, starts[next] <= end {
      start = min(start, starts[next])
      end = max(end, ends[next])
      next &+= 1
    }
    if first == next {
      guard openGap(at: first) else { return }
    } else {
      close(from: first &+ 1, to: next)
    }
    starts[first] = start
    ends[first] = end
  }

  /// Removes every page that `range` touches.
  public mutating func remove(_ range: AddressRange) {
    guard !range.isEmpty else { return }
    let start = range.start.roundedDown(to: Self.pageBytes)
    let end = range.end.roundedUp(to: Self.pageBytes) ?? .max
    var index = 0
    while index < count {
      let (oldStart, oldEnd) = (starts[index], ends[index])
      guard oldStart < end, start < oldEnd else {
        index &+= 1
        continue
      }
      switch (oldStart < start, end < oldEnd) {
      case (true, true):
        ends[index] = start
        guard openGap(at: index &+ 1) else { return }
        starts[index &+ 1] = end
        ends[index &+ 1] = oldEnd
        return
      case (true, false): ends[index] = start
      case (false, true): starts[index] = end
      case (false, false):
        close(from: index, to: index &+ 1)
        continue
      }
      index &+= 1
    }
  }

  /// Takes `pages` pages that lie together, wholly below `limit`, from the lowest range that has
  /// them; nil if none has.
  public mutating func take(pages: Int, below limit: UInt64) -> UInt64? {
    let bytes = UInt64(pages) &* Self.pageBytes
    for index in 0..<count {
      let start = starts[index]
      guard ends[index] &- start >= bytes, start &+ bytes <= limit else { continue }
      starts[index] = start &+ bytes
      if starts[index] == ends[index] { close(from: index, to: index &+ 1) }
      return start
    }
    return nil
  }

  /// Moves the ranges from `index` on up by one; false if the list is full.
  private mutating func openGap(at index: Int) -> Bool {
    guard count < Self.capacity else { return false }
    var from = count
    while from > index {
      starts[from] = starts[from &- 1]
      ends[from] = ends[from &- 1]
      from &-= 1
    }
    count &+= 1
    return true
  }

  /// Drops the ranges `from ..< to`.
  private mutating func close(from: Int, to: Int) {
    let gap = to &- from
    guard gap > 0 else { return }
    var index = to
    while index < count {
      starts[index &- gap] = starts[index]
      ends[index &- gap] = ends[index]
      index &+= 1
    }
    count &-= gap
  }

  private static var nothing: AddressRange {
    guard let range = AddressRange(start: 0, byteCount: 0) else { preconditionFailure("0 + 0") }
    return range
  }
}
