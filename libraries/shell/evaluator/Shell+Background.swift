// SPDX-License-Identifier: MIT
import Base
import Core
import ShellExpander
import ShellParser

/// Builtins and functions in the background. There is no fork: a second shell gets what this one
/// knows as a script, and runs beside it.
extension Shell {
  /// Whether the pipeline has to be run by another shell if it is not to be waited for.
  func needsShell(_ pipeline: Pipeline) -> Bool {
    guard pipeline.placement != .foreground, pipeline.source != nil else { return false }
    var needsShell = false
    for stage in pipeline.stages {
      // What a here-document holds is not part of the text.
      if stage.redirections.contains(where: { $0.kind == .hereDocument }) { return false }
      let outputs = stage.redirections.filter { $0.kind.isOutput }.count
      if outputs > 1 || (outputs == 1 && stage.pipe != nil) { needsShell = true }
      guard let name = stage.words.first?.plainText else { continue }
      if state.functions[name] != nil || Builtin(name: name) != nil { needsShell = true }
    }
    return needsShell
  }

  /// Runs the pipeline in another shell; false if there is none to be had.
  func runBeside(_ pipeline: Pipeline) throws(ShellError) -> Bool {
    guard let path = system.shellProgram, let source = pipeline.source else { return false }
    var script = stateAsScript(for: nil) + source + "\n"
    if script.count > ShellLimits.backgroundScriptBytes {
      script = stateAsScript(for: source) + source + "\n"
    }
    guard script.count <= ShellLimits.backgroundScriptBytes else {
      throw ShellError(.other, "there is too much in this shell to start another in the background")
    }
    let stage = PreparedStage(
      work: .program(path: path, words: ["ion", "-c", script]), environment: state.environment,
      redirections: [], pipe: nil)
    try start([stage], pipeline)
    return true
  }

  /// Aliases, functions and the variables that are seen here; of the variables only those that `source`, a
  /// function, an alias or another of them may mean, if there is a source.
  private func stateAsScript(for source: Text?) -> Text {
    let needed = source.map { neededVariables(for: $0) }
    return Text { script in
      if state.endsOnFailure { script.put("set -e\n") }
      if state.failsWithAnyStage { script.put("set -p\n") }
      for (index, name) in state.aliases.keys.enumerated() {
        script.put("alias " + name + " = " + state.aliases.values[index].quotedForShell + "\n")
      }
      let variables = state.variables.all
      for (index, name) in variables.keys.enumerated()
      where !name.bytes.contains(where: { !$0.isNamePart }) && needed?.contains(name) != false {
        Self.put(name, variables.values[index], to: &script)
      }
      for defined in state.functions.values {
        guard let source = defined.function.source else { continue }
        script.put(source + "\n")
      }
    }
  }

  /// The variables whose names stand anywhere in what the second shell may run, `eval` included.
  private func neededVariables(for source: Text) -> [Text] {
    var texts = [source] + state.aliases.values
    for defined in state.functions.values {
      if let text = defined.function.source { texts.append(text) }
    }
    let variables = state.variables.all
    var needed: [Text] = []
    while let text = texts.popLast() {
      for (index, name) in variables.keys.enumerated()
      where !needed.contains(name) && text.firstIndex(of: name) != nil {
        needed.append(name)
        texts.append(variables.values[index].text)
      }
    }
    return needed
  }

  /// Quoted in any case, so that no value is taken for a keyword or a number.
  private static func quoted(_ text: Text) -> Text {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }

  private static func list(_ values: [Value]) -> Text {
    "[" + values.map { quoted($0.text) }.joined(by: " ") + "]"
  }

  private static func put(_ name: Text, _ value: Value, to script: inout Text) {
    switch value {
    case .string(let text): script.put("let " + name + " = " + quoted(text) + "\n")
    case .array(let values): script.put("let " + name + " = " + list(values) + "\n")
    case .hashMap(let map), .treeMap(let map):
      var isNested = false
      for case .array in map.values { isNested = true }
      var kind: Text = "hmap"
      if case .treeMap = value { kind = "bmap" }
      script.put("let " + name + ":" + kind + (isNested ? "[[str]]" : "[str]") + " = [")
      for (index, key) in map.keys.enumerated() {
        // Only such a key can be written.
        if key.isEmpty || key.bytes.contains(where: { !$0.isNamePart }) { continue }
        if case .array(let values) = map.values[index] {
          script.put(key + "=" + list(values) + " ")
        } else {
          script.put(key + "=" + quoted(map.values[index].text) + " ")
        }
      }
      script.put("]\n")
    }
  }
}

extension Redirection.Kind {
  fileprivate var isOutput: Bool {
    switch self {
    case .output, .append, .error, .errorAppend, .both, .bothAppend: true
    case .input, .hereString, .hereDocument: false
    }
  }
}
