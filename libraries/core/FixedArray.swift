// SPDX-License-Identifier: MIT

/// A list of at most `capacity` elements, stored in place.
///
/// An element that does not fit is handed back, not dropped: it may own something. The list itself
/// cannot be copied, not even of elements that can: copies of large values happen unnoticed.
@safe public struct FixedArray<let capacity: Int, Element: ~Copyable>: ~Copyable {
  /// Full below `count`, empty from there on. Each use below is safe by that.
  private let cells: Cells<capacity, Element>
  public private(set) var count = 0

  public init() { cells = Cells() }

  deinit {
    // SAFETY: the cells below the count are full.
    for index in 0..<count { _ = unsafe cells.take(at: index) }
  }

  public var isEmpty: Bool { count == 0 }
  public var isFull: Bool { count == capacity }
  public var indices: Range<Int> { 0..<count }

  /// Adds `element` at the end, or hands it back if the list is full.
  public mutating func append(_ element: consuming Element) -> Element? {
    guard count < capacity else { return element }
    // SAFETY: the cell at the count is empty.
    unsafe cells.put(element, at: count)
    count &+= 1
    return nil
  }

  public mutating func removeLast() -> Element? {
    guard count > 0 else { return nil }
    count &-= 1
    // SAFETY: the cell was below the count, so it is full; now it is not below it any more.
    return unsafe cells.take(at: count)
  }

  /// Removes the element at `index` and puts the last one in its place: O(1), order is lost.
  public mutating func removeBySwapping(at index: Int) -> Element {
    precondition(index >= 0 && index < count, "index outside the list")
    count &-= 1
    // SAFETY: both cells are full, and the last is no longer below the count.
    unsafe cells.swapAt(index, count)
    return unsafe cells.take(at: count)
  }

  public mutating func swapAt(_ first: Int, _ second: Int) {
    precondition(
      first >= 0 && first < count && second >= 0 && second < count, "index outside the list")
    // SAFETY: the cells below the count are full.
    unsafe cells.swapAt(first, second)
  }

  public mutating func removeAll() {
    while removeLast() != nil {}
  }

  public subscript(index: Int) -> Element {
    @inline(__always)
    unsafeAddress {
      precondition(index >= 0 && index < count, "index outside the list")
      // SAFETY: the cells below the count are full.
      return unsafe UnsafePointer(cells.address(of: index))
    }
    @inline(__always)
    unsafeMutableAddress {
      precondition(index >= 0 && index < count, "index outside the list")
      // SAFETY: the cells below the count are full.
      return unsafe cells.address(of: index)
    }
  }
}

extension FixedArray {
  /// A full list: a table that is then changed in place.
  public init(repeating element: Element) {
    self.init()
    while append(element) == nil {}
  }
}

extension FixedArray: Sendable where Element: Sendable & ~Copyable {}
