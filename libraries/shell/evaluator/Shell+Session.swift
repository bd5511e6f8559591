// SPDX-License-Identifier: MIT
public import Base
import Core
public import ShellExpander
import ShellParser

/// What a session asks of the shell between commands.
extension Shell {
  /// The variable's value as one text; the environment's if there is no variable.
  public func text(of name: Text) -> Text? {
    if let value = state.variables[name] { return value.text }
    return state.environment[name]
  }

  /// The elements of an array; `nil` if there is no such variable.
  public func texts(of name: Text) -> [Text]? { state.variables[name]?.texts }

  /// Gives a variable a value unless it has one.
  public func setDefault(_ name: Text, _ value: Value) {
    if state.variables[name] == nil, state.environment[name] == nil {
      state.variables.setGlobal(name, value)
    }
  }

  /// What a line is asked for with: what the function `PROMPT` writes, or the variable `PROMPT`,
  /// expanded as in double quotes; `nil` if neither can be had.
  public func prompt() -> Text? {
    if let text = output(ofFunction: "PROMPT") { return text }
    let saved = status
    defer { status = saved }
    guard let value = (try? value(namespace: "", name: "PROMPT")) ?? nil,
      let word = try? Word(quoted: value.text), let text = try? expander.text(of: word)
    else { return nil }
    return text
  }

  /// Whether more lines are needed before the text is a script.
  public static func isIncomplete(_ text: Text) -> Bool {
    var slashes = 0
    while slashes < text.count, text[text.count - slashes - 1] == 0x5C { slashes += 1 }
    if slashes % 2 == 1 { return true }
    do throws(ParseError) {
      _ = try Script(parsing: text)
      return false
    } catch {
      return error.isIncomplete
    }
  }
}
