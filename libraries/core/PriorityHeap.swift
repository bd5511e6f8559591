// SPDX-License-Identifier: MIT

/// At most `capacity` elements of which the smallest is always at hand: a queue of deadlines.
///
/// A binary heap: the element in slot n is not larger than those in slots 2n + 1 and 2n + 2.
/// Adding and removing take O(log count) moves. Elements that compare equal come out in any order.
public struct PriorityHeap<let capacity: Int, Element: Comparable>: ~Copyable {
  private var elements = FixedArray<capacity, Element>()

  public init() {}

  public var count: Int { elements.count }
  public var isEmpty: Bool { elements.isEmpty }
  public var isFull: Bool { elements.isFull }

  /// The smallest element.
  public var first: Element? { isEmpty ? nil : elements[0] }

  /// Adds `element`; false if the heap is full.
  public mutating func insert(_ element: Element) -> Bool {
    guard elements.append(element) == nil else { return false }
    rise(from: count &- 1)
    return true
  }

  /// Takes the smallest element, or `nil` if there is none.
  public mutating func removeFirst() -> Element? { isEmpty ? nil : remove(at: 0) }

  /// Takes the first element found for which `condition` holds. O(count).
  public mutating func remove(where condition: (Element) -> Bool) -> Element? {
    for slot in elements.indices where condition(elements[slot]) { return remove(at: slot) }
    return nil
  }

  private mutating func remove(at slot: Int) -> Element {
    let removed = elements.removeBySwapping(at: slot)
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
      elements.swapAt(slot, parent)
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
      elements.swapAt(slot, child)
      slot = child
    }
  }

  private func isSmaller(_ slot: Int, than other: Int) -> Bool {
    elements[slot] < elements[other]
  }
}

extension PriorityHeap: Sendable where Element: Sendable {}
