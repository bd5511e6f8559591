// SPDX-License-Identifier: MIT
public import Base

/// What the command line asks of the shell.
public struct ShellOptions: Sendable {
  public enum Failure: Error, Equatable {
    case twice
    case commandAndFile
    case keyBindings
    case missingValue
    case unknown(Text)

    @export(interface)
    public var message: Text {
      switch self {
      case .twice: "flag or option set twice, see --help"
      case .commandAndFile: "either execute command or file(s)"
      case .keyBindings: "invalid keybinding, see --help"
      case .missingValue: "an option has no value, see --help"
      case .unknown(let option): "unknown option " + option + ", see --help"
      }
    }
  }

  public enum KeyBindings: Sendable { case emacs, vi }

  public var command: Text?
  public var isInteractive = false
  public var isLogin = false
  public var staysAfterErrors = false
  public var onlyParses = false
  public var printsCommands = false
  public var showsHelp = false
  public var showsVersion = false
  public var keyBindings = KeyBindings.emacs
  /// The script's name and arguments.
  public var arguments: [Text] = []

  /// - Parameter words: the arguments without the program's own name.
  @export(interface)
  public init(_ words: [Text]) throws(Failure) {
    var seen: [Text] = []
    var index = 0
    while index < words.count {
      let word = words[index]
      guard word.hasPrefix("-"), word.count > 1 else {
        arguments = Array(words[index...])
        break
      }
      index += 1
      guard !seen.contains(word) else { throw .twice }
      seen.append(word)
      switch word {
      case "-f", "--fake-interactive": staysAfterErrors = true
      case "-h", "--help": showsHelp = true
      case "-i", "--interactive": isInteractive = true
      case "-l", "--login": isLogin = true
      case "-n", "--no-execute": onlyParses = true
      case "-x": printsCommands = true
      case "-v", "--version": showsVersion = true
      case "-c": command = try Self.value(words, &index)
      case "-o":
        switch try Self.value(words, &index) {
        case "vi": keyBindings = .vi
        case "emacs": keyBindings = .emacs
        default: throw .keyBindings
        }
      default: throw .unknown(word)
      }
    }
    if command != nil, !arguments.isEmpty { throw .commandAndFile }
  }

  private static func value(_ words: [Text], _ index: inout Int) throws(Failure) -> Text {
    guard index < words.count else { throw .missingValue }
    defer { index += 1 }
    return words[index]
  }

  public static var help: StaticString {
    """
    Ion, the shell of Apus.

    usage: ion [OPTION]... [SCRIPT [ARGUMENT]...]
           ion [OPTION]... -c COMMANDS

    Without a script or commands it asks for them if its input is a terminal, and runs what it
    reads if not. Ends with the status of the last command: 127 if there is no such command, 126
    if it cannot be run, 128 and the signal's number if a signal ended it.

      -c COMMANDS             run these commands
      -f, --fake-interactive  go on after errors
      -h, --help              print this
      -i, --interactive       ask for commands even if the input is no terminal
      -l, --login             begin with ~/.config/ion/initrc
      -n, --no-execute        check the syntax and run nothing
      -o vi|emacs             key bindings
      -v, --version           print the version
      -x                      print commands before they run

    """
  }
}
