// SPDX-License-Identifier: MIT
import Base
import Core
import ShellParser

extension Expander {
  /// `@name(arguments)`
  func arrayMethod(_ name: Text, _ arguments: [Word]) throws(ExpansionError) -> [Text] {
    let call = MethodCall(name: name, arguments: arguments, expander: self)
    switch name {
    case "lines": return try call.text().lines()
    case "split":
      let text = try call.text()
      guard arguments.count > 1 else { return text.words() }
      return Self.split(text, at: try call.argument(1).unescaped)
    case "split_at": return try splitAt(call)
    case "bytes":
      return try call.text().bytes.map { byte in Text { $0.put(decimal: UInt64(byte)) } }
    case "chars": return Graphemes.scalars(try call.text())
    case "graphemes": return Graphemes.split(try call.text())
    case "reverse": return try call.value().texts.reversed()
    case "keys":
      guard let map = try call.value().map else { throw call.failure("requires a map") }
      return map.keys
    case "values":
      guard let map = try call.value().map else { throw call.failure("requires a map") }
      return map.values.flatMap { $0.texts }
    case "subst":
      guard arguments.count == 2, Self.isArray(arguments[0]), Self.isArray(arguments[1]) else {
        throw call.failure("requires two arrays")
      }
      let texts = try texts(of: arguments[0])
      return texts.isEmpty ? try self.texts(of: arguments[1]) : texts
    default: throw ExpansionError("'" + name + "' is an unknown array method")
    }
  }

  private func splitAt(_ call: MethodCall<Context>) throws(ExpansionError) -> [Text] {
    let text = try call.text()
    let index = try call.count(1)
    guard index <= text.count else { throw call.failure("value is out of bounds") }
    return [text[0..<index], text[index...]]
  }

  /// The parts between separators. One at the end has nothing after it.
  private static func split(_ text: Text, at separator: Text) -> [Text] {
    guard !separator.isEmpty else { return Graphemes.split(text) }
    var parts: [Text] = []
    var start = 0
    while let found = text.firstIndex(of: separator, from: start) {
      parts.append(text[start..<found])
      start = found + separator.count
    }
    parts.append(text[start...])
    return parts
  }
}
