// SPDX-License-Identifier: MIT

/// A first-in, first-out queue of at most `capacity` elements, stored in place.
///
/// An element that does not fit is handed back, not dropped: it may own something. The queue itself
/// cannot be copied, not even of elements that can: copies of large values happen unnoticed.
@safe public struct RingBuffer<let capacity: Int, Element: ~Copyable>: ~Copyable {
  /// Full in the `count` cells from `head` on, going round; empty elsewhere. Each use below is safe
  /// by that.
  private let cells: Cells<capacity, Element>
  /// The cell of the oldest element.
  private var head = 0
  public private(set) var count = 0

  public init() { cells = Cells() }

  deinit {
    // SAFETY: the `count` cells from the head on are full.
    for index in 0..<count { _ = unsafe cells.take(at: cell(index)) }
  }

  public var isEmpty: Bool { count == 0 }
  public var isFull: Bool { count == capacity }

  /// Adds `element` as the newest, or hands it back if the queue is full.
  public mutating func append(_ element: consuming Element) -> Element? {
    guard count < capacity else { return element }
    // SAFETY: the cell after the newest is empty.
    unsafe cells.put(element, at: cell(count))
    count &+= 1
    return nil
  }

  /// Takes the oldest element, or `nil` if the queue is empty.
  public mutating func removeFirst() -> Element? {
    guard count > 0 else { return nil }
    let oldest = head
    head = cell(1)
    count &-= 1
    // SAFETY: the head's cell was full; now it is not the queue's any more.
    return unsafe cells.take(at: oldest)
  }

  public mutating func removeAll() {
    while removeFirst() != nil {}
  }

  /// The element `index` places after the oldest.
  public subscript(index: Int) -> Element {
    @inline(__always)
    unsafeAddress {
      precondition(index >= 0 && index < count, "index outside the queue")
      // SAFETY: the `count` cells from the head on are full.
      return unsafe UnsafePointer(cells.address(of: cell(index)))
    }
    @inline(__always)
    unsafeMutableAddress {
      precondition(index >= 0 && index < count, "index outside the queue")
      // SAFETY: the `count` cells from the head on are full.
      return unsafe cells.address(of: cell(index))
    }
  }

  /// The cell `index` places after the head; no division, since that is slow and both are in range.
  private func cell(_ index: Int) -> Int {
    let place = head &+ index
    return place < capacity ? place : place &- capacity
  }
}

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
