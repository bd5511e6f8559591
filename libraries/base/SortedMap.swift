// SPDX-License-Identifier: MIT

/// Values by key, in rising order of key.
///
/// Finding is O(log count), inserting and removing O(count) cheap moves: right for some hundred
/// keys, where a `Dictionary` costs a program 5 KB or more and has no order.
public struct SortedMap<Key: Comparable, Value> {
  public private(set) var keys: [Key] = []
  public private(set) var values: [Value] = []

  public init() {}

  public var count: Int { keys.count }
  public var isEmpty: Bool { keys.isEmpty }

  /// The value of `key`; storing `nil` removes it.
  public subscript(key: Key) -> Value? {
    get {
      let index = lowerBound(of: key)
      return index < keys.count && keys[index] == key ? values[index] : nil
    }
    set {
      let index = lowerBound(of: key)
      let exists = index < keys.count && keys[index] == key
      switch (newValue, exists) {
      case (let value?, true): values[index] = value
      case (let value?, false):
        keys.insert(key, at: index)
        values.insert(value, at: index)
      case (nil, true):
        keys.remove(at: index)
        values.remove(at: index)
      case (nil, false): break
      }
    }
  }

  /// Gives a key that there is another value; false if there is no such key.
  public mutating func replace(_ value: Value, of key: Key) -> Bool {
    let index = lowerBound(of: key)
    guard index < keys.count, keys[index] == key else { return false }
    values[index] = value
    return true
  }

  /// Changes the value of a key where it is; false if there is no such key.
  public mutating func modify(_ key: Key, _ change: (inout Value) -> Void) -> Bool {
    let index = lowerBound(of: key)
    guard index < keys.count, keys[index] == key else { return false }
    change(&values[index])
    return true
  }

  /// The index of the first key that is not before `key`; `count` if there is none.
  public func lowerBound(of key: Key) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = low + (high - low) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension SortedMap: Sendable where Key: Sendable, Value: Sendable {}
