// SPDX-License-Identifier: MIT
import Base

/// A program to be started, as the script has it.
public struct InitCommand: Equatable, Sendable {
  public struct Variable: Equatable, Sendable {
    public var name: Text
    public var value: Text

    public init(name: Text, value: Text) {
      self.name = name
      self.value = value
    }
  }

  /// What is added to the environment of this program alone, in the order of the script.
  public let environment: [Variable]
  /// The program and its arguments; never empty. Words that begin with `$` stand for variables.
  public let words: [Text]
}

extension InitCommand {
  /// A command ready to be started.
  public struct Expanded: Equatable, Sendable {
    public let environment: [Variable]
    public let program: Text
    public let arguments: [Text]
    /// The variables that have no value; each stands as an empty word.
    public let undefined: [Text]
  }

  /// The command with `$NAME` words replaced, whole.
  ///
  /// - Parameter value: the value of a variable of `init`'s own environment. The command's own
  ///   assignments do not count, as in a shell.
  public func expanded(_ value: (Text) -> Text?) -> Expanded {
    var undefined: [Text] = []
    var expanded: [Text] = []
    for word in words {
      guard word.hasPrefix("$") else {
        expanded.append(word)
        continue
      }
      let name = word[1...]
      if let value = value(name) {
        expanded.append(value)
      } else {
        undefined.append(name)
        expanded.append(Text())
      }
    }
    return Expanded(
      environment: environment, program: expanded.first ?? Text(),
      arguments: Array(expanded.dropFirst()), undefined: undefined)
  }
}
