// SPDX-License-Identifier: MIT
import Base
import Core

extension Cursor {
  /// The expansion that `$` or `@` begins here; `nil` if the sigil is text, which then still stands
  /// here.
  mutating func expansion(isQuoted: Bool) throws(ParseError) -> Part? {
    let isArray = current == 0x40
    guard let source = try source(isArray: isArray) else { return nil }
    let expression = Expression(source: source, selection: try selection())
    return isArray ? .array(expression, isQuoted: isQuoted) : .string(expression)
  }

  private mutating func source(isArray: Bool) throws(ParseError) -> Expression.Source? {
    let start = index
    if !isArray, take("$((") { return .arithmetic(try arithmetic(from: start)) }
    if peek(1) == 0x28 {
      index += 2
      return .process(try process(from: start))
    }
    if peek(1) == 0x7B {
      index += 2
      return try bracedVariable(from: start)
    }
    if !isArray, peek(1) == 0x3F {
      index += 2
      return .variable(namespace: "", name: "?")
    }
    guard peek(1).isNamePart else { return nil }
    index += 1
    let name = takeName()
    guard !isAtEnd, current == 0x28 else { return .variable(namespace: "", name: name) }
    index += 1
    return .method(name: name, arguments: try arguments(from: start))
  }

  private mutating func process(from start: Int) throws(ParseError) -> Block {
    try enter()
    // What stands in a line's here-documents is no part of the commands within it.
    let block = try block()
    guard !isAtEnd else { throw failure(.unterminatedProcess, at: start) }
    guard take(")") else { throw unexpected() }
    leave()
    return block
  }

  /// `{name}` or `{namespace::name}`, after the brace.
  private mutating func bracedVariable(from start: Int) throws(ParseError) -> Expression.Source {
    let nameStart = index
    var namespaceEnd: Int?
    while !isAtEnd, current != 0x7D, current != 0x0A, current != 0x22 {
      if namespaceEnd == nil, starts(with: "::") {
        namespaceEnd = index
        index += 1
      }
      index += 1
    }
    guard !isAtEnd, current == 0x7D else { throw failure(.unterminatedBracedVariable, at: start) }
    defer { index += 1 }
    guard let namespaceEnd else {
      return .variable(namespace: "", name: Text(bytes[nameStart..<index]))
    }
    return .variable(
      namespace: Text(bytes[nameStart..<namespaceEnd]),
      name: Text(bytes[min(namespaceEnd + 2, index)..<index]))
  }

  /// The text up to `))`, in which `$` and `@` still expand.
  private mutating func arithmetic(from start: Int) throws(ParseError) -> Word {
    try enter()
    var parts: [Part] = []
    var literal = Text()
    var open = 0
    while true {
      guard !isAtEnd else { throw failure(.unterminatedArithmetic, at: start) }
      if open == 0, take("))") { break }
      if current == 0x24 || current == 0x40, let part = try expansion(isQuoted: true) {
        parts.append(.literal(literal, isQuoted: true))
        literal = Text()
        parts.append(part)
        continue
      }
      if current == 0x28 { open += 1 }
      if current == 0x29 { open -= 1 }
      guard open >= 0 else { throw failure(.unterminatedArithmetic, at: start) }
      literal.put(current)
      index += 1
    }
    parts.append(.literal(literal, isQuoted: true))
    leave()
    return Word(parts)
  }
}
