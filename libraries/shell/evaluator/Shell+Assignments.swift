// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

extension Shell {
  /// `let` and `export`. What is wrong is reported; it fails the command and not the script.
  func assign(_ assignment: Assignment) throws(ShellError) {
    guard !assignment.targets.isEmpty else { return list(isExport: assignment.isExport) }
    if assignment.values.isEmpty { return exportExisting(assignment.targets) }
    let targets = assignment.targets
    if targets.count == 1, assignment.values.count == 1 {
      let value = try value(of: assignment.values[0], for: targets[0].type)
      // Not before: `$?` is the status of the command before this one.
      status = 0
      _ = set(targets[0], value, assignment)
      return
    }
    // All values first, so that variables can be exchanged.
    var values: [Value] = []
    for (index, word) in assignment.values.enumerated() {
      values.append(try value(of: word, for: index < targets.count ? targets[index].type : nil))
    }
    status = 0
    guard values.count == targets.count else {
      return refuse(values.count < targets.count ? "missing values" : "extra values were supplied")
    }
    for (target, value) in zip(targets, values) {
      guard set(target, value, assignment) else { return }
    }
  }

  /// False, with a message, if the variable cannot have that value.
  private func set(
    _ target: Assignment.Target, _ value: Value, _ assignment: Assignment
  ) -> Bool {
    do throws(ExpansionError) { try assign(value, to: target, assignment) } catch {
      refuse(error.message)
      return false
    }
    return true
  }

  private func value(of word: Word, for type: ValueType?) throws(ShellError) -> Value {
    do throws(ExpansionError) { return try value(of: word, type) } catch {
      throw ShellError(.expansion, error.message)
    }
  }

  private func refuse(_ message: Text) {
    report("assignment error: " + message)
    status = 1
  }

  private func value(of word: Word, _ type: ValueType?) throws(ExpansionError) -> Value {
    switch type {
    case nil where !word.isGeneral: return .string(try expander.text(of: word))
    case .hashMap(let element): return .hashMap(try map(word, element))
    case .treeMap(let element): return .treeMap(try map(word, element))
    case .array where Expander<Shell>.isArray(word): return try expander.value(of: word)
    default: break
    }
    // An array is one if it is written as one; `@array` alone becomes a text.
    if case .list(_, nil)? = word.parts.first, word.parts.count == 1 {
      return try expander.value(of: word)
    }
    return .string(try expander.text(of: word))
  }

  private func map(
    _ word: Word, _ element: ValueType
  ) throws(ExpansionError) -> SortedMap<Text, Value> {
    var map = SortedMap<Text, Value>()
    for (key, value) in try expander.entries(of: word) {
      guard let value = element.checked(value) else {
        throw ExpansionError("the value of '" + key + "' is not of type " + element.text)
      }
      map[key] = value
    }
    return map
  }

  private func assign(
    _ value: Value, to target: Assignment.Target, _ assignment: Assignment
  ) throws(ExpansionError) {
    if target.name[0].isASCIIDigit {
      throw ExpansionError(
        "invalid variable name: only alphanumerical characters and underscores are supported")
    }
    if assignment.operation == .append, !assignment.isExport, target.index == nil,
      target.type == nil, hasRoom(for: value, in: target.name),
      state.variables.append(Self.elements(value), to: target.name)
    {
      return
    }
    let existing = try self.value(namespace: Text(), name: target.name)
    var index: Text?
    if let word = target.index { index = try expander.text(of: word) }
    let old = index.map { Self.element($0, of: existing) } ?? existing
    if assignment.operation == .setIfMissing, old != nil { return }
    var value = value
    if assignment.operation != .set, assignment.operation != .setIfMissing {
      guard let old else {
        let place = index.map { "[" + $0 + "]" } ?? Text()
        throw ExpansionError("cannot change '" + target.name + place + "', which does not exist")
      }
      value = try combined(old, value, assignment.operation)
    }
    if let index { value = try replacing(index, of: existing, with: value, target) }
    guard value.count ?? 0 <= ExpansionLimits.words, value.size <= ExpansionLimits.bytes else {
      throw ExpansionError("'" + target.name + "' would be too large")
    }
    if let type = target.type, target.index == nil {
      guard let checked = type.checked(value) else {
        throw ExpansionError(target.name + ": expected " + type.text)
      }
      value = checked
    }
    if assignment.isExport {
      _ = state.variables.drop(target.name)
      state.environment[target.name] = value.text
    } else {
      state.variables.set(target.name, value)
    }
  }

  /// Whether a variable that is an array can have more elements.
  private func hasRoom(for value: Value, in name: Text) -> Bool {
    guard case .array(let values)? = state.variables[name] else { return false }
    let count = value.count ?? 1
    guard values.count + count <= ExpansionLimits.words else { return false }
    return values.reduce(value.size) { $0 + $1.size } <= ExpansionLimits.bytes
  }

  private static func element(_ index: Text, of value: Value?) -> Value? {
    switch value {
    case .hashMap(let map)?, .treeMap(let map)?: return map[index]
    case .array(let values)?:
      guard let place = try? Int(decimal: index), values.indices.contains(place) else { return nil }
      return values[place]
    case .string?, nil: return nil
    }
  }

  private func replacing(
    _ index: Text, of existing: Value?, with value: Value, _ target: Assignment.Target
  ) throws(ExpansionError) -> Value {
    switch existing {
    case .hashMap(var map)?:
      map[index] = value
      return .hashMap(map)
    case .treeMap(var map)?:
      map[index] = value
      return .treeMap(map)
    case .array(var values)?:
      guard let place = try? Int(decimal: index), place >= 0, place < values.count else {
        throw ExpansionError("'" + target.name + "' has no element " + index)
      }
      if let type = target.type, type.checked(value) == nil {
        throw ExpansionError(target.name + ": expected " + type.text)
      }
      values[place] = value
      return .array(values)
    case .string?, nil: throw ExpansionError("'" + target.name + "' is not an array or a map")
    }
  }

  private func combined(
    _ old: Value, _ new: Value, _ operation: Assignment.Operator
  ) throws(ExpansionError) -> Value {
    if case .string(let left) = old, case .string(let right) = new,
      let result = operation.arithmetic?.small(left, right)
    {
      return .string(result)
    }
    switch (operation, old) {
    case (.append, .array(let values)): return .array(values + Self.elements(new))
    case (.prepend, .array(let values)): return .array(Self.elements(new) + values)
    case (.filter, .array(let values)):
      let unwanted = new.texts
      return .array(values.filter { !unwanted.contains($0.text) })
    case (.append, .string(let text)): return .string(text + new.text)
    case (.prepend, .string(let text)): return .string(new.text + text)
    case (.filter, .string(let text)): return .string(text.replacing(new.text, with: ""))
    case (_, .array(let values)):
      var result: [Value] = []
      for value in values { result.append(try combined(value, new, operation)) }
      return .array(result)
    default: break
    }
    guard let arithmetic = operation.arithmetic, let left = Number(spaced: old.text),
      let right = Number(spaced: new.text)
    else {
      throw ExpansionError("cannot calculate with '" + old.text + "' and '" + new.text + "'")
    }
    return .string(try arithmetic.apply(left, right).text)
  }

  private static func elements(_ value: Value) -> [Value] {
    if case .array(let values) = value { return values }
    return [value]
  }

  private func exportExisting(_ targets: [Assignment.Target]) {
    status = 0
    for target in targets {
      guard
        let value = state.variables[target.name]
          ?? state.environment[target.name].map({
            .string($0)
          })
      else { return refuse("cannot export '" + target.name + "', which does not exist") }
      _ = state.variables.drop(target.name)
      state.environment[target.name] = value.text
    }
  }

  private func list(isExport: Bool) {
    status = 0
    if isExport {
      for (index, name) in state.environment.keys.enumerated() {
        write(name + "=" + state.environment.values[index] + "\n")
      }
      return
    }
    let all = state.variables.all
    for (index, name) in all.keys.enumerated() {
      let value = all.values[index]
      let text = value.count == nil ? value.text : "[" + value.texts.joined(by: " ") + "]"
      write(name + " = " + text + "\n")
    }
  }
}

extension Assignment.Operator {
  fileprivate var arithmetic: NumberOperation? {
    switch self {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .divideWhole: .divideWhole
    case .remainder: .remainder
    case .power: .power
    case .set, .setIfMissing, .append, .prepend, .filter: nil
    }
  }
}
