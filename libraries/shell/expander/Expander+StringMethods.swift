// SPDX-License-Identifier: MIT
import Base
import Core
import Regular
import ShellParser

extension Expander {
  /// `$name(arguments)`
  func stringMethod(_ name: Text, _ arguments: [Word]) throws(ExpansionError) -> Text {
    let call = MethodCall(name: name, arguments: arguments, expander: self)
    switch name {
    case "basename": return Self.lastComponent(try call.text())
    case "filename": return Self.stem(Self.lastComponent(try call.text()))
    case "extension":
      let name = Self.lastComponent(try call.text())
      let stem = Self.stem(name)
      return stem.count < name.count ? name[(stem.count + 1)...] : ""
    case "parent":
      return Self.parent(of: try call.text())
    case "to_lowercase": return LetterCase.convert(try call.text(), toUpper: false)
    case "to_uppercase": return LetterCase.convert(try call.text(), toUpper: true)
    case "trim": return try call.text().trimmed()
    case "trim_start": return Self.trimmed(try call.text(), start: true)
    case "trim_end": return Self.trimmed(try call.text(), start: false)
    case "repeat": return try Self.repeated(try call.text(), try call.count(1), call)
    case "replace":
      return try Self.replaced(
        try call.text(), try call.argument(1).unescaped, try call.argument(2).unescaped,
        limit: .max)
    case "replacen":
      return try Self.replaced(
        try call.text(), try call.argument(1).unescaped, try call.argument(2).unescaped,
        limit: try call.count(3))
    case "regex_replace": return try regularReplace(call)
    case "join":
      let separator = arguments.count > 1 ? try call.argument(1).unescaped : " "
      let texts = try call.value().texts
      guard separator.isEmpty || texts.count <= ExpansionLimits.bytes / separator.count else {
        throw call.failure("the text would be too long")
      }
      return texts.joined(by: separator)
    case "len":
      let value = try call.value()
      return Text { $0.put(decimal: value.count ?? Graphemes.split(value.text).count) }
    case "len_bytes":
      let text = try call.text()
      return Text { $0.put(decimal: text.count) }
    case "reverse": return Graphemes.split(try call.text()).reversed().map { $0 }.joined(by: "")
    case "find":
      let index = try call.text().firstIndex(of: try call.argument(1))
      return Text { $0.put(decimal: index ?? -1) }
    case "escape": return try call.text().escaped
    case "unescape": return try call.text().unescaped
    case "or": return try either(call)
    default: throw ExpansionError("'" + name + "' is an unknown string method")
    }
  }

  /// A path without its last name; slashes behind names count as one.
  private static func parent(of path: Text) -> Text {
    func trimmed(_ count: Int) -> Int {
      var end = count
      while end > 1, path[end - 1] == 0x2F { end -= 1 }
      return end
    }
    guard let slash = path[0..<trimmed(path.count)].lastIndex(of: 0x2F) else { return "" }
    return slash == 0 ? (trimmed(path.count) > 1 ? "/" : "") : path[0..<trimmed(slash)]
  }

  private func either(_ call: MethodCall<Context>) throws(ExpansionError) -> Text {
    let text: Text
    do throws(ExpansionError) { text = try call.text() } catch {
      guard error.kind == .missingVariable else { throw error }
      text = ""
    }
    return text.isEmpty ? try call.argument(1) : text
  }

  private func regularReplace(_ call: MethodCall<Context>) throws(ExpansionError) -> Text {
    let pattern = try call.argument(1).unescapedForPattern
    let text = try call.text()
    let replacement = try call.argument(2).unescaped
    do throws(RegularExpressionError) {
      return try RegularExpression(pattern).replacing(in: text, with: replacement)
    } catch {
      throw ExpansionError(error.message)
    }
  }

  private static func lastComponent(_ path: Text) -> Text {
    var end = path.count
    while end > 0, path[end - 1] == 0x2F { end -= 1 }
    let trimmed = path[0..<end]
    return trimmed.lastIndex(of: 0x2F).map { trimmed[($0 + 1)...] } ?? trimmed
  }

  private static func stem(_ name: Text) -> Text {
    guard let dot = name.lastIndex(of: 0x2E), dot > 0 else { return name }
    return name[0..<dot]
  }

  private static func trimmed(_ text: Text, start: Bool) -> Text {
    var range = text.indices
    if start {
      while let first = range.first, text[first].isASCIISpace { range = (first + 1)..<text.count }
      return text[range]
    }
    while let last = range.last, text[last].isASCIISpace { range = 0..<last }
    return text[range]
  }

  private static func repeated(
    _ text: Text, _ count: Int, _ call: MethodCall<Context>
  ) throws(ExpansionError) -> Text {
    guard text.isEmpty || count <= ExpansionLimits.bytes / text.count else {
      throw call.failure("the text would be too long")
    }
    return Text { result in for _ in 0..<(text.isEmpty ? 0 : count) { result.put(text) } }
  }

  private static func replaced(
    _ text: Text, _ part: Text, _ replacement: Text, limit: Int
  ) throws(ExpansionError) -> Text {
    guard !part.isEmpty else { return text }
    var result = Text()
    var start = 0
    var left = limit
    while left > 0, let found = text.firstIndex(of: part, from: start) {
      result.put(text[start..<found])
      result.put(replacement)
      start = found + part.count
      left -= 1
      guard result.count <= ExpansionLimits.bytes else {
        throw ExpansionError("the text would be too long")
      }
    }
    result.put(text[start...])
    return result
  }
}

/// A method's name and arguments, and the ways in which they are read.
struct MethodCall<Context: ExpansionContext> {
  let name: Text
  let arguments: [Word]
  let expander: Expander<Context>

  func failure(_ what: Text) -> ExpansionError { ExpansionError(name + ": " + what) }

  /// The first argument: a bare name is that of a variable.
  func value() throws(ExpansionError) -> Value {
    guard let word = arguments.first else { throw failure("requires an argument") }
    guard let name = word.bareText else { return try expander.value(of: word) }
    if let value = try expander.context.value(namespace: "", name: name) { return value }
    if name.bytes.contains(where: { !$0.isNamePart }) { return .string(name) }
    throw .missing(name)
  }

  func text() throws(ExpansionError) -> Text { try value().text }

  func argument(_ index: Int) throws(ExpansionError) -> Text {
    guard index < arguments.count else { throw failure("requires an argument") }
    return try expander.text(of: arguments[index])
  }

  func count(_ index: Int) throws(ExpansionError) -> Int {
    let text = try argument(index)
    guard let number = try? Int(decimal: text), number >= 0 else {
      throw failure("requires a valid number as an argument")
    }
    return number
  }
}
