// SPDX-License-Identifier: MIT
import Base
import Core

extension Cursor {
  /// The statements up to `end`, `else`, `case`, a closing parenthesis or the end of the script;
  /// what ends them still stands here.
  mutating func block() throws(ParseError) -> Block {
    try enter()
    var statements: [Statement] = []
    while let statement = try nextStatement() { statements.append(statement) }
    leave()
    return Block(statements)
  }

  /// The next statement of a block; `nil` before what ends it.
  mutating func nextStatement() throws(ParseError) -> Statement? {
    skipSeparators()
    if isAtEnd || current == 0x29 || isAt(keyword: "end") || isAt(keyword: "else")
      || isAt(keyword: "case")
    {
      return nil
    }
    let statement = try statement()
    skipSpaces()
    // `&` has ended a statement by itself; after all others there is a separator.
    if isAtEnd || current == 0x0A || current == 0x3B || current == 0x29 || current == 0x23
      || statement.isInBackground
    {
      return statement
    }
    throw unexpected()
  }

  /// Why what stands here cannot.
  func unexpected() -> ParseError {
    if isAtEnd { return failure(.missingEnd) }
    if isAt(keyword: "end") { return failure(.endWithoutBlock) }
    if isAt(keyword: "else") { return failure(.elseWithoutIf) }
    if isAt(keyword: "case") { return failure(.caseOutsideMatch) }
    if current == 0x29 { return failure(.unexpectedClosing(current)) }
    if current == 0x7C || current == 0x26 || current == 0x3B || current == 0x0A {
      return failure(.missingCommand)
    }
    return failure(.textAfterBlock)
  }

  private mutating func statement() throws(ParseError) -> Statement {
    let start = index
    let line = line(of: start)
    let kind: Statement.Kind
    if take(keyword: "if") {
      kind = try branches(from: start)
    } else if take(keyword: "while") {
      let condition = try condition()
      kind = .whileLoop(condition: condition, body: try body(from: start))
    } else if take(keyword: "for") {
      kind = try forLoop(from: start)
    } else if take(keyword: "match") {
      kind = try match(from: start)
    } else if isAt(keyword: "fn"), let function = try function(from: start) {
      kind = .function(function)
    } else {
      kind = .chain(try chain())
    }
    return Statement(offset: start, line: line, kind: kind)
  }

  private mutating func condition() throws(ParseError) -> Chain {
    skipSpaces()
    if isAtEnd || current == 0x0A || current == 0x3B { throw failure(.missingCondition) }
    return try chain()
  }

  /// The statements of a block and its `end`.
  private mutating func body(from start: Int) throws(ParseError) -> Block {
    let block = try block()
    guard !isAtEnd else { throw failure(.missingEnd, at: start) }
    guard take(keyword: "end") else { throw unexpected() }
    return block
  }

  private mutating func branches(from start: Int) throws(ParseError) -> Statement.Kind {
    var branches: [Branch] = []
    while true {
      let condition = try condition()
      let block = try block()
      branches.append(Branch(condition: condition, body: block))
      guard !isAtEnd else { throw failure(.missingEnd, at: start) }
      if take(keyword: "end") { return .branches(branches, otherwise: nil) }
      guard take(keyword: "else") else { throw unexpected() }
      skipSpaces()
      if take(keyword: "if") { continue }
      return .branches(branches, otherwise: try body(from: start))
    }
  }

  private mutating func forLoop(from start: Int) throws(ParseError) -> Statement.Kind {
    var names: [Text] = []
    while true {
      skipSpaces()
      if take(keyword: "in") { break }
      let name = takeName()
      guard !name.isEmpty else { throw failure(names.isEmpty ? .missingLoopName : .missingIn) }
      names.append(name)
    }
    guard !names.isEmpty else { throw failure(.missingLoopName) }
    let values = try words()
    guard !values.isEmpty else { throw failure(.missingLoopValues) }
    return .forLoop(names: names, values: values, body: try body(from: start))
  }

  private mutating func match(from start: Int) throws(ParseError) -> Statement.Kind {
    let values = try words()
    guard !values.isEmpty else { throw failure(.missingMatchValue) }
    var cases: [Case] = []
    while true {
      skipSeparators()
      guard !isAtEnd else { throw failure(.missingEnd, at: start) }
      if take(keyword: "end") { return .match(values: values, cases: cases) }
      guard take(keyword: "case") else { throw failure(.statementOutsideCase) }
      cases.append(try matchCase())
    }
  }

  private mutating func matchCase() throws(ParseError) -> Case {
    skipSpaces()
    guard !isAtWordEnd else { throw failure(.missingPattern) }
    let pattern = try word(.command)
    skipSpaces()
    var binding: Text?
    if take(keyword: "@") {
      skipSpaces()
      let name = takeName()
      guard !name.isEmpty, isAtWordEnd else { throw failure(.invalidBinding) }
      binding = name
      skipSpaces()
    }
    var guardChain: Chain?
    if take(keyword: "if") { guardChain = try condition() }
    skipSpaces()
    guard isAtEnd || current == 0x0A || current == 0x3B || current == 0x23 else {
      throw failure(.textAfterBlock)
    }
    let block = try block()
    return Case(
      pattern: pattern.bareText == "_" as Text? ? nil : pattern, binding: binding,
      guardChain: guardChain, body: block)
  }

  /// A function; `nil` for the command `fn` alone, which then still stands here.
  private mutating func function(from start: Int) throws(ParseError) -> Function? {
    index += 2
    skipSpaces()
    guard !isAtWordEnd, current != 0x23 else {
      index = start
      return nil
    }
    let nameStart = index
    while !isAtWordEnd, current != 0x23 { index += 1 }
    let name = Text(bytes[nameStart..<index])
    guard name[0].isNamePart || name[0] == 0x2D,
      !name.bytes.contains(where: { !$0.isNamePart && $0 != 0x2D && $0 != 0x2E })
    else { throw failure(.invalidFunctionName, at: nameStart) }
    let (parameters, documentation) = try parameters()
    functionDepth += 1
    let body = try body(from: start)
    functionDepth -= 1
    return Function(
      name: name, parameters: parameters, documentation: documentation, body: body,
      source: functionDepth == 0 ? Text(bytes[start..<index]) : nil)
  }

  private mutating func parameters() throws(ParseError) -> ([Function.Parameter], Text) {
    var parameters: [Function.Parameter] = []
    while true {
      skipSpaces()
      if isAtWordEnd || current == 0x23 { return (parameters, "") }
      if take(keyword: "--") {
        let start = index
        while index < bytes.count, bytes[index] != 0x0A, bytes[index] != 0x3B { index += 1 }
        return (parameters, Text(bytes[start..<index]).trimmed())
      }
      let start = index
      let name = takeName()
      guard !name.isEmpty else { throw failure(.invalidParameter) }
      for parameter in parameters where parameter.name == name {
        throw failure(.repeatedParameter, at: start)
      }
      var type = ValueType.string
      if take(":") { type = try valueType() }
      guard isAtWordEnd else { throw failure(.invalidParameter) }
      parameters.append(Function.Parameter(name: name, type: type))
    }
  }
}

extension Statement {
  fileprivate var isInBackground: Bool {
    guard case .chain(let chain) = kind, case .pipeline(let pipeline)? = chain.links.last?.action
    else { return false }
    return pipeline.placement != .foreground
  }
}
