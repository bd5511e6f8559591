// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

extension ValueType {
  /// The type as it is written.
  var text: Text {
    switch self {
    case .string: "str"
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .array(let element): "[" + element.text + "]"
    case .hashMap(let element): "hmap[" + element.text + "]"
    case .treeMap(let element): "bmap[" + element.text + "]"
    }
  }

  /// The value in this type's form; `nil` if it is not of this type.
  func checked(_ value: Value) -> Value? {
    switch self {
    case .string: return .string(value.text)
    case .bool:
      switch value.text {
      case "1", "true", "y", "yes": return .string("true")
      case "0", "false", "n", "no": return .string("false")
      default: return nil
      }
    case .int:
      guard case .whole(let number)? = Number(value.text) else { return nil }
      return .string(Number.whole(number).text)
    case .float: return Number(value.text).map { _ in value }
    case .array(let element):
      guard case .array(let values) = value else { return nil }
      var checked: [Value] = []
      for value in values {
        guard let value = element.checked(value) else { return nil }
        checked.append(value)
      }
      return .array(checked)
    case .hashMap(let element): return element.checked(entriesOf: value).map { .hashMap($0) }
    case .treeMap(let element): return element.checked(entriesOf: value).map { .treeMap($0) }
    }
  }
}

extension ValueType {
  /// The map with each value in this type's form; so maps nest no deeper than their type.
  private func checked(entriesOf value: Value) -> SortedMap<Text, Value>? {
    guard let map = value.map else { return nil }
    var checked = SortedMap<Text, Value>()
    for (index, key) in map.keys.enumerated() {
      guard let value = self.checked(map.values[index]) else { return nil }
      checked[key] = value
    }
    return checked
  }
}
