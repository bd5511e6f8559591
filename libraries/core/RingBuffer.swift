// SPDX-License-Identifier: MIT

/// A first-in, first-out queue of at most `capacity` elements, stored in place.
///
/// An element that does not fit is handed back, not dropped: it may own something.
public struct RingBuffer<let capacity: Int, Element: ~Copyable>: ~Copyable {
  private var storage: InlineArray<capacity, Element?>
  /// The slot of the oldest element.
  private var head = 0
  public private(set) var count = 0

  public init() { storage = InlineArray { _ in nil } }

  public var isEmpty: Bool { count == 0 }
  public var isFull: Bool { count == capacity }

  /// Adds `element` as the newest, or hands it back if the queue is full.
  public mutating func append(_ element: consuming Element) -> Element? {
    guard count < capacity else { return element }
    storage[slot(count)] = consume element
    count &+= 1
    return nil
  }

  /// Takes the oldest element, or `nil` if the queue is empty.
  public mutating func removeFirst() -> Element? {
    guard count > 0 else { return nil }
    let oldest = head
    head = slot(1)
    count &-= 1
    return storage[oldest].take()
  }

  public mutating func removeAll() {
    while removeFirst() != nil {}
  }

  /// The element `index` places after the oldest.
  public subscript(index: Int) -> Element {
    _read {
      precondition(index >= 0 && index < count, "index outside the queue")
      switch storage[slot(index)] {
      case .some(let element): yield element
      case .none: preconditionFailure("a slot of the queue is full")
      }
    }
    _modify {
      precondition(index >= 0 && index < count, "index outside the queue")
      guard var element = storage[slot(index)].take() else {
        preconditionFailure("a slot of the queue is full")
      }
      yield &element
      storage[slot(index)] = consume element
    }
  }

  /// The slot `index` places after the head; no division, since that is slow and both are in range.
  private func slot(_ index: Int) -> Int {
    let place = head &+ index
    return place < capacity ? place : place &- capacity
  }
}

extension RingBuffer: Copyable where Element: Copyable {}
extension RingBuffer: Sendable where Element: Sendable & ~Copyable {}

extension RingBuffer {
  /// Adds `element` as the newest and drops the oldest if there is no room: the last `capacity`
  /// events of a trace.
  public mutating func appendDroppingOldest(_ element: Element) {
    guard capacity > 0 else { return }
    if isFull { _ = removeFirst() }
    _ = append(element)
  }
}
