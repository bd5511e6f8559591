// SPDX-License-Identifier: MIT
import Base
import Core
import Regular
import ShellExpander
import ShellParser

extension Shell {
  func run(_ block: Block) throws(ShellError) -> Flow {
    depth += 1
    defer { depth -= 1 }
    guard depth <= ShellLimits.depth else {
      throw ShellError(.other, "functions and blocks are nested too deeply")
    }
    try checkInterrupt()
    for index in block.statements.indices {
      if isOutputBroken {
        status = 141
        return .exit
      }
      if !holdsLine { line = block.statements[index].line }
      let flow = try run(block.statements[index].kind)
      if flow != .normal { return flow }
      try checkInterrupt()
    }
    return .normal
  }

  /// Ends what runs if the key that interrupts was pressed.
  @inline(__always)
  func checkInterrupt() throws(ShellError) {
    if hasInterruptedProgram || system.takeInterrupt() { try giveUp() }
  }

  @inline(never)
  private func giveUp() throws(ShellError) {
    if hasInterruptedProgram {
      hasInterruptedProgram = false
      throw ShellError(.interrupted, "")
    }
    if isInteractive { writeError("\n") }
    throw ShellError(.interrupted, isInteractive ? "" : "interrupted")
  }

  private func run(_ statement: Statement.Kind) throws(ShellError) -> Flow {
    switch statement {
    case .chain(let chain):
      let flow = try run(chain)
      if flow == .normal, status != 0, state.endsOnFailure, conditions == 0 {
        throw ShellError(
          .other, "early exit: pipeline failed with error code " + Text { $0.put(decimal: status) })
      }
      return flow
    case .branches(let branches, let otherwise): return try run(branches, otherwise)
    case .whileLoop(let condition, let body): return try loop(while: condition, body)
    case .forLoop(let names, let values, let body): return try loop(names, values, body)
    case .match(let values, let cases): return try match(values, cases)
    case .function(let function):
      state.functions[function.name] = ShellState.Defined(
        function: function, place: state.variables.here)
      return .normal
    }
  }

  /// Runs a block with variables of its own.
  private func runScoped(_ block: Block) throws(ShellError) -> Flow {
    let count = state.variables.count
    state.variables.push()
    defer { state.variables.drop(to: count) }
    return try run(block)
  }

  private func holds(_ condition: Chain) throws(ShellError) -> (isTrue: Bool, flow: Flow) {
    conditions += 1
    defer { conditions -= 1 }
    let place = line
    let flow = try run(condition)
    line = place
    return (status == 0, flow)
  }

  private func run(_ branches: [Branch], _ otherwise: Block?) throws(ShellError) -> Flow {
    for branch in branches {
      let (isTrue, flow) = try holds(branch.condition)
      if flow != .normal { return flow }
      if isTrue { return try runScoped(branch.body) }
    }
    // What stands behind `else` can ask for the condition's status.
    if let otherwise, !otherwise.statements.isEmpty { return try runScoped(otherwise) }
    status = 0
    return .normal
  }

  private func loop(while condition: Chain, _ body: Block) throws(ShellError) -> Flow {
    loopDepth += 1
    defer { loopDepth -= 1 }
    while true {
      let (isTrue, flow) = try holds(condition)
      if flow != .normal { return flow }
      guard isTrue else {
        status = 0
        return .normal
      }
      switch try runScoped(body) {
      case .normal, .continueLoop: break
      case .breakLoop: return .normal
      case .leave: return .leave
      case .exit: return .exit
      }
    }
  }

  private func loop(
    _ names: [Text], _ words: [Word], _ body: Block
  ) throws(ShellError) -> Flow {
    let values = try expanding { () throws(ExpansionError) in try elements(of: words) }
    loopDepth += 1
    defer { loopDepth -= 1 }
    let count = state.variables.count
    state.variables.push()
    defer { state.variables.drop(to: count) }
    let bound = names.filter { $0 != "_" }
    var index = 0
    while index < values.count {
      // What else the last turn has set, this one does not see.
      state.variables.drop(to: count + 1, keeping: bound)
      for offset in names.indices where names[offset] != "_" {
        let place = index + offset
        state.variables.setHere(names[offset], .string(place < values.count ? values[place] : ""))
      }
      index += names.count
      switch try run(body) {
      case .normal, .continueLoop: break
      case .breakLoop: return .normal
      case .leave: return .leave
      case .exit: return .exit
      }
    }
    return .normal
  }

  /// What a loop goes through: a range of numbers counts even without braces.
  private func elements(of words: [Word]) throws(ExpansionError) -> [Text] {
    var result: [Text] = []
    for word in words {
      let texts = try expander.texts(of: word)
      if texts.count == 1, let range = TextRange(texts[0]), range.isNumeric {
        result += try range.texts()
      } else {
        result += texts
      }
    }
    return result
  }

  private func match(_ words: [Word], _ cases: [Case]) throws(ShellError) -> Flow {
    let values = try expanding { () throws(ExpansionError) in try expander.texts(of: words) }
    for item in cases {
      let count = state.variables.count
      state.variables.push()
      defer { state.variables.drop(to: count) }
      if let pattern = item.pattern {
        let patterns = try expanding { () throws(ExpansionError) in
          try expander.texts(of: pattern)
        }
        guard patterns.contains(where: { fits(values, $0) }) else { continue }
      }
      if let binding = item.binding {
        let isArray = words.count != 1 || Expander<Shell>.isArray(words[0])
        let text = values.joined(by: " ")
        state.variables.setHere(binding, isArray ? Value(values) : .string(text))
      }
      if let chain = item.guardChain {
        let (isTrue, flow) = try holds(chain)
        if flow != .normal { return flow }
        guard isTrue else { continue }
      }
      return try run(item.body)
    }
    return .normal
  }

  /// Whether one of the values is the pattern, or fits it as a regular expression from start to
  /// end.
  private func fits(_ values: [Text], _ pattern: Text) -> Bool {
    if values.contains(pattern) { return true }
    guard pattern.bytes.contains(where: { !$0.isNamePart && $0 != 0x2F && $0 != 0x2D }),
      let expression = try? RegularExpression("^(?:" + pattern + ")$")
    else { return false }
    return values.contains { expression.matches($0) }
  }
}
