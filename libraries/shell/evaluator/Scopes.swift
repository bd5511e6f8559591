// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

/// The variables and functions, in nested scopes.
///
/// A function sees its own scopes and the outermost one; `super::` leads to the scopes in which it
/// was defined.
struct Scopes {
  struct Scope {
    var variables = SortedMap<Text, Value>()
    /// Where a function's own scopes begin: how many there were around its definition.
    var definitionDepth: Int?

    var isFunction: Bool { definitionDepth != nil }
  }

  private(set) var scopes = [Scope()]

  var count: Int { scopes.count }

  mutating func push() { scopes.append(Scope()) }

  /// Begins the scopes of a function that was defined where there were `definitionDepth`.
  mutating func push(definitionDepth: Int) {
    scopes.append(Scope(definitionDepth: definitionDepth))
  }

  /// Ends the scopes above the first `count`.
  mutating func drop(to count: Int) {
    let kept = max(1, min(count, scopes.count))
    if kept < scopes.count { scopes.removeLast(scopes.count - kept) }
  }

  /// Ends the scopes above the first `count`, and of the last of these all variables but some.
  mutating func drop(to count: Int, keeping names: [Text]) {
    drop(to: count)
    let last = scopes.count - 1
    for place in scopes[last].variables.keys.indices.reversed() {
      let name = scopes[last].variables.keys[place]
      if !names.contains(name) { scopes[last].variables[name] = nil }
    }
  }

  /// The scopes that code here sees by itself, not counting the outermost.
  private func visible(from top: Int) -> Int {
    var index = top
    while index > 0, !scopes[index].isFunction { index -= 1 }
    return index
  }

  subscript(name: Text) -> Value? {
    var index = scopes.count - 1
    while index > 0 {
      // Most blocks have no variables of their own.
      if !scopes[index].variables.isEmpty, let value = scopes[index].variables[name] {
        return value
      }
      if scopes[index].isFunction { break }
      index -= 1
    }
    return scopes[0].variables[name]
  }

  /// The variable as seen `levels` functions further out.
  func outer(_ name: Text, levels: Int) -> Value? {
    var top = scopes.count - 1
    for _ in 0..<levels {
      let boundary = visible(from: top)
      guard let depth = scopes[boundary].definitionDepth else { return nil }
      // What was there then may have ended.
      top = max(1, min(depth, boundary)) - 1
    }
    for index in (visible(from: top)...top).reversed() {
      if let value = scopes[index].variables[name] { return value }
    }
    return nil
  }

  func global(_ name: Text) -> Value? { scopes[0].variables[name] }

  /// Changes the variable where it is, or makes it in the innermost scope.
  mutating func set(_ name: Text, _ value: Value) {
    var index = scopes.count - 1
    while true {
      if !scopes[index].variables.isEmpty, scopes[index].variables.replace(value, of: name) {
        return
      }
      if index == 0 || scopes[index].isFunction { break }
      index -= 1
    }
    setHere(name, value)
  }

  /// Adds to an array where it is, without copying what it has; false if there is no such array.
  mutating func append(_ elements: [Value], to name: Text) -> Bool {
    var isDone = false
    var index = scopes.count - 1
    while true {
      let isHere = scopes[index].variables.modify(name) { value in
        guard case .array(var values) = value else { return }
        // Nobody else may hold them, or they would be copied.
        value = .array([])
        values += elements
        value = .array(values)
        isDone = true
      }
      if isHere || index == 0 || scopes[index].isFunction { return isDone }
      index -= 1
    }
  }

  /// Makes the variable in the innermost scope, whatever there is further out.
  mutating func setHere(_ name: Text, _ value: Value) {
    scopes[scopes.count - 1].variables[name] = value
  }

  mutating func setGlobal(_ name: Text, _ value: Value) { scopes[0].variables[name] = value }

  /// Removes the variable; false if there is none.
  mutating func drop(_ name: Text) -> Bool {
    for index in (visible(from: scopes.count - 1)..<scopes.count).reversed()
    where scopes[index].variables[name] != nil {
      scopes[index].variables[name] = nil
      return true
    }
    return false
  }

  /// The names and values that code here sees.
  var all: SortedMap<Text, Value> {
    var result = scopes[0].variables
    for index in visible(from: scopes.count - 1)..<scopes.count {
      for (place, name) in scopes[index].variables.keys.enumerated() {
        result[name] = scopes[index].variables.values[place]
      }
    }
    return result
  }
}
