// SPDX-License-Identifier: MIT

/// A list of at most `capacity` elements, stored in place.
///
/// An element that does not fit is handed back, not dropped: it may own something.
public struct FixedArray<let capacity: Int, Element: ~Copyable>: ~Copyable {
  /// Full below `count`, `nil` from there on.
  private var storage: InlineArray<capacity, Element?>
  public private(set) var count = 0

  public init() { storage = InlineArray { _ in nil } }

  public var isEmpty: Bool { count == 0 }
  public var isFull: Bool { count == capacity }
  public var indices: Range<Int> { 0..<count }

  /// Adds `element` at the end, or hands it back if the list is full.
  public mutating func append(_ element: consuming Element) -> Element? {
    guard count < capacity else { return element }
    storage[count] = consume element
    count &+= 1
    return nil
  }

  public mutating func removeLast() -> Element? {
    guard count > 0 else { return nil }
    count &-= 1
    return storage[count].take()
  }

  /// Removes the element at `index` and puts the last one in its place: O(1), order is lost.
  public mutating func removeBySwapping(at index: Int) -> Element {
    precondition(index >= 0 && index < count, "index outside the list")
    storage.swapAt(index, count &- 1)
    guard let element = removeLast() else { preconditionFailure("the list is not empty") }
    return element
  }

  public mutating func removeAll() {
    while removeLast() != nil {}
  }

  public subscript(index: Int) -> Element {
    _read {
      precondition(index >= 0 && index < count, "index outside the list")
      switch storage[index] {
      case .some(let element): yield element
      case .none: preconditionFailure("a slot below the count is full")
      }
    }
    _modify {
      precondition(index >= 0 && index < count, "index outside the list")
      guard var element = storage[index].take() else {
        preconditionFailure("a slot below the count is full")
      }
      yield &element
      storage[index] = consume element
    }
  }
}

extension FixedArray: Copyable where Element: Copyable {}
extension FixedArray: Sendable where Element: Sendable & ~Copyable {}
