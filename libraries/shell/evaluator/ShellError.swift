// SPDX-License-Identifier: MIT
public import Base
import Core
import ShellExpander

/// Why a command, or a script, does not go on.
public struct ShellError: Error, Equatable {
  public enum Kind: Equatable, Sendable {
    case syntax, expansion, function, commandNotFound, notExecutable, interrupted, other
    /// A command that cannot have what it was to work on; the script goes on after it.
    case command

    /// The status of the command, or of a shell that ends because of it.
    var status: Int {
      switch self {
      case .commandNotFound: 127
      case .notExecutable: 126
      case .interrupted: 130
      case .syntax, .expansion, .function, .other, .command: 1
      }
    }
  }

  public let kind: Kind
  public let message: Text

  init(_ kind: Kind, _ message: Text) {
    self.kind = kind
    switch kind {
    case .syntax: self.message = "syntax error: " + message
    case .expansion: self.message = "expansion error: " + message
    case .function: self.message = "function error: " + message
    case .commandNotFound:
      self.message = "pipeline execution error: command not found: " + message
    case .interrupted: self.message = message
    case .notExecutable: self.message = "pipeline execution error: command exec error: " + message
    case .other, .command: self.message = "pipeline execution error: " + message
    }
  }
}

extension ShellError {
  static var subprocess: Text { "Could not expand subprocess: " }

  /// The message of the expansion that failed because a process expansion in it did.
  var failedSubprocess: Text? {
    let prefix: Text = "expansion error: "
    guard kind == .expansion, message.hasPrefix(prefix + Self.subprocess) else { return nil }
    return message[prefix.count...]
  }
}

/// How a block has ended.
enum Flow: Equatable {
  case normal
  case breakLoop, continueLoop
  /// Out of the function.
  case leave
  /// Out of the shell, or of the process expansion or pipeline stage.
  case exit
}
