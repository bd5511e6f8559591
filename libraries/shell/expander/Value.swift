// SPDX-License-Identifier: MIT
public import Base

/// What a variable holds.
public enum Value: Sendable {
  case string(Text)
  case array([Value])
  /// Both kinds of map keep their keys in order; only `bmap` promises it.
  case hashMap(SortedMap<Text, Value>)
  case treeMap(SortedMap<Text, Value>)

  public init(_ texts: [Text]) { self = .array(texts.map { .string($0) }) }

  /// All texts in it, one after another; a map gives keys and values in turn.
  public var texts: [Text] {
    var result: [Text] = []
    collect(into: &result)
    return result
  }

  private func collect(into result: inout [Text]) {
    switch self {
    case .string(let text): result.append(text)
    case .array(let values): for value in values { value.collect(into: &result) }
    case .hashMap(let map), .treeMap(let map):
      for (index, key) in map.keys.enumerated() {
        result.append(key)
        map.values[index].collect(into: &result)
      }
    }
  }

  /// It as one text, with spaces between several.
  public var text: Text {
    if case .string(let text) = self { return text }
    return texts.joined(by: " ")
  }

  public var map: SortedMap<Text, Value>? {
    switch self {
    case .hashMap(let map), .treeMap(let map): map
    case .string, .array: nil
    }
  }

  /// The bytes of all texts in it.
  public var size: Int {
    switch self {
    case .string(let text): text.count
    case .array(let values): values.reduce(0) { $0 + $1.size }
    case .hashMap(let map), .treeMap(let map):
      map.keys.reduce(0) { $0 + $1.count } + map.values.reduce(0) { $0 + $1.size }
    }
  }

  /// How many elements it has; `nil` for a string.
  public var count: Int? {
    switch self {
    case .string: nil
    case .array(let values): values.count
    case .hashMap(let map), .treeMap(let map): map.count
    }
  }
}
