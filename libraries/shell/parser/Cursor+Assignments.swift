// SPDX-License-Identifier: MIT
import Base
import Core

extension Cursor {
  /// What follows `let` or `export`.
  mutating func assignment(isExport: Bool) throws(ParseError) -> Assignment {
    var targets: [Assignment.Target] = []
    skipSpaces()
    if isAtWordEnd {
      return Assignment(isExport: isExport, targets: [], operation: .set, values: [])
    }
    var found: Assignment.Operator?
    while true {
      skipSpaces()
      found = assignmentOperator()
      if found != nil { break }
      if isAtWordEnd || current == 0x23 {
        // `export NAME` gives the environment what there is.
        guard isExport, !targets.isEmpty else { throw failure(.missingOperator) }
        return Assignment(isExport: true, targets: targets, operation: .set, values: [])
      }
      targets.append(try assignmentTarget())
    }
    guard let operation = found, !targets.isEmpty else { throw failure(.missingKey) }
    let values = try words()
    guard !values.isEmpty else { throw failure(.missingValue) }
    return Assignment(isExport: isExport, targets: targets, operation: operation, values: values)
  }

  private mutating func assignmentOperator() -> Assignment.Operator? {
    if take("**=") { return .power }
    if take("//=") { return .divideWhole }
    if take("++=") { return .append }
    if take("::=") { return .prepend }
    if take("\\\\=") { return .filter }
    if take("?=") { return .setIfMissing }
    if take("+=") { return .add }
    if take("-=") { return .subtract }
    if take("*=") { return .multiply }
    if take("/=") { return .divide }
    if take("%=") { return .remainder }
    return take("=") ? .set : nil
  }

  private mutating func assignmentTarget() throws(ParseError) -> Assignment.Target {
    let start = index
    let name = takeName()
    guard !name.isEmpty else { throw failure(.invalidKey, at: start) }
    var target = Assignment.Target(name: name)
    if current == 0x5B, !isAtEnd {
      // `name[]` declares an array, `name[index]` names an element.
      guard let words = try selection(), words.count <= 1 else {
        throw failure(.invalidKey, at: start)
      }
      if let index = words.first { target.index = index } else { target.type = .array(.string) }
    }
    if current == 0x3A, !starts(with: "::=") {
      index += 1
      skipSpaces()
      target.type = try valueType()
    }
    return target
  }

  /// `str`, `int`, `[float]`, `hmap[bool]` …
  mutating func valueType() throws(ParseError) -> ValueType {
    try enter()
    defer { leave() }
    if take("[") { return .array(try elementType()) }
    let start = index
    switch takeName() {
    case "str": return .string
    case "bool": return .bool
    case "int": return .int
    case "float": return .float
    case "hmap" where take("["): return .hashMap(try elementType())
    case "bmap" where take("["): return .treeMap(try elementType())
    default: throw failure(.invalidType, at: start)
    }
  }

  private mutating func elementType() throws(ParseError) -> ValueType {
    if take("]") { return .string }
    let type = try valueType()
    guard take("]") else { throw failure(.invalidType) }
    return type
  }
}
