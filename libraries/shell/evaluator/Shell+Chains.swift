// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

extension Shell {
  func run(_ chain: Chain) throws(ShellError) -> Flow {
    // Most are a single command, which nothing depends on.
    if chain.links.count == 1, chain.links[0].prefixes.isEmpty {
      return try run(chain.links[0].action)
    }
    for index in chain.links.indices {
      switch chain.links[index].connector {
      case .onSuccess where status != 0: continue
      case .onFailure where status == 0: continue
      case .always, .onSuccess, .onFailure: break
      }
      let hasAlternative = chain.links[(index + 1)...].contains { $0.connector == .onFailure }
      let flow = try run(chain.links[index], hasAlternative: hasAlternative)
      if flow != .normal { return flow }
      try checkInterrupt()
    }
    return .normal
  }

  private func run(_ link: Link, hasAlternative: Bool) throws(ShellError) -> Flow {
    var isInverted = false
    for prefix in link.prefixes {
      switch prefix {
      case .not: isInverted.toggle()
      case .and where status != 0: return .normal
      case .or where status == 0: return .normal
      case .and, .or: break
      }
    }
    var flow: Flow
    do throws(ShellError) { flow = try run(link.action) } catch {
      // What comes after `||` is for this case.
      guard error.kind == .commandNotFound, hasAlternative else { throw error }
      report(error.message)
      status = 127
      flow = .normal
    }
    if isInverted, flow == .normal { status = status == 0 ? 1 : 0 }
    return flow
  }

  private func run(_ action: Action) throws(ShellError) -> Flow {
    switch action {
    case .pipeline(let pipeline):
      do throws(ShellError) { return try run(pipeline) } catch {
        guard endsOneCommand(error) else { throw error }
        report(error.message)
        status = error.kind.status
        return .normal
      }
    case .assignment(let assignment):
      try assign(assignment)
      return .normal
    case .breakLoop:
      guard loopDepth > 0 else { throw ShellError(.syntax, "break outside of a loop") }
      return .breakLoop
    case .continueLoop:
      guard loopDepth > 0 else { throw ShellError(.syntax, "continue outside of a loop") }
      return .continueLoop
    case .leave(let words):
      let texts = try expanding { () throws(ExpansionError) in try expander.texts(of: words) }
      if let first = texts.first {
        guard let number = try? Int(decimal: first) else {
          throw ShellError(.function, "return: '" + first + "' is not a status")
        }
        status = number & 0xFF
      }
      return .leave
    }
  }

  /// Whether the script goes on after a command that failed so. Words whose text cannot be had are worth
  /// nothing, so where output becomes text it does not.
  private func endsOneCommand(_ error: ShellError) -> Bool {
    switch error.kind {
    case .command: true
    case .commandNotFound, .notExecutable: outputDepth == 0
    case .syntax, .expansion, .function, .interrupted, .other: false
    }
  }

  /// Calls a function with its arguments already bound.
  func call(_ defined: ShellState.Defined, _ arguments: [Value]) throws(ShellError) -> Flow {
    let count = state.variables.count
    state.variables.push(definedAt: defined.place)
    defer { state.variables.drop(to: count) }
    for index in arguments.indices {
      state.variables.setHere(defined.function.parameters[index].name, arguments[index])
    }
    let (place, depth) = (line, loopDepth)
    // Who calls a function does not lend it his loops.
    loopDepth = 0
    defer { loopDepth = depth }
    let flow = try run(defined.function.body)
    line = place
    return flow == .exit ? .exit : .normal
  }

  /// The values of a function's parameters.
  func bind(_ words: ArraySlice<Word>, to function: Function) throws(ShellError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(words.count)
    for word in words {
      let type =
        values.count < function.parameters.count
        ? function.parameters[values.count].type : .string
      if !word.isGeneral {
        values.append(.string(try text(of: word)))
      } else if case .array = type, Expander<Shell>.isArray(word) {
        values.append(try expanding { () throws(ExpansionError) in try expander.value(of: word) })
      } else {
        let texts = try expanding { () throws(ExpansionError) in try expander.texts(of: word) }
        for text in texts { values.append(.string(text)) }
      }
    }
    guard values.count == function.parameters.count else {
      throw ShellError(.function, "invalid number of arguments supplied")
    }
    for index in values.indices {
      let type = function.parameters[index].type
      if case .string = type, case .string = values[index] { continue }
      guard let value = type.checked(values[index]) else {
        throw ShellError(
          .function,
          "argument has invalid type: expected " + type.text + ", found value '"
            + values[index].text + "'")
      }
      values[index] = value
    }
    return values
  }
}
