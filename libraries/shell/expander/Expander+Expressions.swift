// SPDX-License-Identifier: MIT
import Base
import Core
import ShellParser

extension Expander {
  /// What a `$…` stands for.
  func text(of expression: Expression) throws(ExpansionError) -> Text {
    let whole: Value
    switch expression.source {
    case .variable(let namespace, let name):
      whole = try variable(namespace: namespace, name: name)
    case .method(let name, let arguments):
      whole = .string(try stringMethod(name, arguments))
    case .process(let block):
      whole = .string(Self.withoutLineFeeds(try context.output(of: block)))
    case .arithmetic(let word):
      whole = .string(try number(of: try text(of: word)).text)
    }
    guard let selection = expression.selection else { return whole.text }
    switch whole {
    case .string(let text):
      return try select(selection, from: Graphemes.split(text)).joined(by: "")
    case .array: return try select(selection, from: whole.texts).joined(by: " ")
    case .hashMap(let map), .treeMap(let map):
      return try select(selection, from: map).joined(by: " ")
    }
  }

  /// What an `@…` stands for, as a value.
  func value(of expression: Expression) throws(ExpansionError) -> Value {
    if expression.selection == nil, case .variable(let namespace, let name) = expression.source {
      let value = try variable(namespace: namespace, name: name)
      return value.count == nil ? .array([value]) : value
    }
    return Value(try texts(of: expression))
  }

  /// What an `@…` stands for.
  func texts(of expression: Expression) throws(ExpansionError) -> [Text] {
    let texts: [Text]
    switch expression.source {
    case .variable(let namespace, let name):
      let value = try variable(namespace: namespace, name: name)
      if let map = value.map, let selection = expression.selection {
        return try select(selection, from: map)
      }
      texts = value.texts
    case .method(let name, let arguments): texts = try arrayMethod(name, arguments)
    case .process(let block): texts = try context.output(of: block).words()
    case .arithmetic(let word): texts = [try number(of: try text(of: word)).text]
    }
    guard let selection = expression.selection else { return texts }
    return try select(selection, from: texts)
  }

  func variable(namespace: Text, name: Text) throws(ExpansionError) -> Value {
    if namespace.isEmpty {
      if let value = try context.value(namespace: namespace, name: name) { return value }
      throw .missing(name)
    }
    if namespace == "c" || namespace == "color" {
      return .string(try Colours.sequence(name))
    }
    if namespace == "x" || namespace == "hex" { return .string(try Self.bytes(hexadecimal: name)) }
    if let value = try context.value(namespace: namespace, name: name) { return value }
    throw .missing(namespace + "::" + name)
  }

  /// `${x::1B}`: the character with that number.
  private static func bytes(hexadecimal digits: Text) throws(ExpansionError) -> Text {
    guard let number = try? UInt32(hexadecimal: digits.span), let scalar = Unicode.Scalar(number)
    else { throw ExpansionError("could not parse '" + digits + "' as hexadecimal value") }
    return Text { text in
      for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { text.put(byte) }
    }
  }

  static func withoutLineFeeds(_ text: Text) -> Text {
    var text = text
    while text.bytes.last == 0x0A { text.bytes.removeLast() }
    return text
  }

  /// The value of an arithmetic expression.
  public func number(of text: Text) throws(ExpansionError) -> Number {
    var arithmetic = Arithmetic(text) { name throws(ExpansionError) in
      try variable(namespace: "", name: name).text
    }
    return try arithmetic.value()
  }

  /// The elements that indices and ranges name.
  func select(_ words: [Word], from elements: [Text]) throws(ExpansionError) -> [Text] {
    var result: [Text] = []
    for selector in try texts(of: words) {
      result += try Selector(selector, count: elements.count).select(from: elements)
    }
    return result
  }

  private func select(
    _ words: [Word], from map: SortedMap<Text, Value>
  ) throws(ExpansionError) -> [Text] {
    var result: [Text] = []
    for key in try texts(of: words) {
      guard let value = map[key] else {
        throw ExpansionError("the map has no key '" + key + "'")
      }
      result += value.texts
    }
    return result
  }
}
