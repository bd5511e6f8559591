// SPDX-License-Identifier: MIT

/// A first-in, first-out queue that grows: adding and taking are O(1) on average, where taking the
/// first element of an `Array` moves all others.
public struct Queue<Element> {
  private var storage: [Element?] = []
  /// The slot of the oldest element.
  private var head = 0
  public private(set) var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }

  /// The oldest element.
  public var first: Element? { count > 0 ? storage[head] : nil }

  public mutating func append(_ element: Element) {
    if count == storage.count { grow() }
    storage[slot(count)] = element
    count += 1
  }

  public mutating func removeFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = storage[head].take()
    head = slot(1)
    count -= 1
    return element
  }

  /// Takes the first element for which `condition` holds. O(count).
  public mutating func remove(where condition: (Element) -> Bool) -> Element? {
    var found: Element?
    for _ in 0..<count {
      guard let element = removeFirst() else { break }
      if found == nil, condition(element) { found = element } else { append(element) }
    }
    return found
  }

  private func slot(_ index: Int) -> Int {
    let place = head + index
    return place < storage.count ? place : place - storage.count
  }

  private mutating func grow() {
    var larger: [Element?] = []
    larger.reserveCapacity(max(8, storage.count * 2))
    for index in 0..<count { larger.append(storage[slot(index)].take()) }
    for _ in 0..<max(8, count) { larger.append(nil) }
    storage = larger
    head = 0
  }
}

extension Queue: Sendable where Element: Sendable {}
