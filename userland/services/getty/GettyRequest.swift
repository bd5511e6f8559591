// SPDX-License-Identifier: MIT
public import Base
import Core

/// What `getty` was asked for on its command line.
public struct GettyRequest: Equatable, Sendable {
  /// The terminal's path.
  public var terminal = Text()
  /// Who is logged in without being asked for a password; `login` asks if nobody is.
  public var user: Text?
  /// What the terminal shows stays there.
  public var keepsScreen = false
  /// This is the process that leads the session and becomes the shell, or `login`.
  public var becomesShell = false

  public enum Mistake: Error, Equatable {
    case help
    case unknownOption(Text)
    case missingValue(Text)
    case missingTerminal
    case tooManyOperands
    /// `-C`, which Redox has and Apus does not.
    case contained
  }

  @export(interface)
  public init(_ arguments: [Text]) throws(Mistake) {
    var index = 0
    var operands: [Text] = []
    while index < arguments.count {
      let word = arguments[index]
      index += 1
      switch word {
      case "--help": throw .help
      case "-J", "--noclear": keepsScreen = true
      case "-C", "--contain": throw .contained
      case "--become-shell": becomesShell = true
      case "-a", "--autologin":
        guard index < arguments.count else { throw .missingValue(word) }
        user = arguments[index]
        index += 1
      default:
        if word.hasPrefix("-"), word.count > 1 { throw .unknownOption(word) }
        operands.append(word)
      }
    }
    guard let operand = operands.first else { throw .missingTerminal }
    guard operands.count == 1 else { throw .tooManyOperands }
    terminal = operand.contains(0x2F) ? operand : "/scheme/pty/" + operand
  }

  /// What the process that becomes the shell is called with.
  @export(interface)
  public var shellArguments: [Text] {
    ["getty", "--become-shell"] + (user.map { ["--autologin", $0] } ?? []) + [terminal]
  }
}

extension GettyRequest.Mistake {
  @export(interface)
  public var explanation: Text {
    switch self {
    case .help: Text()
    case .unknownOption(let option): "unknown option '" + option + "'"
    case .missingValue(let option): "option '" + option + "' needs a value"
    case .missingTerminal: "which terminal?"
    case .tooManyOperands: "one terminal only"
    case .contained: "option '-C': there are no contained logins yet"
    }
  }
}
