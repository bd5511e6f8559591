// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

/// The variables and functions, in nested scopes.
///
/// A function sees its own scopes, those around its definition while they last, and the outermost one;
/// it changes variables of its own scopes alone. `super::` leads to the scopes around its definition
/// whatever is further in.
struct Scopes {
  struct Scope {
    var variables = SortedMap<Text, Value>()
    /// No other scope has had it.
    var serial: UInt64
    /// Where a function's own scopes begin: where it was defined.
    var definition: Place?

    var isFunction: Bool { definition != nil }
  }

  /// The innermost scope of a moment.
  struct Place {
    fileprivate var index: Int
    fileprivate var serial: UInt64
  }

  private(set) var scopes = [Scope(serial: 0)]
  private var lastSerial: UInt64 = 0

  var count: Int { scopes.count }

  /// Where a function that is defined now belongs.
  var here: Place { Place(index: scopes.count - 1, serial: scopes[scopes.count - 1].serial) }

  mutating func push() {
    lastSerial &+= 1
    scopes.append(Scope(serial: lastSerial))
  }

  /// Begins the scopes of a function.
  mutating func push(definedAt place: Place) {
    lastSerial &+= 1
    scopes.append(Scope(serial: lastSerial, definition: place))
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

  /// Where reading goes on further out.
  private func next(outside index: Int) -> Int {
    guard let place = scopes[index].definition else { return index - 1 }
    // What was around the definition may have ended.
    return place.index < index && scopes[place.index].serial == place.serial ? place.index : 0
  }

  subscript(name: Text) -> Value? {
    var index = scopes.count - 1
    while index > 0 {
      // Most blocks have no variables of their own.
      if !scopes[index].variables.isEmpty, let value = scopes[index].variables[name] {
        return value
      }
      index = next(outside: index)
    }
    return scopes[0].variables[name]
  }

  /// The variable as seen `levels` functions further out.
  func outer(_ name: Text, levels: Int) -> Value? {
    var top = scopes.count - 1
    for _ in 0..<levels {
      let boundary = visible(from: top)
      guard let place = scopes[boundary].definition else { return nil }
      // What was there then may have ended.
      top = max(0, min(place.index, boundary - 1))
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
    var places: [Int] = []
    var index = scopes.count - 1
    while index > 0 {
      places.append(index)
      index = next(outside: index)
    }
    for index in places.reversed() {
      for (place, name) in scopes[index].variables.keys.enumerated() {
        result[name] = scopes[index].variables.values[place]
      }
    }
    return result
  }
}
