// SPDX-License-Identifier: MIT

/// At most `capacity` elements of which the smallest is always at hand: a queue of deadlines.
///
/// A binary heap: the element in slot n is not larger than those in slots 2n + 1 and 2n + 2.
/// Adding and removing take O(log count) moves. Elements that compare equal come out in any order.
public struct PriorityHeap<let capacity: Int, Element: Comparable> {
  private var storage = InlineArray<capacity, Element?>(repeating: nil)
  public private(set) var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }
  public var isFull: Bool { count == capacity }

  /// The smallest element.
  public var first: Element? { count > 0 ? storage[0] : nil }

  /// Adds `element`; false if the heap is full.
  public mutating func insert(_ element: Element) -> Bool {
    guard count < capacity else { return false }
    storage[count] = element
    count &+= 1
    rise(from: count &- 1)
    return true
  }

  /// Takes the smallest element, or `nil` if there is none.
  public mutating func removeFirst() -> Element? { count > 0 ? remove(at: 0) : nil }

  /// Takes the first element found for which `condition` holds. O(count).
  public mutating func remove(where condition: (Element) -> Bool) -> Element? {
    for slot in 0..<count {
      if let element = storage[slot], condition(element) { return remove(at: slot) }
    }
    return nil
  }

  private mutating func remove(at slot: Int) -> Element? {
    count &-= 1
    storage.swapAt(slot, count)
    let removed = storage[count].take()
    if slot < count {
      rise(from: slot)
      sink(from: slot)
    }
    return removed
  }

  private mutating func rise(from slot: Int) {
    var slot = slot
    while slot > 0 {
      let parent = (slot &- 1) / 2
      guard isSmaller(slot, than: parent) else { return }
      storage.swapAt(slot, parent)
      slot = parent
    }
  }

  private mutating func sink(from slot: Int) {
    var slot = slot
    while true {
      let left = 2 &* slot &+ 1
      guard left < count else { return }
      let right = left &+ 1
      let child = right < count && isSmaller(right, than: left) ? right : left
      guard isSmaller(child, than: slot) else { return }
      storage.swapAt(slot, child)
      slot = child
    }
  }

  private func isSmaller(_ slot: Int, than other: Int) -> Bool {
    guard let left = storage[slot], let right = storage[other] else { return false }
    return left < right
  }
}

extension PriorityHeap: Sendable where Element: Sendable {}
